"""Sources of slow noise for tests, and what they add."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.vector_reads import VectorReads


def each_read(reads: int, outputs: int) -> np.ndarray:
    """Mixing (reads, reads, outputs) whose slots are the single reads."""
    return np.repeat(np.eye(reads, dtype=np.float32)[:, :, None], outputs, axis=2)


def source(kind: type, array: Crossbar, reads: int = 1, mixing: np.ndarray | None = None) -> Any:
    """A FlickerSource, GatedSource or CellByCellSource of an array, at its first read."""
    gain, law = array.targets.gain, array.law
    starts = np.array([rows.start for rows in array.tiling.row_slices])
    keys = tuple(array.stream.key(purpose) for purpose in ("read_noise", "selector", "telegraph", "flicker"))
    key = keys if kind.__name__ == "CellByCellSource" else keys[3]
    law = law.flicker if kind.__name__ == "FlickerSource" else law
    mixing = each_read(reads, gain.shape[1]) if mixing is None else mixing
    return kind(law, VectorReads(gain, starts, array.read, mixing), key, array.initial_state())


def added(noise: Any, z: np.ndarray, tiles: int = 1, cuts: tuple[int, ...] = (), first: int = 0) -> np.ndarray:
    """What a source adds for vectors z in calls that end at `cuts`, (slots, tiles, vectors, outputs)."""
    slots, _, outputs = noise.mixing.shape
    out = np.zeros((slots, tiles, len(z), outputs), np.float32)
    for begin, end in zip((0, *cuts), (*cuts, len(z)), strict=True):
        part = np.zeros((slots, tiles, end - begin, outputs), np.float32)
        noise.add(part, z[begin:end], first + begin)
        out[:, :, begin:end] = part
    return out
