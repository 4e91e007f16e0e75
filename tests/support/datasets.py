"""Small data sets in their exact file formats, written byte by byte, and the check of what a user reads."""

from __future__ import annotations

import os
import struct
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from crossbar_nsm.datasets.catalogue import read_dataset
from device_models.errors import DatasetError


@contextmanager
def refused(*parts):
    """A DatasetError of one line that says all `parts`."""
    with pytest.raises(DatasetError) as caught:
        yield
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert str(part) in message, message


def by_message(value):
    """Test ids of parameters (content, message): the message, not kilobytes of content."""
    return value if isinstance(value, str) else "-"


def real(name, split):
    """A real data set's Dataset and folder; skips the test where the data folder does not have it."""
    root = Path(os.environ.get("CROSSBAR_NSM_DATA", ""))
    if "CROSSBAR_NSM_DATA" not in os.environ or not (root / name).is_dir():
        pytest.skip(f"needs {name}: set CROSSBAR_NSM_DATA to a folder with {name}/")
    return read_dataset(name, split, root), root / name


def idx(values):
    """An IDX file of bytes: magic, big-endian sizes, content."""
    values = np.asarray(values, np.uint8)
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def write_idx(folder, prefix, images, labels):
    """<prefix>-images-idx3-ubyte and <prefix>-labels-idx1-ubyte."""
    folder.mkdir(exist_ok=True)
    (folder / f"{prefix}-images-idx3-ubyte").write_bytes(idx(images))
    (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(labels))


def random_images(count, *shape, seed=0):
    return np.random.default_rng(seed).integers(256, size=(count, *shape), dtype=np.uint8)


def cifar(labels, planes):
    """CIFAR records: label bytes (n) or (n, 2), planes (n, 3, 32, 32)."""
    return b"".join(
        bytes(np.atleast_1d(label).tolist()) + plane.tobytes() for label, plane in zip(labels, planes, strict=True)
    )


def nmnist(*events):
    """N-MNIST events (x, y, on, time in us), 40 bits each."""
    return b"".join(bytes([x, y]) + (on << 23 | time).to_bytes(3, "big") for x, y, on, time in events)


def write_nmnist(folder, part, recordings):
    """recordings: {(digit, number): content}."""
    for (digit, number), content in recordings.items():
        (folder / part / str(digit)).mkdir(parents=True, exist_ok=True)
        (folder / part / str(digit) / f"{number:05}.bin").write_bytes(content)


AEDAT_HEADER = (
    b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Start-Time: 2016-10-01 10:00:00 (TZ+0100)\r\n"
    b"#!END-HEADER\r\n"
)


def packet(*events, kind=1, overflows=0, valid=1):
    """A packet of AEDAT 3.1 polarity events (x, y, on, time in us)."""
    content = b"".join(struct.pack("<II", x << 17 | y << 2 | on << 1 | valid, time) for x, y, on, time in events)
    count = len(events)
    return struct.pack("<HHIIIIII", kind, 1, 8, 4, overflows, count, count, count * valid) + content


def label_file(*gestures):
    """The text of a label file: gestures (class, start, end)."""
    return "class,startTime_usec,endTime_usec\n" + "".join(f"{a},{b},{c}\n" for a, b, c in gestures)
