"""Writes the two constants that deeper.ansatz reads of our bracket model.

    python deeper.py brackets.onnx parens.npz deeper.npz

What head 0.0 writes at position 0 is an attention-weighted sum over the brackets, and all brackets push
along one direction:

- `phi` [d_head]: half the difference that `(` instead of `)` at position 1 makes to the value vectors
  of head 0.0;
- `weights` [length, key]: by number of brackets, what the bracket at `key` counts for: the mean
  attention that position 0 pays it, over all strings of that length, times how far a bracket there
  pushes along phi, compared with one at position 1.

Needs numpy, onnx and onnxruntime. The names of the tensors are those of the dynamo export.
"""
import sys

import numpy as np
import onnx
import onnxruntime

START, PAD, END, OPEN, CLOSE = range(5)
VALUES, PATTERN = "transpose_2", "softmax"
HEAD = 0


def session(path):
    """A session that gives the values and the attention pattern of layer 0."""
    model = onnx.load(path)
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in (VALUES, PATTERN))
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def value_of(run, token, width):
    """Value vectors [pos, d_head] of a string with the same token everywhere."""
    row = np.full((1, width), token, dtype=np.int64)
    row[0, 0], row[0, -1] = START, END
    return run.run([VALUES], {"tokens": row})[0][0, HEAD].astype(np.float64)


def main(model, data, out):
    run = session(model)
    tokens = np.load(data)["tokens"].astype(np.int64)
    width = tokens.shape[1]

    half = (value_of(run, OPEN, width) - value_of(run, CLOSE, width)) / 2
    phi = half[1]
    push = half @ phi / (phi @ phi)

    lengths = np.isin(tokens, (OPEN, CLOSE)).sum(1)
    weights = np.zeros((width, width))
    for length in np.unique(lengths):
        pattern = run.run([PATTERN], {"tokens": tokens[lengths == length]})[0][:, HEAD, 0].astype(np.float64)
        weights[length, 1 : length + 1] = (pattern.mean(0) * push)[1 : length + 1]
    np.savez_compressed(out, phi=phi, weights=weights)


if __name__ == "__main__":
    main(*sys.argv[1:])
