"""AEDAT 3.1 recordings of event cameras.

Format: https://docs.inivation.com/software/software-advanced-usage/file-formats/aedat-3.1.html (everything is
little-endian); packet header and bit fields as in libcaer's events/common.h and events/polarity.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from crossbar_nsm.datasets.folder import read_bytes
from device_models.errors import DatasetError, quoted

_FIRST_LINE, _LAST_LINE, _FORMAT = b"#!AER-DAT3.1\r\n", b"#!END-HEADER\r\n", b"#Format:"
# event type and source; event size, offset of the time stamp, overflows of the time stamp, capacity, events, valid ones
_PACKET_HEADER = struct.Struct("<hhiiiiii")
_POLARITY, _POLARITY_BYTES = 1, 8
MOST_BYTES = 2**28  # of one recording
MOST_PACKETS = 200_000
_ADDRESS = 0x7FFF  # 15 bits


@dataclass(frozen=True)
class Events:
    """Polarity events in order of time: x, y, on (brighter), time_us."""

    x: np.ndarray
    y: np.ndarray
    on: np.ndarray
    time_us: np.ndarray

    def between(self, start_us: int, end_us: int) -> Events:
        """The events of [start_us, end_us)."""
        part = slice(*np.searchsorted(self.time_us, (start_us, end_us)))
        return Events(self.x[part], self.y[part], self.on[part], self.time_us[part])


def read_aedat(path: Path, side: int) -> Events:
    """The valid polarity events of a recording by a camera of side x side pixels; other events are skipped."""
    raw = read_bytes(path, MOST_BYTES)
    packets = list(islice(_polarity_packets(path, raw, _end_of_header(path, raw)), MOST_PACKETS + 1))
    if len(packets) > MOST_PACKETS:
        raise DatasetError(f"{path}: more than {MOST_PACKETS} packets, a hundred times what cameras write; damaged")
    if not packets:
        raise DatasetError(f"{path}: holds no polarity events")
    data, time_us = (np.concatenate(parts) for parts in zip(*packets, strict=True))
    valid = np.flatnonzero(data & 1)
    valid = valid[np.argsort(time_us[valid], kind="stable")]
    if not valid.size:
        raise DatasetError(f"{path}: holds no valid polarity events")
    data = data[valid]
    x, y = data >> 17 & _ADDRESS, data >> 2 & _ADDRESS
    if max(x.max(), y.max()) >= side:
        raise DatasetError(
            f"{path}: events at x up to {x.max()}, y up to {y.max()}, allowed are 0 to {side - 1}; is it a recording "
            "of another camera?"
        )
    return Events(x, y, (data >> 1 & 1).astype(bool), time_us[valid])


def _end_of_header(path: Path, raw: bytes) -> int:
    if not raw.startswith(_FIRST_LINE):
        given = raw[: len(_FIRST_LINE)].decode("ascii", "replace").strip()
        raise DatasetError(
            f"{path}: starts with {quoted(given)}, not with '#!AER-DAT3.1'; only AEDAT 3.1 files can be read"
        )
    at = 0
    while raw.startswith(b"#", at) and (end := raw.find(b"\r\n", at) + 2) > 1:
        line, at = raw[at:end], end
        if line == _LAST_LINE:
            return at
        if line.startswith(_FORMAT) and line[len(_FORMAT) :].strip() != b"RAW":
            given = line.decode("ascii", "replace").strip()
            raise DatasetError(f"{path}: header line {quoted(given)}, only the format RAW can be read")
    raise DatasetError(f"{path}: the header has no line '#!END-HEADER': truncated, or not an AEDAT 3.1 file")


def _polarity_packets(path: Path, raw: bytes, at: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(data words, times in microseconds) of each packet of polarity events."""
    while at < len(raw):
        if len(raw) - at < _PACKET_HEADER.size:
            raise DatasetError(
                f"{path}: {len(raw) - at} bytes at byte {at}, a packet header has {_PACKET_HEADER.size}: truncated, or "
                "something is appended"
            )
        kind, _source, size, _offset, overflows, _capacity, number, _valid = _PACKET_HEADER.unpack_from(raw, at)
        if size < 1 or number < 0 or (kind == _POLARITY and size != _POLARITY_BYTES):
            raise DatasetError(f"{path}: the packet at byte {at} has {number} events of {size} bytes; damaged")
        start, at = at + _PACKET_HEADER.size, at + _PACKET_HEADER.size + size * number
        if at > len(raw):
            raise DatasetError(
                f"{path}: {number} events of {size} bytes should follow at byte {start}, but only {len(raw) - start} "
                "bytes do: truncated, or these are no events"
            )
        if kind == _POLARITY:
            words = np.frombuffer(raw, "<u4", 2 * number, start).reshape(-1, 2)
            yield words[:, 0], words[:, 1].astype(np.int64) | overflows << 31
