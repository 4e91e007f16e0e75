"""Random numbers per second: torch, numpy, and the generators of this package, on one thread and on two."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numba
import numpy as np
import torch

from benchmarks.measure import Way, in_turns, numba_threads
from benchmarks.workloads import drawing
from benchmarks.workloads.effort import Effort
from benchmarks.workloads.rows import Row
from device_models.streams import Stream

TORCH = "torch normal_"
PASSES = 16
KERNELS = {
    "Philox 4x32-10, words": drawing.philox_words_only,
    "Philox 4x32-10, normals": drawing.philox_normals_only,
    "lanes (xoshiro128++), words": drawing.lane_words_only,
    "lanes (xoshiro128++), normals": drawing.lane_normals_only,
}


def rows(effort: Effort) -> list[Row]:
    """Rates in 10^9 per second."""
    ways = {TORCH: Way(partial(torch.empty(effort.numbers).normal_))}
    for threads in sorted({1, min(2, numba.config.NUMBA_NUM_THREADS)}):
        ways[f"numpy SFC64, float32 normals, {_of(threads)}"] = Way(_numpy_normals(effort.numbers, threads))
        for name, kernel in KERNELS.items():
            ways[f"{name}, {_of(threads)}"] = _kernel(kernel, effort.numbers, threads)
    times = in_turns(ways, **effort.settings)
    return [
        Row("random", name, effort.numbers / timing.median_s / 1e9, "G/s",
            ratio=timing.over(times[TORCH]), to=f"time of {TORCH}")
        for name, timing in times.items()
    ]  # fmt: skip


def _of(threads: int) -> str:
    return "one thread" if threads == 1 else f"{threads} threads"


def _kernel(kernel: Callable[..., Any], count: int, threads: int) -> Way:
    key = Stream().key("benchmark")
    return Way(lambda: kernel(PASSES, count // PASSES, key), partial(numba_threads, threads))


def _numpy_normals(count: int, threads: int) -> Callable[[], Any]:
    parts = np.split(np.empty(count, np.float32), threads)
    generators = [np.random.Generator(np.random.SFC64(number)) for number in range(threads)]
    pool = ThreadPoolExecutor(threads)

    def fill(generator: np.random.Generator, out: np.ndarray) -> None:
        generator.standard_normal(dtype=np.float32, out=out)

    return lambda: list(pool.map(fill, generators, parts))
