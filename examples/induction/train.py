#!/usr/bin/env python3
"""Trains the induction model of this folder and writes everything Ansatz needs to study it.

    python train.py --text bible.txt --seed 0 --out .

`bible.txt` is the text of the Debian package `bible-kjv` (README.md says how to get it). Written are
`bpe.json` (the vocabulary), `tokens.npz` (held-out windows of text), `good.npz` (the tokens after
which induction helps), `induction.onnx` (PyTorch's dynamo exporter) and `induction-legacy.onnx` (its
older, tracing exporter). With `--weights FILE` the trained weights are saved as well; with
`--load FILE` training is skipped.
"""

import argparse
import collections
import json
import math
import re
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

VOCABULARY, LENGTH, BEGIN = 1024, 96, 0
LAYERS, HEADS, D_MODEL = 2, 8, 192
HELD_OUT_OF = 6

# ---------------------------------------------------------------------------------------------
# Text and tokens
# ---------------------------------------------------------------------------------------------


def read_chapters(path):
    """The text of each chapter, one verse a line, without "Ge1:1 " and the like."""
    chapters = collections.defaultdict(list)
    for line in path.read_text(encoding="ascii").splitlines():
        place, verse = line.split(" ", 1)
        chapters[place.split(":")[0]].append(verse.strip() + "\n")
    return ["".join(verses) for verses in chapters.values()]


def split_words(text):
    """What merges never cross: a word with the space before it, a sign, a line break."""
    return re.findall(r" ?[A-Za-z]+|[^A-Za-z\n]|\n", text)


def learn_merges(texts, size):
    """Byte-pair encoding: the most frequent pair of neighbours becomes a token until there are `size`.

    Ties go to the pair that comes first in alphabetical order.
    """
    words = collections.Counter(word for text in texts for word in split_words(text))
    spelled = {word: list(word) for word in words}
    vocabulary = ["[begin]", *sorted({character for word in words for character in word})]
    merges = []
    while len(vocabulary) < size:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(spelled[word], spelled[word][1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        vocabulary.append("".join(best))
        for word, symbols in spelled.items():
            spelled[word] = merge(symbols, best)
    return vocabulary, merges


def merge(symbols, pair):
    """Every `pair` of neighbours in `symbols`, from the left, as one symbol."""
    merged = []
    for symbol in symbols:
        if merged and (merged[-1], symbol) == pair:
            merged[-1] += symbol
        else:
            merged.append(symbol)
    return merged


class Tokenizer:
    """Text to token ids, by the merges in their order."""

    def __init__(self, vocabulary, merges):
        self.ids = {token: index for index, token in enumerate(vocabulary)}
        self.rank = {tuple(pair): rank for rank, pair in enumerate(merges)}
        self.known = {}

    def encode(self, text):
        return np.array([token for word in split_words(text) for token in self.word(word)], np.int16)

    def word(self, word):
        if word not in self.known:
            symbols = list(word)
            while True:
                pairs = [pair for pair in zip(symbols, symbols[1:]) if pair in self.rank]
                if not pairs:
                    break
                symbols = merge(symbols, min(pairs, key=self.rank.get))
            self.known[word] = [self.ids[symbol] for symbol in symbols]
        return self.known[word]


def held_out_windows(chapters):
    """Windows [n, LENGTH], the begin token first, that follow each other within each chapter."""
    step = LENGTH - 1
    cuts = [text[i : i + step] for text in chapters for i in range(0, len(text) - step + 1, step)]
    return with_begin(np.stack(cuts))


def with_begin(windows):
    return np.concatenate([np.full((len(windows), 1), BEGIN, np.int16), windows], axis=1)


# ---------------------------------------------------------------------------------------------
# Training batches: windows of text, and sequences of random tokens that repeat
# ---------------------------------------------------------------------------------------------


def text_windows(rng, stream, rows):
    """Windows that start anywhere in the training text."""
    start = rng.integers(len(stream) - (LENGTH - 1), size=rows)
    return with_begin(stream[start[:, None] + np.arange(LENGTH - 1)])


def repeats(rng, rows):
    """Random tokens that begin anew, again and again, after 4 to 47; and which targets can be known."""
    tokens = rng.integers(1, VOCABULARY, size=(rows, LENGTH)).astype(np.int16)
    period = rng.integers(4, LENGTH // 2, size=(rows, 1))
    place = np.arange(LENGTH)
    tokens = np.take_along_axis(tokens, place % period, axis=1)
    return with_begin(tokens[:, :-1]), place > period + 1


def batch(rng, stream, rows, share):
    """tokens [rows, LENGTH] and weights [rows, LENGTH - 1] of the targets, as tensors."""
    count = rng.binomial(rows, share)
    tokens, known = repeats(rng, count)
    tokens = np.concatenate([text_windows(rng, stream, rows - count), tokens])
    known = np.concatenate([np.ones((rows - count, LENGTH), bool), known])
    return torch.from_numpy(tokens).long(), torch.from_numpy(known[:, 1:])


# ---------------------------------------------------------------------------------------------
# Model. Module paths (`embed`, `blocks.0.attn.core`, ...) name the sites of a hypothesis in both
# exports, so each of these modules has exactly one output tensor.
# ---------------------------------------------------------------------------------------------


class Split(nn.Module):
    """A projection without bias, cut into heads: [batch, pos, d] -> [batch, head, pos, d_head]."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(D_MODEL, D_MODEL, bias=False)

    def forward(self, x):
        return self.linear(x).reshape(-1, LENGTH, HEADS, D_MODEL // HEADS).transpose(1, 2)


class Pattern(nn.Module):
    """Causal attention: q, k [batch, head, pos, d_head] -> [batch, head, query, key].

    The scale is applied to k alone, between two transposes, so that exporters can't fuse them and
    k keeps a tensor of its own.
    """

    def __init__(self):
        super().__init__()
        self.register_buffer("future", torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1))

    def forward(self, q, k):
        scores = q @ (k * (D_MODEL // HEADS) ** -0.5).transpose(-1, -2)
        return scores.masked_fill(self.future, -1e9).softmax(dim=-1)


class Core(nn.Module):
    """What the heads compute before they are merged: z = pattern @ v, [batch, head, pos, d_head]."""

    def forward(self, pattern, v):
        return pattern @ v


class Merge(nn.Module):
    """[batch, head, pos, d_head] -> [batch, pos, d]"""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(D_MODEL, D_MODEL, bias=False)

    def forward(self, z):
        return self.linear(z.transpose(1, 2).reshape(-1, LENGTH, D_MODEL))


class Attention(nn.Module):
    """Positions are added to what q and k read, never to what v reads ("shortformer")."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = Split(), Split(), Split(), Merge()
        self.pattern, self.core = Pattern(), Core()

    def forward(self, x, position):
        placed = x + position
        return self.o(self.core(self.pattern(self.q(placed), self.k(placed)), self.v(x)))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln, self.attn = nn.LayerNorm(D_MODEL, eps=1e-5), Attention()

    def forward(self, x, position):
        return x + self.attn(self.ln(x), position)


class Model(nn.Module):
    """tokens [batch, pos] -> logits [batch, pos, vocabulary] of the token that follows."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, D_MODEL)
        self.position = nn.Parameter(sinusoids())
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.final_ln = nn.LayerNorm(D_MODEL, eps=1e-5)
        self.unembed = nn.Linear(D_MODEL, VOCABULARY, bias=False)
        nn.init.normal_(self.embed.weight, std=0.5)
        nn.init.normal_(self.unembed.weight, std=0.02)

    def forward(self, tokens):
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x, self.position)
        return self.unembed(self.final_ln(x))


def sinusoids():
    """Where the learned positions start from: sines and cosines of wavelengths 4 to 400."""
    wavelength = torch.logspace(math.log10(4), math.log10(400), D_MODEL // 2)
    angle = 2 * math.pi * torch.arange(LENGTH)[:, None] / wavelength
    return 1.5 * torch.cat([angle.sin(), angle.cos()], dim=1)


# ---------------------------------------------------------------------------------------------
# Training and measuring
# ---------------------------------------------------------------------------------------------


def train(model, stream, probe, args):
    """AdamW, a short warm-up, then a cosine decay to zero; prints held-out figures as it goes."""
    groups = [
        {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": args.weight_decay},
        {"params": [p for p in model.parameters() if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=args.lr, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / 100, 0.5 + 0.5 * math.cos(math.pi * step / args.steps))
    )
    rng, started, average = np.random.default_rng([args.seed, 0]), time.time(), None
    for step in range(args.steps):
        tokens, known = batch(rng, stream, args.batch, args.repeats)
        loss = next_token_loss(model(tokens), tokens)[known].mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average = loss.item() if average is None else 0.99 * average + 0.01 * loss.item()
        if (step + 1) % 500 == 0 or step + 1 == args.steps:
            held_out = evaluate(model, probe).mean().item()
            best = induction_scores(model, 64)[1].max().item()
            previous = text_scores(model, probe[:50])["previous"][0].max().item()
            print(
                f"step {step + 1}: train loss {average:.4f}, held-out loss {held_out:.4f}, "
                f"best induction score {best:.3f}, best previous-token score {previous:.3f}, {time.time() - started:.0f} s",
                flush=True,
            )


def next_token_loss(logits, tokens):
    """Cross-entropy [batch, pos - 1] of each next token."""
    return nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:], reduction="none")


@torch.no_grad()
def evaluate(model, tokens):
    return torch.cat([next_token_loss(model(part), part) for part in torch.from_numpy(tokens).long().split(100)])


@torch.no_grad()
def patterns(model, tokens):
    """The attention patterns [layer, batch, head, query, key]."""
    kept = []
    hooks = [block.attn.pattern.register_forward_hook(lambda *a: kept.append(a[-1])) for block in model.blocks]
    model(tokens)
    for hook in hooks:
        hook.remove()
    return torch.stack(kept)


def induction_scores(model, rows):
    """Prefix-matching score [layer, head].

    On the begin token, random tokens r, and r again: the mean attention from each token of the
    second r to the token after its first occurrence.
    """
    half = (LENGTH - 1) // 2
    rng = np.random.default_rng(12345)
    r = rng.integers(1, VOCABULARY, size=(rows, half)).astype(np.int16)
    tokens = np.concatenate([np.full((rows, 1), BEGIN, np.int16), r, r], axis=1)
    tokens = np.pad(tokens, ((0, 0), (0, LENGTH - tokens.shape[1])))
    query = np.arange(1 + half, 1 + 2 * half)
    found = patterns(model, torch.from_numpy(tokens).long())
    return found[..., query, query - half + 1].mean(dim=(1, 3))


def text_scores(model, tokens):
    """Attention on held-out text, [layer, head] each, over the queries from 1 on: what share goes to
    the previous position, the current one, the begin token, and earlier occurrences of the current token.
    """
    tokens = torch.from_numpy(tokens).long()
    found = patterns(model, tokens)
    earlier = (tokens[:, :, None] == tokens[:, None, :]).tril(-1)
    query = torch.arange(1, LENGTH)
    return {
        "previous": found[..., query, query - 1].mean(dim=(1, 3)),
        "current": found[..., query, query].mean(dim=(1, 3)),
        "begin": found[..., 2:, 0].mean(dim=(1, 3)),
        "repeat": (found * earlier[:, None]).sum(-1)[..., 1:].mean(dim=(1, 3)),
    }


def good_tokens(stream, least=20):
    """The tokens A after which "A B ... A -> B" is right more often than the most frequent successor of A.

    Counted on windows of the training text, where A came before in the window, if that happened
    `least` times or more; B is what followed the last earlier A.
    """
    successor = np.zeros((VOCABULARY, VOCABULARY), np.int64)
    np.add.at(successor, (stream[:-1], stream[1:]), 1)
    usual = successor.argmax(axis=1)
    seen, copied, guessed = (np.zeros(VOCABULARY, np.int64) for _ in range(3))
    for start in range(0, len(stream) - LENGTH, LENGTH - 1):
        last = {}
        window = stream[start : start + LENGTH - 1].tolist()
        for token, following in zip(window, window[1:]):
            if token in last:
                seen[token] += 1
                copied[token] += last[token] == following
                guessed[token] += usual[token] == following
            last[token] = following
    return (seen >= least) & (copied > guessed)


def report(model, tokens, good):
    """Prints the figures of README.md."""
    loss = evaluate(model, tokens)
    window = torch.from_numpy(tokens).long()
    seen = (window[:, :, None] == window[:, None, :]).tril(-1).any(-1)
    at_good = torch.from_numpy(good)[window]
    print(f"held-out loss {loss.mean():.4f}; {good.sum()} good tokens")
    print(f"  at good tokens ({at_good[:, :-1].float().mean():.1%}): {loss[at_good[:, :-1]].mean():.4f}")
    chosen = (at_good & seen)[:, :-1]
    print(f"  at good tokens that came before ({chosen.float().mean():.1%}): {loss[chosen].mean():.4f}")
    induction, text = induction_scores(model, 256), text_scores(model, tokens[::8])
    print("head  induction  " + "  ".join(text))
    for layer in range(LAYERS):
        for head in range(HEADS):
            values = "  ".join(f"{text[name][layer, head]:{len(name)}.3f}" for name in text)
            print(f"{layer}.{head}   {induction[layer, head]:9.3f}  {values}")


# ---------------------------------------------------------------------------------------------
# Export
# ---------------------------------------------------------------------------------------------


def export(model, tokens, out):
    """Both PyTorch exporters, dynamic batch, weights inside the file."""
    import onnx

    example = torch.from_numpy(tokens[:3]).long()
    names = {"input_names": ["tokens"], "output_names": ["logits"]}
    torch.onnx.export(
        model, (example,), out / "induction.onnx", dynamo=True, opset_version=18, external_data=False, verbose=False,
        dynamic_shapes={"tokens": {0: torch.export.Dim("batch")}}, **names,
    )  # fmt: skip
    torch.onnx.export(
        model, (example,), out / "induction-legacy.onnx", dynamo=False, opset_version=17,
        dynamic_axes={"tokens": {0: "batch"}, "logits": {0: "batch"}}, **names,
    )  # fmt: skip
    for path in (out / "induction.onnx", out / "induction-legacy.onnx"):
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


@torch.no_grad()
def check_export(model, path, tokens):
    """Fails unless ONNX Runtime gives the logits of PyTorch, for several batch sizes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for rows in (1, 5, 16):
        part = tokens[:rows].astype(np.int64)
        (logits,) = session.run(["logits"], {"tokens": part})
        np.testing.assert_allclose(logits, model(torch.from_numpy(part)).numpy(), atol=2e-4)
    print(f"{path.name}: {path.stat().st_size} bytes, same logits as PyTorch")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=6_000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=0.1)
    parser.add_argument("--repeats", type=float, default=0.25, help="share of synthetic sequences")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--load", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)

    chapters = read_chapters(args.text)
    training = [text for index, text in enumerate(chapters) if index % HELD_OUT_OF != HELD_OUT_OF - 1]
    vocabulary, merges = learn_merges(training, VOCABULARY)
    tokenizer = Tokenizer(vocabulary, merges)
    stream = np.concatenate([tokenizer.encode(text) for text in training])
    tokens = held_out_windows([tokenizer.encode(text) for text in chapters[HELD_OUT_OF - 1 :: HELD_OUT_OF]])
    good = good_tokens(stream)
    print(f"{len(stream)} tokens to train on, {len(tokens)} held-out windows", flush=True)

    model = Model()
    if args.load:
        model.load_state_dict(torch.load(args.load))
    else:
        train(model, stream, tokens[::10], args)
    if args.weights:
        torch.save(model.state_dict(), args.weights)
    model.eval()
    report(model, tokens, good)
    args.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(args.out / "tokens.npz", tokens=tokens)
    np.savez_compressed(args.out / "good.npz", good=good)
    text = json.dumps({"vocabulary": vocabulary, "merges": merges}, ensure_ascii=True)
    (args.out / "bpe.json").write_text(text + "\n")
    export(model, tokens, args.out)


if __name__ == "__main__":
    main()
