"""How an array is read, vector after vector: what sources of noise that cells carry from read to read need of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.config import ReadConfig


@dataclass(frozen=True)
class VectorReads:
    """gain (rows, outputs): weight units per siemens; tile_starts (row tiles): first row of each, rising from 0; read:
    times of reads; mixing (slots, reads, outputs) float32: out[slot] is the sum over a vector's reads of mixing times
    read. Vector n begins n interval_s after the reset."""

    gain: np.ndarray
    tile_starts: np.ndarray
    read: ReadConfig
    mixing: np.ndarray

    @property
    def reads(self) -> int:
        """Reads of a vector."""
        return self.mixing.shape[1]

    @property
    def steps_s(self) -> tuple[float, float]:
        """From the start of a read to that of the next [s]: from the last of a vector, and from another."""
        within_s = self.read.between_reads_s
        return self.read.interval_s - (self.reads - 1) * within_s, within_s

    @property
    def length_s(self) -> float:
        """From the start of a vector's first window to the end of its last [s]."""
        return (self.reads - 1) * self.read.between_reads_s + self.read.window_s
