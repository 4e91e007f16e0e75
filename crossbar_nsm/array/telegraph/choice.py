"""Telegraph noise by events or cell by cell: whichever is faster for the law."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.slow_noise.cell_by_cell_source import CellByCellSource
from crossbar_nsm.array.telegraph.source import TelegraphSource, switches_per_vector
from crossbar_nsm.array.vector_reads import VectorReads
from device_models.read_law import ReadLaw
from device_models.reads import CellState

CELLS_FROM = 2.0
"""Switches per trap and vector. Measured for one trap per cell, 128 x 128 pairs, 64 vectors, a window of a tenth of the
interval, on one thread of a 2.6 GHz EPYC with AVX-512: at 1, 3 and 10 events take 34, 100 and 241 ns per trap and
vector, cells 70, 80 and 101 ns."""


def telegraph_source(
    law: ReadLaw, array: VectorReads, key: np.uint64, start: CellState
) -> TelegraphSource | CellByCellSource:
    """The source of a law's telegraph part, arguments as of TelegraphSource. Both are exact; cells with several traps
    go by events, because one by one they multiply window means of their traps."""
    if law.traps is None:
        raise ValueError("this law has no traps")
    if len(law.traps.amplitude) == 1 and switches_per_vector(law.traps, array.read.interval_s) >= CELLS_FROM:
        alone = ReadLaw(law.g_s, np.zeros_like(law.sd_s), {"telegraph": law.traps})
        return CellByCellSource(alone, array, (key,) * 4, start)
    return TelegraphSource(law, array, key, start)
