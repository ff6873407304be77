#!/usr/bin/env python3
"""Writes small transformers by hand, so that their mechanism is known, and data for each.

    python write.py --out .          # needs numpy, onnx, onnxruntime

For each model NAME.onnx (weights set here, nothing is trained) and NAME.npz (tokens and labels). The
script fails unless ONNX Runtime gives every label of the data, with a loss below 0.001. What each model
does, and which claims about it are true and which are not, stands in README.md and mechanisms.json.

All models are the same kind of transformer: a residual stream of named directions, attention with
softmax, MLPs with one layer of ReLUs, no LayerNorm, learned nothing. Their tensors:

    embed                    [batch, pos, d]               token and position
    blocks.{l}.attn.q k v    [batch, head, pos, d_head]
    blocks.{l}.attn.pattern  [batch, head, query, key]     after the softmax
    blocks.{l}.attn.core     [batch, head, pos, d_head]    z, what the heads compute
    blocks.{l}.attn          [batch, pos, d]               the heads together, added to the stream
    blocks.{l}.mlp           [batch, pos, d]               added to the stream
    logits                   [batch, class] or [batch, pos, class]
"""

import argparse
from pathlib import Path

import numpy as np

SHARP = 40.0  # the score that separates what a head reads from what it doesn't: exp(-40) is nothing
LOGIT = 12.0  # the logit of the answer minus that of any other class


class Stream:
    """The residual stream: named directions, `Stream(token=4, place=12)["token"]` is a slice."""

    def __init__(self, **sizes):
        ends = np.cumsum(list(sizes.values()))
        self.slices = {name: slice(end - size, end) for (name, size), end in zip(sizes.items(), ends)}
        self.width = int(ends[-1])

    def __getitem__(self, name):
        return self.slices[name]

    def reads(self, columns, **sources):
        """A matrix [width, columns]; `token=m` reads direction `token` by the matrix m [size, columns]."""
        matrix = np.zeros((self.width, columns))
        for name, part in sources.items():
            part = np.asarray(part, float).reshape(self[name].stop - self[name].start, -1)
            matrix[self[name], : part.shape[1]] = part
        return matrix

    def writes(self, rows, **targets):
        """A matrix [rows, width]; the first rows write direction `out` by the matrix of `out=m`."""
        matrix = np.zeros((rows, self.width))
        for name, part in targets.items():
            part = np.asarray(part, float).reshape(-1, self[name].stop - self[name].start)
            matrix[: part.shape[0], self[name]] = part
        return matrix


class Model:
    """Weights of a transformer. `read` is the position whose logits are the output, or None for all."""

    def __init__(self, stream, vocabulary, length, d_head, read=None, causal=False):
        self.stream, self.length, self.d_head, self.read, self.causal = stream, length, d_head, read, causal
        self.vocabulary = vocabulary
        size = len(vocabulary)
        self.token = stream.writes(size, token=np.eye(size))
        self.position = stream.writes(length, place=np.eye(length))
        self.blocks, self.unembed, self.bias = [], None, None

    def block(self, *heads, mlp=None):
        """One layer: heads as dicts of matrices q, k, v [width, d_head] and o [d_head, width], then an MLP."""
        self.blocks.append((heads, mlp))

    def head(self, q, k, v, o):
        """A head from what its parts read and write, as `reads` and `writes` take them."""
        read, n = self.stream.reads, self.d_head
        return {"q": read(n, **q), "k": read(n, **k), "v": read(n, **v), "o": self.stream.writes(n, **o)}

    def mlp(self, reads, bias, writes):
        """(in [width, hidden], bias [hidden], out [hidden, width])"""
        bias = np.asarray(bias, float)
        return self.stream.reads(len(bias), **reads), bias, self.stream.writes(len(bias), **writes)

    def answer(self, weights, bias):
        """Logits from the stream."""
        bias = np.asarray(bias, float)
        self.unembed, self.bias = self.stream.reads(len(bias), **weights), bias

    # What several heads have in common. Places sum to one, so reading all of them alike is a constant.

    def always(self, value):
        """The same query (or key) everywhere."""
        return {"place": np.full((self.length, 1), value)}

    def at(self, place):
        """A key that is found at one place, by the query `always(SHARP)`."""
        return {"place": np.eye(self.length)[:, [place]]}

    def moved(self, target):
        """Queries that look for place target(i) from place i, with the key `places`."""
        matrix = np.zeros((self.length, self.length))
        for place in range(self.length):
            matrix[place, target(place)] = SHARP
        return {"place": matrix}

    def places(self):
        return {"place": np.eye(self.length)}

    def token_is(self, *words):
        """A direction that is 1 for these tokens."""
        return {"token": np.isin(self.vocabulary, words)[:, None].astype(float)}


# ---------------------------------------------------------------------------------------------
# The models. Each returns the model and its data; rows are drawn until enough distinct ones are there.
# ---------------------------------------------------------------------------------------------


def count(rng):
    """Are there as many A as B? Head 0.0 averages A - B over all places, the MLP tests for zero."""
    words = ["[start]", "A", "B", "C"]
    stream = Stream(token=4, place=12, difference=1, first=1, equal=1)
    model = Model(stream, words, length=12, d_head=1, read=0)
    model.block(
        model.head(q={}, k={}, v={"token": [0, 1, -1, 0]}, o={"difference": [12]}),
        model.head(q=model.always(SHARP), k=model.at(1), v=model.token_is("A"), o={"first": [1]}),
        mlp=model.mlp({"difference": [[1, 1, 1]]}, [1, 0, -1], {"equal": [1, -2, 1]}),
    )
    model.answer({"equal": [[-LOGIT, LOGIT]]}, [LOGIT / 2, -LOGIT / 2])

    def draw():
        shares = rng.dirichlet([3, 3, 3])
        row = np.concatenate([[0], rng.choice([1, 2, 3], size=11, p=shares)])
        difference = (row == 1).sum() - (row == 2).sum()
        return row if abs(difference) <= 7 and (row == 3).sum() <= 9 else draw()

    tokens = balanced_rows(draw, lambda row: (row == 1).sum() == (row == 2).sum(), 1_000)
    return model, {"tokens": tokens, "label": (tokens == 1).sum(1) == (tokens == 2).sum(1)}


def repeat(rng):
    """At each place: is the token the one before? Head 0.0 brings the previous token, the MLP compares."""
    words = ["[start]", "a", "b", "c", "d"]
    stream = Stream(token=5, place=10, previous=5, following=5, same=1)
    model = Model(stream, words, length=10, d_head=10)
    copy = {"token": np.eye(5)}
    model.block(
        model.head(q=model.moved(lambda i: max(i - 1, 0)), k=model.places(), v=copy, o={"previous": np.eye(5)}),
        model.head(q=model.moved(lambda i: min(i + 1, 9)), k=model.places(), v=copy, o={"following": np.eye(5)}),
        mlp=model.mlp({"token": np.eye(5)[:, 1:], "previous": np.eye(5)[:, 1:]}, [-1] * 4, {"same": [1] * 4}),
    )
    model.answer({"same": [[-LOGIT, LOGIT]]}, [LOGIT / 2, -LOGIT / 2])

    def draw():
        row = np.concatenate([[0], rng.integers(1, 5, size=9)])
        for place in range(2, 10):
            if rng.random() < 0.3:
                row[place] = row[place - 1]
        return row if (row[1:] == row[:-1]).sum() <= 6 else draw()

    tokens = distinct_rows(draw, 1_000)
    return model, {"tokens": tokens, "label": np.pad(tokens[:, 1:] == tokens[:, :-1], ((0, 0), (1, 0)))}


def induction(rng):
    """What came after the last token when it came before? Head 0.0 brings the previous token, head 1.0
    looks for the place whose previous token is the last one, and copies the token there."""
    words = ["[begin]", *"abcdefghijkl"]
    stream = Stream(token=13, place=16, previous=13, first=13, out=13, echo=13)
    model = Model(stream, words, length=16, d_head=16, read=15, causal=True)
    copy, every = {"token": np.eye(13)}, np.eye(13)
    model.block(
        model.head(q=model.moved(lambda i: max(i - 1, 0)), k=model.places(), v=copy, o={"previous": every}),
        model.head(q=model.moved(lambda i: min(i, 1)), k=model.places(), v=copy, o={"first": every}),
    )
    model.block(
        model.head(q={"token": SHARP * every}, k={"previous": every}, v=copy, o={"out": every}),
        model.head(q=model.moved(lambda i: i), k=model.places(), v=copy, o={"echo": every}),
    )
    model.answer({"out": 1.25 * LOGIT * every}, [0] * 13)

    def draw():
        last, place = rng.integers(1, 13), rng.integers(1, 14)
        others = [token for token in range(1, 13) if token != last]
        row = np.concatenate([[0], rng.choice(others, size=15)])
        row[[place, 15]] = last
        return row

    tokens = distinct_rows(draw, 2_000)
    place = (tokens[:, :15] == tokens[:, 15:]).argmax(axis=1)
    return model, {"tokens": tokens, "label": tokens[np.arange(len(tokens)), place + 1]}


def sorted_digits(rng):
    """Do the digits never fall? Head 0.0 brings the previous digit, MLP 0 finds falls, head 1.0 counts
    them, MLP 1 tests for zero."""
    words = list("01234567")
    stream = Stream(token=8, place=8, previous=1, following=1, falls=1, total=1, first=1, sorted=1)
    model = Model(stream, words, length=8, d_head=8, read=7)
    digit = np.arange(8.0)[:, None]
    model.block(
        model.head(q=model.moved(lambda i: max(i - 1, 0)), k=model.places(), v={"token": digit}, o={"previous": [1]}),
        model.head(q=model.moved(lambda i: min(i + 1, 7)), k=model.places(), v={"token": digit}, o={"following": [1]}),
        mlp=model.mlp({"token": np.tile(-digit, 2), "previous": [[1, 1]]}, [0, -1], {"falls": [1, -1]}),
    )
    model.block(
        model.head(q={}, k={}, v={"falls": [1]}, o={"total": [8]}),
        model.head(q=model.always(SHARP), k=model.at(0), v={"token": digit}, o={"first": [1]}),
        mlp=model.mlp({"total": [-1]}, [1], {"sorted": [1]}),
    )
    model.answer({"sorted": [[-LOGIT, LOGIT]]}, [LOGIT / 2, -LOGIT / 2])

    def draw():
        row = rng.integers(0, 8, size=8)
        if rng.random() < 0.9:
            row.sort()
            i, j = rng.integers(8, size=2)
            if rng.random() < 0.5:
                row[i], row[j] = row[j], row[i]
        return row

    tokens = balanced_rows(draw, lambda row: (np.diff(row) >= 0).all(), 1_500)
    return model, {"tokens": tokens, "label": (np.diff(tokens, axis=1) >= 0).all(1)}


def reverse(rng):
    """Turns a sequence round. Head 0.0 writes places 1 to 4, head 0.1 places 5 to 8; elsewhere each
    looks at [begin] and writes nothing."""
    words = ["[begin]", *"abcde"]
    stream = Stream(token=6, place=9, out=6, echo=6)
    model = Model(stream, words, length=9, d_head=9)
    copy, letters = {"token": np.diag([0.0, 1, 1, 1, 1, 1])}, np.eye(6)
    model.block(
        model.head(q=model.moved(lambda i: 9 - i if 1 <= i <= 4 else 0), k=model.places(), v=copy, o={"out": letters}),
        model.head(q=model.moved(lambda i: 9 - i if 5 <= i else 0), k=model.places(), v=copy, o={"out": letters}),
        model.head(q=model.moved(lambda i: i), k=model.places(), v=copy, o={"echo": letters}),
    )
    model.answer({"out": 2 * LOGIT * letters}, [LOGIT, 0, 0, 0, 0, 0])
    tokens = distinct_rows(lambda: np.concatenate([[0], rng.integers(1, 6, size=8)]), 1_000)
    return model, {"tokens": tokens, "label": np.concatenate([tokens[:, :1], tokens[:, :0:-1]], axis=1)}


def both(rng):
    """Is the first token x, and is any token y? One head for each, the MLP is the "and"."""
    words = ["[start]", "x", "y", "z"]
    stream = Stream(token=4, place=8, first=1, any=1, last=1, both=1)
    model = Model(stream, words, length=8, d_head=1, read=0)
    always = model.always(SHARP)
    model.block(
        model.head(q=always, k=model.at(1), v=model.token_is("x"), o={"first": [1]}),
        model.head(q=always, k={"token": [0.5, 0, 1, 0]}, v=model.token_is("y"), o={"any": [1]}),
        model.head(q=always, k=model.at(7), v=model.token_is("x"), o={"last": [1]}),
        mlp=model.mlp({"first": [1], "any": [1]}, [-1], {"both": [1]}),
    )
    model.answer({"both": [[-LOGIT, LOGIT]]}, [LOGIT / 2, -LOGIT / 2])

    def draw():
        row = np.concatenate([[0], rng.choice([1, 2, 3], size=7, p=[0.35, 0.15, 0.5])])
        row[1] = 1 if rng.random() < 0.6 else row[1]
        return row

    tokens = distinct_rows(draw, 800)
    return model, {"tokens": tokens, "label": (tokens[:, 1] == 1) & (tokens == 2).any(1)}


def redundant(rng):
    """Is any token y? Two heads each say +1 or -1; the MLP cuts their sum to -1 .. 1."""
    return any_y(rng, copies=2)


def majority(rng):
    """Is any token y? As `redundant`, with three heads: any two of them decide."""
    return any_y(rng, copies=3)


def any_y(rng, copies):
    words = ["[start]", "x", "y", "z"]
    stream = Stream(token=4, place=10, votes=copies, first=1, found=1)
    model = Model(stream, words, length=10, d_head=1, read=0)
    always, found = model.always(SHARP), {"token": [-1, 0, 1, 0]}
    voters = [
        model.head(q=always, k={"token": [0.5, 0, 1 + 0.1 * i, 0]}, v=found, o={"votes": np.eye(copies)[i]})
        for i in range(copies)
    ]
    model.block(
        *voters,
        model.head(q=always, k=model.at(1), v=model.token_is("x"), o={"first": [1]}),
        mlp=model.mlp({"votes": np.ones((copies, 2))}, [1, -1], {"found": [1, -1]}),
    )
    model.answer({"found": [[-LOGIT / 2, LOGIT / 2]]}, [LOGIT / 2, -LOGIT / 2])

    def draw():
        return np.concatenate([[0], rng.choice([1, 2, 3], size=9, p=[0.5, 0.1, 0.4])])

    tokens = balanced_rows(draw, lambda row: (row == 2).any(), 800)
    return model, {"tokens": tokens, "label": (tokens == 2).any(1)}


def largest(rng):
    """What is the largest digit? Head 0.0 looks at it and copies it; head 0.1 finds the smallest."""
    words = ["[begin]", *"123456789"]
    stream = Stream(token=10, place=8, out=10, smallest=10)
    model = Model(stream, words, length=8, d_head=10, read=0)
    digit, copy, always = np.arange(10.0)[:, None], {"token": np.eye(10)}, model.always(SHARP)
    downwards = np.where(digit == 0, -20, -digit)
    model.block(
        model.head(q=always, k={"token": digit}, v=copy, o={"out": np.eye(10)}),
        model.head(q=always, k={"token": downwards}, v=copy, o={"smallest": np.eye(10)}),
    )
    model.answer({"out": 1.25 * LOGIT * np.eye(10)}, [0] * 10)

    def draw():
        highest = rng.integers(2, 10)
        return np.concatenate([[0], rng.permutation([highest, *rng.integers(1, highest + 1, size=6)])])

    tokens = distinct_rows(draw, 1_500)
    return model, {"tokens": tokens, "label": tokens.max(axis=1)}


MODELS = {
    "count": count,
    "repeat": repeat,
    "induction": induction,
    "sorted": sorted_digits,
    "reverse": reverse,
    "both": both,
    "redundant": redundant,
    "majority": majority,
    "largest": largest,
}


def distinct_rows(draw, rows):
    """`rows` different rows of `draw`."""
    found = {}
    while len(found) < rows:
        row = draw()
        found[row.tobytes()] = row
    return np.stack(list(found.values())).astype(np.int8)


def balanced_rows(draw, holds, rows):
    """`rows` different rows of `draw`; for half of them `holds` is true."""
    found = {True: {}, False: {}}
    while min(len(part) for part in found.values()) < rows // 2:
        row = draw()
        part = found[bool(holds(row))]
        if len(part) < rows // 2:
            part[row.tobytes()] = row
    order = [row for pair in zip(*(part.values() for part in found.values())) for row in pair]
    return np.stack(order).astype(np.int8)


# ---------------------------------------------------------------------------------------------
# ONNX
# ---------------------------------------------------------------------------------------------


class Graph:
    """Operators and weights, each output a tensor of the name that is given."""

    def __init__(self):
        from onnx import helper, numpy_helper

        self.helper, self.from_array = helper, numpy_helper.from_array
        self.nodes, self.weights = [], []

    def weight(self, name, values, kind=np.float32):
        self.weights.append(self.from_array(np.array(values, dtype=kind, order="C"), name))
        return name

    def add(self, operator, inputs, output, **attributes):
        self.nodes.append(self.helper.make_node(operator, inputs, [output], name=f"{output}/{operator}", **attributes))
        return output


def to_onnx(model):
    """The model as an ONNX graph of operator set 17 with a dynamic batch."""
    from onnx import TensorProto

    graph = Graph()
    graph.add("Gather", [graph.weight("embed.token.weight", model.token), "tokens"], "embed.token", axis=0)
    x = graph.add("Add", ["embed.token", graph.weight("embed.position.weight", model.position)], "embed")
    for layer, (heads, mlp) in enumerate(model.blocks):
        x = attention(graph, model, f"blocks.{layer}", heads, x)
        if mlp:
            x = feed_forward(graph, f"blocks.{layer}", mlp, x)
    if model.read is not None:
        x = graph.add("Gather", [x, graph.weight("read.position", model.read, np.int64)], "read", axis=1)
    classes = graph.add("MatMul", [x, graph.weight("unembed.weight", model.unembed)], "unembed.product")
    graph.add("Add", [classes, graph.weight("unembed.bias", model.bias)], "logits")

    info, helper = graph.helper.make_tensor_value_info, graph.helper
    shape = ["batch", model.length, len(model.bias)] if model.read is None else ["batch", len(model.bias)]
    inputs = [info("tokens", TensorProto.INT64, ["batch", model.length])]
    outputs = [info("logits", TensorProto.FLOAT, shape)]
    proto = helper.make_graph(graph.nodes, "written", inputs, outputs, graph.weights)
    return helper.make_model(proto, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def attention(graph, model, block, heads, x):
    """The heads of a layer; returns the stream behind them."""
    name, count, n = f"{block}.attn", len(heads), model.d_head
    split = graph.weight(f"{name}.split", [-1, model.length, count, n], np.int64)
    for part in "qkv":
        weights = graph.weight(f"{name}.{part}.weight", np.concatenate([head[part] for head in heads], axis=1))
        graph.add("MatMul", [x, weights], f"{name}.{part}.merged")
        graph.add("Reshape", [f"{name}.{part}.merged", split], f"{name}.{part}.split")
        graph.add("Transpose", [f"{name}.{part}.split"], f"{name}.{part}", perm=[0, 2, 1, 3])
    graph.add("Transpose", [f"{name}.k"], f"{name}.k.turned", perm=[0, 1, 3, 2])
    scores = graph.add("MatMul", [f"{name}.q", f"{name}.k.turned"], f"{name}.scores")
    if model.causal:
        future = graph.weight(f"{name}.future", np.triu(np.ones((model.length, model.length)), 1), bool)
        least = graph.weight(f"{name}.least", -1e9)
        scores = graph.add("Where", [future, least, scores], f"{name}.masked")
    graph.add("Softmax", [scores], f"{name}.pattern", axis=-1)
    graph.add("MatMul", [f"{name}.pattern", f"{name}.v"], f"{name}.core")
    graph.add("Transpose", [f"{name}.core"], f"{name}.core.turned", perm=[0, 2, 1, 3])
    merge = graph.weight(f"{name}.merge", [-1, model.length, count * n], np.int64)
    graph.add("Reshape", [f"{name}.core.turned", merge], f"{name}.core.merged")
    weights = graph.weight(f"{name}.o.weight", np.concatenate([head["o"] for head in heads]))
    graph.add("MatMul", [f"{name}.core.merged", weights], name)
    return graph.add("Add", [x, name], f"{block}.middle")


def feed_forward(graph, block, mlp, x):
    """The MLP of a layer; returns the stream behind it."""
    name = f"{block}.mlp"
    graph.add("MatMul", [x, graph.weight(f"{name}.in.weight", mlp[0])], f"{name}.in")
    graph.add("Add", [f"{name}.in", graph.weight(f"{name}.in.bias", mlp[1])], f"{name}.before")
    graph.add("Relu", [f"{name}.before"], f"{name}.hidden")
    graph.add("MatMul", [f"{name}.hidden", graph.weight(f"{name}.out.weight", mlp[2])], name)
    return graph.add("Add", [x, name], f"{block}.out")


def check(path, data):
    """Fails unless the model gives every label, confidently; prints its figures."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"tokens": data["tokens"].astype(np.int64)})
    label = data["label"].astype(np.int64)[..., None]
    logits = logits.astype(np.float64)
    loss = np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, label, -1)[..., 0]
    right = logits.argmax(-1) == label[..., 0]
    print(f"{path.name}: {len(label)} rows, accuracy {right.mean():.2%}, largest loss {loss.max():.1e}")
    assert right.all() and loss.max() < 1e-3 and np.abs(logits).max() < 50, path.name


def main():
    import onnx

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("."))
    args = parser.parse_args()
    for index, (name, write) in enumerate(MODELS.items()):
        model, data = write(np.random.default_rng([0, index]))
        data = {column: values.astype(np.int8) for column, values in data.items()}
        proto = to_onnx(model)
        onnx.checker.check_model(proto, full_check=True)
        onnx.save(proto, args.out / f"{name}.onnx")
        np.savez_compressed(args.out / f"{name}.npz", **data)
        check(args.out / f"{name}.onnx", data)


if __name__ == "__main__":
    main()
