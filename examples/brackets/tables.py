"""Writes the two constants that published.ansatz reads of the published bracket model.

    python tables.py FOLDER/brackets.onnx FOLDER/parens.npz OUT

writes OUT/phi.npz (array `phi` [d_head]: half the difference between the mean value vectors of head
0.0 on `(` and on `)`, over positions 1 to 40) and OUT/adjusted.npz (array `weights` [length, pos, key]:
by number of brackets and query position the attention of head 0.0 to a bracket before the query, and to one at
or after it, as means over the strings of that length, normalised to sum 1 over all brackets of the string).
Needs numpy, onnx and onnxruntime.
"""
import sys

import numpy as np
import onnx
import onnxruntime

START, PAD, END, OPEN, CLOSE = range(5)
VALUES, PATTERN = "/blocks.0/attn/Add_2_output_0", "/blocks.0/attn/Softmax_output_0"
STRINGS_OF_A_LENGTH = 400


def session(path, outputs):
    model = onnx.load(path)
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in outputs)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def main(model, data, out):
    run = session(model, [VALUES, PATTERN])
    tokens = np.load(data)["tokens"].astype(np.int64)
    width = tokens.shape[1]

    def full(token):
        row = np.full((1, width), token, dtype=np.int64)
        row[0, 0], row[0, -1] = START, END
        return row

    means = [run.run([VALUES], {"tokens": full(token)})[0][0, 0, 1:41].mean(0) for token in (OPEN, CLOSE)]
    np.savez(f"{out}/phi.npz", phi=((means[0] - means[1]) / 2).astype(np.float64))

    lengths = np.isin(tokens, (OPEN, CLOSE)).sum(1)
    weights = np.zeros((width, width, width))
    for length in np.unique(lengths):
        rows = tokens[lengths == length][:STRINGS_OF_A_LENGTH]
        pattern = run.run([PATTERN], {"tokens": rows})[0][:, 0].mean(0)
        keys = np.arange(1, length + 1)
        for query in range(width):
            row = np.zeros(width)
            for part in (keys[keys < query], keys[keys >= query]):
                if len(part):
                    row[part] = pattern[query, part].mean()
            weights[length, query] = row / row.sum()
    np.savez(f"{out}/adjusted.npz", weights=weights)


if __name__ == "__main__":
    main(*sys.argv[1:])
