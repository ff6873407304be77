#!/usr/bin/env python3
"""Claims about the models of write.py, true and wrong, and a plain implementation of causal scrubbing.

    python claims.py --out .          # needs numpy; writes mechanisms.json

A claim is a text: nodes (`diff = head(0, 0) computes difference`) and arrows (`diff -> gate`), in the
words of Ansatz. The scrubbing here shares nothing with Ansatz: it runs in float64 on the matrices of
write.py. It fails unless every true claim recovers everything and every wrong one loses something.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np

import catalogue
import write

ROUNDS = 8  # passes over the data, each with its own draws

# ---------------------------------------------------------------------------------------------
# Claims as data
# ---------------------------------------------------------------------------------------------

NODE = re.compile(r"(\w+) = (\w+(?:\(\d+(?:, \d+)?\))?)(?:\[pos: (\d+)(?:\.\.(\d+))?\])? computes (\w+)")
ARROW = re.compile(r"(\w+) -> (\w+)(?:\.(\w|\{[\w, ]+\}))?")


class Claim:
    """Nodes {name: (component, positions or None, feature)} and arrows [(source, target, ports)]."""

    def __init__(self, text):
        self.nodes, self.arrows, self.unclaimed = {}, [], "any"
        for line in text.strip().splitlines():
            line = line.strip()
            if line.startswith("unclaimed"):
                self.unclaimed = line.split()[1]
            elif match := NODE.fullmatch(line):
                name, component, start, end, feature = match.groups()
                places = None
                if start:
                    places = range(int(start), int(end or int(start) + 1))
                self.nodes[name] = (component, places, feature)
            else:
                source, target, ports = ARROW.fullmatch(line).groups()
                self.arrows.append((source, target, re.findall(r"\w", ports or "qkv")))
        assert {end for arrow in self.arrows for end in arrow[:2]} <= {*self.nodes, "logits"}, text

    def into(self, target):
        return [(source, ports) for source, to, ports in self.arrows if to == target]


# ---------------------------------------------------------------------------------------------
# The model in float64
# ---------------------------------------------------------------------------------------------


def softmax(scores):
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return scores / scores.sum(axis=-1, keepdims=True)


class Plain:
    """Runs a model of write.py; what a component adds to the stream is [row, pos, width]."""

    def __init__(self, model, tokens):
        self.model = model
        self.order, self.sees = ["embed"], {}
        for layer, (heads, mlp) in enumerate(model.blocks):
            names = [f"head({layer}, {h})" for h in range(len(heads))]
            self.sees |= {name: list(self.order) for name in names}
            self.order += names
            if mlp:
                self.sees[f"mlp({layer})"] = list(self.order)
                self.order.append(f"mlp({layer})")
        self.sees["logits"] = list(self.order)
        self.clean = {"embed": model.token[tokens] + model.position}
        for name in self.order[1:]:
            stream = sum(self.clean[seen] for seen in self.sees[name])
            self.clean[name] = self.run(name, dict.fromkeys("qkv", stream))
        self.logits = self.run("logits", dict.fromkeys("qkv", sum(self.clean.values())))

    def run(self, name, stream):
        """One component, given the stream that each of its ports reads (`v` for what has no ports)."""
        model = self.model
        if name == "logits":
            read = stream["v"] if model.read is None else stream["v"][:, model.read]
            return read @ model.unembed + model.bias
        layer, *head = (int(number) for number in re.findall(r"\d+", name))
        heads, mlp = model.blocks[layer]
        if not head:
            return np.maximum(stream["v"] @ mlp[0] + mlp[1], 0) @ mlp[2]
        q, k, v = (stream[port] @ heads[head[0]][port] for port in "qkv")
        scores = q @ k.transpose(0, 2, 1)
        if model.causal:
            scores = np.where(np.triu(np.ones(scores.shape[1:]), 1) > 0, -1e9, scores)
        return softmax(scores) @ v @ heads[head[0]]["o"]


# ---------------------------------------------------------------------------------------------
# Scrubbing
# ---------------------------------------------------------------------------------------------


class Scrub:
    """One claim on one model. Rows are drawn uniformly, with replacement, from those that agree."""

    def __init__(self, plain, features, claim, rng):
        self.plain, self.features, self.claim, self.rng = plain, features, claim, rng
        self.rows = len(plain.logits)
        self.classes = {}

    def logits(self, references):
        return self.opened("logits", "logits", references)

    def agreeing(self, feature, place, rows):
        """For each of `rows` a row whose feature (at `place`, if it has places) is the same."""
        key = (feature, place)
        if key not in self.classes:
            values = self.features[feature]
            values = values if place is None else values[:, place]
            _, group = np.unique(values, return_inverse=True)
            order = np.argsort(group, kind="stable")
            self.classes[key] = (group, order, np.searchsorted(group[order], np.arange(group.max() + 2)))
        group, order, start = self.classes[key]
        first, size = start[group[rows]], np.diff(start)[group[rows]]
        return order[first + (self.rng.random(len(rows)) * size).astype(int)]

    def draw(self, node, rows):
        """What the arrow from `node` carries, for receivers with the data `rows`: [row, pos, width]."""
        component, places, feature = self.claim.nodes[node]
        if self.features[feature].ndim == 1:
            return self.value(node, self.agreeing(feature, None, rows))
        result = np.zeros((len(rows), *self.plain.clean[component].shape[1:]))
        for place in places or range(result.shape[1]):
            result[:, place] = self.value(node, self.agreeing(feature, place, rows))[:, place]
        return result

    def value(self, node, rows):
        component = self.claim.nodes[node][0]
        if not self.claim.into(node):
            return self.plain.clean[component][rows]
        return self.opened(node, component, rows)

    def opened(self, node, component, rows):
        """Recomputed from its arrows, and from one unclaimed draw for all else."""
        z = rows if self.claim.unclaimed == "exact" else self.rng.integers(self.rows, size=len(rows))
        drawn = [(source, ports, self.draw(source, rows)) for source, ports in self.claim.into(node)]
        stream = {}
        for port in "qkv":
            stream[port] = 0
            for seen in self.plain.sees[component]:
                part = self.plain.clean[seen][z]
                if self.claim.unclaimed == "zero":
                    part = np.zeros_like(part)
                for source, ports, carried in drawn:
                    of, places, _ = self.claim.nodes[source]
                    if of == seen and port in ports:
                        where = slice(None) if places is None else slice(places.start, places.stop)
                        part = part.copy()
                        part[:, where] = carried[:, where]
                stream[port] = stream[port] + part
        return self.plain.run(component, stream)


def losses(logits, label):
    """Cross-entropy of each row, averaged over places."""
    log_sum = np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1)) + logits.max(-1)
    loss = log_sum - np.take_along_axis(logits, label[..., None], -1)[..., 0]
    return loss if loss.ndim == 1 else loss.mean(axis=1)


def shuffled(logits, label):
    """The loss over all pairs of an output and a label at the same place."""
    classes = logits.shape[-1]
    share = np.stack([(label == c).mean(axis=0) for c in range(classes)], axis=-1)
    every = np.stack([losses(logits, np.full(label.shape, c)) for c in range(classes)], axis=-1)
    if label.ndim == 1:
        return (every.mean(axis=0) * share).sum()
    by_place = [shuffled(logits[:, place], label[:, place]) for place in range(label.shape[1])]
    return np.mean(by_place)


def recovered(plain, data, features, claim, seed):
    """(scrubbed loss, its standard error, share recovered, total variation to the model)"""
    rng = np.random.default_rng(seed)
    scrub, label = Scrub(plain, features, claim, rng), data["label"].astype(int)
    outputs = [scrub.logits(np.arange(len(label))) for _ in range(ROUNDS)]
    each = np.mean([losses(output, label) for output in outputs], axis=0)
    base, model = shuffled(plain.logits, label), losses(plain.logits, label).mean()
    moved = np.mean([np.abs(softmax(output) - softmax(plain.logits)).sum(-1).mean() / 2 for output in outputs])
    return each.mean(), each.std() / len(each) ** 0.5, (each.mean() - base) / (model - base), moved


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("."))
    args = parser.parse_args()
    written = {}
    for index, (name, make) in enumerate(write.MODELS.items()):
        model, data = make(np.random.default_rng([0, index]))
        written[name] = study(name, model, data)
    (args.out / "mechanisms.json").write_text(json.dumps(written, indent=1) + "\n")


def study(name, model, data):
    """Checks all claims about one model; returns its part of mechanisms.json."""
    tokens = data["tokens"].astype(int)
    plain, entry = Plain(model, tokens), catalogue.MODELS[name]
    features = {key: np.asarray(f(tokens, data["label"])) for key, (_, f) in entry["features"].items()}
    result = {
        "components": components(model),
        "read": "every position" if model.read is None else model.read,
        "features": {key: text.replace("WORD_0", f'"{model.vocabulary[0]}"') for key, (text, _) in entry["features"].items()},
        "model_loss": float(f"{losses(plain.logits, data['label'].astype(int)).mean():.3g}"),
        "shuffled_loss": round(float(shuffled(plain.logits, data["label"].astype(int))), 4),
    }
    for kind, claims in catalogue.claims(name).items():
        result[kind] = []
        for title, text in claims:
            loss, error, share, moved = recovered(plain, data, features, Claim(text), seed=1)
            print(f"{name:10} {kind:8} {title:50} loss {loss:8.4f} ± {error:.4f}  {share:8.2%}  moved {moved:.4f}")
            lines = [line.strip() for line in text.strip().splitlines()]
            figures = {"loss": round(loss, 4), "recovered": round(share, 4), "moved": round(moved, 4)}
            result[kind].append({"claim": title, "lines": lines, **figures})
            fine = share > 0.9999 if kind == "true" else share < 0.97 if kind == "wrong" else share > 0.9
            assert fine, (name, kind, title, share)
    return result


def components(model):
    found = {"embed": "embed : [batch, pos, d]"}
    for layer, (heads, mlp) in enumerate(model.blocks):
        for h in range(len(heads)):
            found[f"head({layer}, {h})"] = f"blocks.{layer}.attn.core : [batch, head, pos, d_head] at head = {h}"
        if mlp:
            found[f"mlp({layer})"] = f"blocks.{layer}.mlp : [batch, pos, d]"
    return found


if __name__ == "__main__":
    main()
