"""IDX files, the format of MNIST and its relatives."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.folder import read_bytes
from crossbar_nsm.datasets.labels import check_every_class, check_range
from device_models.errors import DatasetError
from device_models.files.contents import other_content
from device_models.files.lengths import length_problem

SIZE = (28, 28)
_UNSIGNED_BYTES = 8
_KINDS = {8: "unsigned bytes", 9: "signed bytes", 11: "short integers", 12: "integers", 13: "floats", 14: "doubles"}


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """An IDX file of unsigned bytes: magic 0 0 8 d, d big-endian sizes, then the bytes."""
    raw = read_bytes(path)
    if raw[:4] != bytes([0, 0, _UNSIGNED_BYTES, dimensions]):
        raise DatasetError(f"{path}: {_what(raw)}; an IDX file of {dimensions}-dimensional unsigned bytes is needed")
    start = 4 + 4 * dimensions
    shape = tuple(int.from_bytes(raw[at : at + 4], "big") for at in range(4, start, 4))
    if len(raw) < start:
        raise DatasetError(f"{path}: {length_problem(len(raw), start, 'its header has')}")
    if len(raw) != (needed := start + math.prod(shape)):
        shown = " x ".join(map(str, shape))
        raise DatasetError(f"{path}: {length_problem(len(raw), needed, f'its header says ({shown} values)')}")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def _what(raw: bytes) -> str:
    """What a file is instead."""
    if not raw:
        return "is empty"
    kind, dimensions = raw[2:3], raw[3:4]
    if raw[:2] == b"\0\0" and kind and dimensions and kind[0] in _KINDS:
        return f"holds {dimensions[0]}-dimensional {_KINDS[kind[0]]}"
    zipped = ("a zip file", "unpack it") if raw.startswith(b"PK\3\4") else None
    what, advice = zipped or other_content(raw[:64]) or ("", "")
    known = f"{what}, not an IDX file; {advice}" if what else "not an IDX file"
    return f"{known} (it starts with the wrong magic number, {raw[:4].hex(' ')})"


def read_pair(image_file: Path, label_file: Path, classes: int, lowest: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 28, 28) uint8 and labels (n) int64 from 0, stored as lowest ... lowest + classes - 1."""
    images, labels = read_idx(image_file, dimensions=3), read_idx(label_file, dimensions=1).astype(np.int64)
    if len(images) != len(labels):
        raise DatasetError(f"{image_file} holds {len(images)} images, but {label_file} {len(labels)} labels")
    if images.shape[1:] != SIZE:
        raise DatasetError(
            f"{image_file}: images of {images.shape[1]} x {images.shape[2]} pixels, this data set has 28 x 28; store "
            "images of another size as an .npz file with x and y"
        )
    check_range(label_file, labels, lowest, lowest + classes - 1)
    check_every_class(label_file, labels, classes, lowest)
    return images, labels - lowest
