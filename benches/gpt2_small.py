#!/usr/bin/env python3
"""Writes benches/gpt2-small.onnx: the operator graph of GPT-2 small without its weights.

    python benches/gpt2_small.py     # needs torch, transformers, onnx, numpy, and 3 GB of memory

12 layers, 12 heads, width 768, 50257 tokens, 64 positions, attention written out, by the legacy exporter with
operator set 17, as tests/fixtures/architectures.py exports its small models. All large weights lie in one file beside
it, zeros.bin, from its first byte on. That file is not in the repository: the bench makes it, with as many zeros as
the largest weight needs. What `check` reads of a model are its operators, dims and names; numbers of weights matter to
none of its answers.
"""

import pathlib
import sys
import warnings

import numpy as np
import onnx
import torch
import transformers
from onnx import TensorProto

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "fixtures"))
import architectures  # noqa: E402

HERE = pathlib.Path(__file__).parent
LENGTH = 64
# Smaller constants are shapes, axes and scales.
SMALL = 64


def model():
    architectures.LENGTH = LENGTH
    config = transformers.GPT2Config(attn_implementation="eager", use_cache=False)
    return architectures.Logits(transformers.GPT2LMHeadModel(config), "causal").eval()


def without_weights(proto):
    for tensor in proto.graph.initializer:
        count = int(np.prod(tensor.dims)) if tensor.dims else 1
        if tensor.data_type != TensorProto.FLOAT or count <= SMALL or tensor.name == "causal":
            continue
        tensor.ClearField("raw_data")
        tensor.ClearField("float_data")
        tensor.data_location = TensorProto.EXTERNAL
        del tensor.external_data[:]
        for key, value in (("location", "zeros.bin"), ("offset", "0"), ("length", str(4 * count))):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
    return proto


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    path = HERE / "whole.onnx"
    example = torch.zeros((2, LENGTH), dtype=torch.int64)
    axes = {"input_ids": {0: "batch"}, "logits": {0: "batch"}}
    names = {"input_names": ["input_ids"], "output_names": ["logits"], "opset_version": 17, "dynamic_axes": axes}
    torch.onnx.export(model(), (example,), str(path), dynamo=False, **names)
    proto = without_weights(architectures.stripped(onnx.load(path)))
    onnx.save(proto, HERE / "gpt2-small.onnx")
    path.unlink()


if __name__ == "__main__":
    main()
