#!/usr/bin/env python3
"""Writes prompts.npz: pairs of prompts for ../induction/induction.onnx.

    python prompts.py --seed 0 --out .

A prompt is `[begin]` and 95 random tokens. `A B` stands at positions 30 and 31, `C D` at 41 and 42, and
the last token is A: what follows, by induction, is B. In the corrupted prompt A and C have changed
places at 30 and 41, so that D follows. All other tokens are the same, and all 94 of them differ.
"""

import argparse
from pathlib import Path

import numpy as np

PAIRS, LENGTH, VOCABULARY, BEGIN = 100, 96, 1024, 0
A, C = 30, 41


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path())
    arguments = parser.parse_args()
    generator = np.random.default_rng(arguments.seed)
    clean = np.full((PAIRS, LENGTH), BEGIN, dtype=np.int16)
    for prompt in clean:
        prompt[1:] = 1 + generator.permutation(VOCABULARY - 1)[: LENGTH - 1]
        prompt[-1] = prompt[A]
    corrupted = clean.copy()
    corrupted[:, [A, C]] = clean[:, [C, A]]
    pair = np.arange(PAIRS, dtype=np.int16)
    np.savez_compressed(arguments.out / "prompts.npz", clean=clean, corrupted=corrupted, pair=pair)


if __name__ == "__main__":
    main()
