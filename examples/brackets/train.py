#!/usr/bin/env python3
"""Trains the bracket classifier of this folder and writes everything Ansatz needs to study it.

    python train.py --seed 0 --out .

writes `parens.npz` (held-out labelled strings), `brackets.onnx` (PyTorch's dynamo exporter) and
`brackets-legacy.onnx` (its older, tracing exporter). With `--weights FILE` the trained weights are
saved as well; with `--load FILE` training is skipped. README.md says which versions were used.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

START, PAD, END, OPEN, CLOSE = range(5)
MAX_PARENS = 40
LENGTH = MAX_PARENS + 2
LENGTHS = range(2, MAX_PARENS + 1, 2)

# ---------------------------------------------------------------------------------------------
# Data. Strings are arrays of steps, +1 for "(" and -1 for ")", one row for each string. All
# generators take the number of rows and the (even) length, and draw from `rng`.
# ---------------------------------------------------------------------------------------------


def uniform(rng, rows, length):
    """Each bracket a fair coin."""
    return rng.choice(np.array([1, -1], np.int8), size=(rows, length))


def equal_count(rng, rows, length):
    """As many "(" as ")", in random order."""
    half = np.repeat(np.array([1, -1], np.int8), length // 2)
    return rng.permuted(np.tile(half, (rows, 1)), axis=1)


def balanced(rng, rows, length):
    """Balanced strings, all equally likely (cycle lemma: one rotation of n "(" and n+1 ")" is good)."""
    steps = np.concatenate([equal_count(rng, rows, length), np.full((rows, 1), -1, np.int8)], axis=1)
    steps = rng.permuted(steps, axis=1)
    first_minimum = np.cumsum(steps, axis=1, dtype=np.int16).argmin(axis=1)
    order = (first_minimum[:, None] + 1 + np.arange(length + 1)) % (length + 1)
    return np.take_along_axis(steps, order, axis=1)[:, :length]


def two_swapped(rng, rows, length):
    """Balanced strings in which two brackets changed places: equal count, nested or just not."""
    steps = balanced(rng, rows, length)
    row = np.arange(rows)
    i, j = rng.integers(length, size=(2, rows))
    steps[row, i], steps[row, j] = steps[row, j], steps[row, i]
    return steps


def one_flipped(rng, rows, length):
    """Balanced strings with one bracket turned round: the count is wrong by two."""
    steps = balanced(rng, rows, length)
    steps[np.arange(rows), rng.integers(length, size=rows)] *= -1
    return steps


def too_many_closed(rng, rows, length):
    """Balanced strings with some "(" turned round: read from the right, only the count is wrong."""
    steps = balanced(rng, rows, length)
    share = rng.random((rows, 1)) ** 2
    return np.where((steps == 1) & (rng.random(steps.shape) < share), -1, steps).astype(np.int8)


def dips_once(rng, rows, length):
    """A ")(" B with balanced A and B: equal count, nested everywhere but at one place."""
    cut = 2 * int(rng.integers(length // 2))
    left, right = balanced(rng, rows, cut), balanced(rng, rows, length - 2 - cut)
    return np.concatenate([left, np.tile(np.array([-1, 1], np.int8), (rows, 1)), right], axis=1)


MIXTURE = {
    uniform: 0.24,
    balanced: 0.28,
    equal_count: 0.14,
    two_swapped: 0.14,
    one_flipped: 0.06,
    too_many_closed: 0.08,
    dips_once: 0.06,
}


def sample(rng, rows):
    """About `rows` strings of the mixture as tokens [rows, 42] and labels [rows], shuffled."""
    chunks = []
    for length in LENGTHS:
        for kind, share in MIXTURE.items():
            count = rng.poisson(rows * share / len(LENGTHS))
            if count:
                chunks.append(tokenize(kind(rng, count, length)))
    tokens = np.concatenate(chunks)
    rng.shuffle(tokens)
    return tokens, is_balanced(tokens).astype(np.int8)


def tokenize(steps):
    """START, the brackets, END, padding."""
    rows, length = steps.shape
    tokens = np.full((rows, LENGTH), PAD, np.int8)
    tokens[:, 0] = START
    tokens[:, 1 : length + 1] = np.where(steps == 1, OPEN, CLOSE)
    tokens[:, length + 1] = END
    return tokens


def is_balanced(tokens):
    """The label: as many "(" as ")", and no prefix closes more than was opened."""
    height = np.cumsum((tokens == OPEN).astype(np.int16) - (tokens == CLOSE), axis=1)
    return (height[:, -1] == 0) & (height.min(axis=1) >= 0)


def held_out(tokens):
    """Whether a string belongs to the tenth of all strings that is never trained on.

    A hash of the string alone decides, so the split is the same for every seed.
    """
    opened = (tokens[:, 1:-1] == OPEN) @ (np.uint64(1) << np.arange(MAX_PARENS, dtype=np.uint64))
    length = (tokens >= OPEN).sum(axis=1).astype(np.uint64)
    key = (opened + (length << np.uint64(MAX_PARENS))) * np.uint64(0x9E3779B97F4A7C15)
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (key ^ (key >> np.uint64(31))) % np.uint64(10) == 0


def training_batches(rng, batch, steps):
    """Yields `steps` batches of freshly drawn strings, none of them held out."""
    tokens, labels = np.empty((0, LENGTH), np.int8), np.empty(0, np.int8)
    for _ in range(steps):
        if len(tokens) < batch:
            tokens, labels = sample(rng, 50_000)
            keep = ~held_out(tokens)
            tokens, labels = tokens[keep], labels[keep]
        yield torch.from_numpy(tokens[:batch]).long(), torch.from_numpy(labels[:batch]).long()
        tokens, labels = tokens[batch:], labels[batch:]


def evaluation_set(seed, rows):
    """`rows` distinct held-out strings, in random order."""
    rng = np.random.default_rng([seed, 1])
    found = np.empty((0, LENGTH), np.int8)
    while len(found) < rows:
        tokens, _ = sample(rng, 100_000)
        found = np.concatenate([found, tokens[held_out(tokens)]])
        _, first = np.unique(found, axis=0, return_index=True)
        found = found[np.sort(first)]
    tokens = found[:rows]
    return tokens, is_balanced(tokens).astype(np.int8)


# ---------------------------------------------------------------------------------------------
# Model. Module paths (`embed`, `blocks.0.attn.core`, `blocks.0.mlp`, ...) name the sites of a
# hypothesis in both exports, so each of these modules has exactly one output tensor.
# ---------------------------------------------------------------------------------------------


class Embed(nn.Module):
    """Token embedding plus learned position: [batch, pos, d]."""

    def __init__(self, d_model):
        super().__init__()
        self.token = nn.Embedding(5, d_model)
        self.position = nn.Parameter(sinusoids(LENGTH, d_model))
        nn.init.normal_(self.token.weight, std=0.5)

    def forward(self, tokens):
        return self.token(tokens) + self.position


def sinusoids(length, width):
    """Where the learned positions start from: sines and cosines of wavelengths 5 to 200."""
    wavelength = torch.logspace(math.log10(5), math.log10(200), width // 2)
    angle = 2 * math.pi * torch.arange(length)[:, None] / wavelength
    return 0.5 * torch.cat([angle.sin(), angle.cos()], dim=1)


class Core(nn.Module):
    """What the heads compute before they are merged: z = pattern @ v, [batch, head, pos, d_head]."""

    def __init__(self, d_head):
        super().__init__()
        self.scale = d_head**0.5

    def forward(self, q, k, v, padding):
        scores = q @ k.transpose(-1, -2) / self.scale
        pattern = scores.masked_fill(padding, -1e9).softmax(dim=-1)
        return pattern @ v


class Attention(nn.Module):
    """Bidirectional multi-head attention, written out."""

    def __init__(self, d_model, heads):
        super().__init__()
        self.d_model, self.heads, self.d_head = d_model, heads, d_model // heads
        self.q, self.k, self.v, self.o = (nn.Linear(d_model, d_model) for _ in range(4))
        self.core = Core(self.d_head)

    def split(self, x):
        """[batch, pos, head * d_head] -> [batch, head, pos, d_head]"""
        return x.reshape(-1, LENGTH, self.heads, self.d_head).transpose(1, 2)

    def forward(self, x, padding):
        z = self.core(self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x)), padding)
        return self.o(z.transpose(1, 2).reshape(-1, LENGTH, self.d_model))


class Mlp(nn.Module):
    """One hidden layer of ReLUs: [batch, pos, d]."""

    def __init__(self, d_model, d_mlp):
        super().__init__()
        self.hidden, self.out = nn.Linear(d_model, d_mlp), nn.Linear(d_mlp, d_model)

    def forward(self, x):
        return self.out(self.hidden(x).relu())


class Block(nn.Module):
    """Pre-LayerNorm transformer block."""

    def __init__(self, d_model, heads, d_mlp):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(d_model, eps=1e-5), nn.LayerNorm(d_model, eps=1e-5)
        self.attn = Attention(d_model, heads)
        self.mlp = Mlp(d_model, d_mlp)

    def forward(self, x, padding):
        x = x + self.attn(self.ln1(x), padding)
        return x + self.mlp(self.ln2(x))


class Classifier(nn.Module):
    """tokens [batch, 42] -> logits [batch, 2], read at the first position; logit 1 means balanced."""

    def __init__(self, layers=3, heads=2, d_model=56, d_mlp=56):
        super().__init__()
        self.embed = Embed(d_model)
        self.blocks = nn.ModuleList(Block(d_model, heads, d_mlp) for _ in range(layers))
        self.final_ln = nn.LayerNorm(d_model, eps=1e-5)
        self.unembed = nn.Linear(d_model, 2)

    def forward(self, tokens):
        padding = (tokens == PAD)[:, None, None, :]
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x, padding)
        return self.unembed(self.final_ln(x[:, 0]))


# ---------------------------------------------------------------------------------------------
# Training
# ---------------------------------------------------------------------------------------------


def train(model, args):
    """AdamW, a short warm-up, then a linear decay to zero; prints held-out figures as it goes."""
    optimizer = torch.optim.AdamW(parameter_groups(model, args.weight_decay), lr=args.lr, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / 200, (args.steps - step) / args.steps)
    )
    probe = evaluation_set(args.seed, 4_000)
    batches = training_batches(np.random.default_rng([args.seed, 0]), args.batch, args.steps)
    started = time.time()
    for step, (tokens, labels) in enumerate(batches):
        loss = nn.functional.cross_entropy(model(tokens), labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if (step + 1) % 500 == 0 or step + 1 == args.steps:
            accuracy, held_out_loss = evaluate(model, *probe)
            print(
                f"step {step + 1}: train loss {loss.item():.5f}, held-out loss {held_out_loss:.5f}, "
                f"accuracy {accuracy:.4%}, {time.time() - started:.0f} s",
                flush=True,
            )


def parameter_groups(model, weight_decay):
    """Weight decay for matrices only."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


@torch.no_grad()
def evaluate(model, tokens, labels):
    """Accuracy and mean cross-entropy."""
    logits = torch.cat([model(part.long()) for part in torch.from_numpy(tokens).split(1_000)])
    labels = torch.from_numpy(labels).long()
    correct = (logits.argmax(dim=1) == labels).double().mean()
    return correct.item(), nn.functional.cross_entropy(logits.double(), labels).item()


# ---------------------------------------------------------------------------------------------
# Export
# ---------------------------------------------------------------------------------------------


def export(model, tokens, out):
    """Both PyTorch exporters, dynamic batch, weights inside the file."""
    import onnx

    example = torch.from_numpy(tokens[:3]).long()
    names = {"input_names": ["tokens"], "output_names": ["logits"]}
    torch.onnx.export(
        model, (example,), out / "brackets.onnx", dynamo=True, opset_version=18, external_data=False, verbose=False,
        dynamic_shapes={"tokens": {0: torch.export.Dim("batch")}}, **names,
    )  # fmt: skip
    torch.onnx.export(
        model, (example,), out / "brackets-legacy.onnx", dynamo=False, opset_version=17,
        dynamic_axes={"tokens": {0: "batch"}, "logits": {0: "batch"}}, **names,
    )  # fmt: skip
    for path in (out / "brackets.onnx", out / "brackets-legacy.onnx"):
        graph = onnx.load(path)
        strip_paths(graph)
        onnx.checker.check_model(graph, full_check=True)
        onnx.save(graph, path)
        check_export(model, path, tokens)


KEPT_METADATA = {"pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"}


def strip_paths(proto):
    """Removes doc strings and metadata that hold local paths; keeps the module paths of the nodes."""
    graph = proto.graph
    proto.doc_string = graph.doc_string = ""
    for item in [proto, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer]:
        item.doc_string = ""
        kept = [entry for entry in item.metadata_props if entry.key in KEPT_METADATA]
        del item.metadata_props[:]
        item.metadata_props.extend(kept)


def check_export(model, path, tokens):
    """The export gives the logits of the model, for more than one batch size."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for batch in (1, 5, 64):
        part = tokens[:batch].astype(np.int64)
        with torch.no_grad():
            expected = model(torch.from_numpy(part)).numpy()
        difference = np.abs(session.run(["logits"], {"tokens": part})[0] - expected).max()
        print(f"{path.name}: batch {batch}, largest difference to PyTorch {difference:.1e}")
        assert difference < 1e-5, f"{path.name} differs from the model"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--rows", type=int, default=25_000, help="strings in parens.npz")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--weights", type=Path, help="also save the weights here")
    parser.add_argument("--load", type=Path, help="take the weights from here instead of training")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    model = Classifier()
    if args.load:
        model.load_state_dict(torch.load(args.load, weights_only=True))
    else:
        train(model, args)
    model.eval()
    if args.weights:
        torch.save(model.state_dict(), args.weights)

    tokens, labels = evaluation_set(args.seed, args.rows)
    np.savez_compressed(args.out / "parens.npz", tokens=tokens, label=labels)
    accuracy, loss = evaluate(model, tokens, labels)
    summary = {"seed": args.seed, "steps": args.steps, "torch": torch.__version__, "numpy": np.__version__}
    summary |= {"rows": len(tokens), "balanced": labels.mean().item(), "accuracy": accuracy, "loss": loss}
    print(json.dumps(summary))
    export(model, tokens, args.out)


if __name__ == "__main__":
    main()
