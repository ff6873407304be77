#!/usr/bin/env python3
"""Writes one more small model, and data that hides a difference, for examples of numbers that mislead.

    python make.py --out .          # needs numpy, onnx, onnxruntime

`weigh.onnx` and `weigh.npz`: are there more y than z? The model is right on every row, and the surer the
larger the difference. `agree.npz` is data for ../truth/redundant.onnx (is any token y?) on which the first
token is x nearly always where any token is y, and nearly never where none is.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "truth"))
import write  # noqa: E402  (the folder of the models whose weights are written)

UNSURE = 0.2  # half the difference of the logits where there is one y more
SAME, APART = 240, 16  # rows of agree.npz of each kind: first token and answer agree, or not


def weigh(rng):
    """Are there more y than z? Head 0.0 averages y - z over all places, and the logits are what it says."""
    words = ["[start]", "x", "y", "z"]
    stream = write.Stream(token=4, place=12, difference=1, first=1)
    model = write.Model(stream, words, length=12, d_head=1, read=0)
    model.block(
        model.head(q={}, k={}, v={"token": [0, 0, 1, -1]}, o={"difference": [12]}),
        model.head(q=model.always(write.SHARP), k=model.at(1), v=model.token_is("x"), o={"first": [1]}),
    )
    model.answer({"difference": [[-UNSURE, UNSURE]]}, [0, 0])

    def draw():
        most = rng.integers(1, 10)
        least = rng.integers(0, min(most, 12 - most))
        letters = rng.permutation([2, 3])
        row = [letters[0]] * most + [letters[1]] * least + [1] * (11 - most - least)
        return np.concatenate([[0], rng.permutation(row)])

    tokens = write.balanced_rows(draw, lambda row: (row == 2).sum() > (row == 3).sum(), 800)
    return model, {"tokens": tokens, "label": (tokens == 2).sum(1) > (tokens == 3).sum(1)}


def agree(rng):
    """Rows for ../truth/redundant.onnx: the first token is x where any is y, but for a few."""

    def rows(found, first, wanted):
        def draw():
            row = np.concatenate([[0], rng.choice([1, 2, 3], size=9, p=[0.5, 0.1, 0.4])])
            return row if ((row == 2).any(), row[1] == 1) == (found, first) else draw()

        return write.distinct_rows(draw, wanted)

    parts = [rows(found, first, SAME if found == first else APART) for found in (True, False) for first in (True, False)]
    tokens = rng.permutation(np.concatenate(parts))
    return {"tokens": tokens, "label": (tokens == 2).any(1)}


def check(path, data):
    """Fails unless the model gives every label."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"tokens": data["tokens"].astype(np.int64)})
    assert (logits.argmax(-1) == data["label"]).all(), path.name


def main():
    import onnx

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("."))
    args = parser.parse_args()
    model, weighed = weigh(np.random.default_rng([1, 0]))
    agreed = agree(np.random.default_rng([1, 1]))
    proto = write.to_onnx(model)
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, args.out / "weigh.onnx")
    for name, data in [("weigh", weighed), ("agree", agreed)]:
        np.savez_compressed(args.out / f"{name}.npz", **{key: values.astype(np.int8) for key, values in data.items()})
    check(args.out / "weigh.onnx", weighed)
    check(Path(write.__file__).with_name("redundant.onnx"), agreed)


if __name__ == "__main__":
    main()
