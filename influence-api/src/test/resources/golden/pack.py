# SPDX-License-Identifier: Apache-2.0
"""Copies the golden data of W2 here, without the tensors that no test reads.

Usage: python3 pack.py GOLDEN_DIRECTORY
"""
import json
import pathlib
import struct
import sys

FILES = ("w2_inputs", "w2_factors_fp64", "w2_scores_fp64", "w2_truefisher_fp64")
UNUSED = ("train.x", "train.y", "query.x", "query.y", "train.y_sampled")


def pack(source, target):
    data = source.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    kept, body = {}, b""
    for name, entry in header.items():
        if name == "__metadata__" or name in UNUSED:
            continue
        first, last = entry["data_offsets"]
        tensor = data[8 + size + first : 8 + size + last]
        entry["data_offsets"] = [len(body), len(body) + len(tensor)]
        kept[name] = entry
        body += tensor
    text = json.dumps(kept, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    target.write_bytes(struct.pack("<Q", len(text)) + text + body)


for file in FILES:
    name = file + ".safetensors"
    pack(pathlib.Path(sys.argv[1]) / name, pathlib.Path(__file__).parent / name)
