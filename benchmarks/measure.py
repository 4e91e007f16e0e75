"""Timing of alternatives in turns, so that a machine that slows down slows all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from crossbar_nsm.engine.kernels.product import one_blas_thread

FEWEST_TURNS = 3
BUDGET_S = 30.0  # of all alternatives together; long ones get fewer turns


@dataclass(frozen=True)
class Way:
    """Something to time. held: makes the context in which it runs; entering it is not timed."""

    run: Callable[[], Any]
    held: Callable[[], AbstractContextManager[Any]] = nullcontext


def ours(run: Callable[[], Any]) -> Way:
    """Kernels of this package want BLAS on one thread."""
    return Way(run, one_blas_thread)


@contextmanager
def numba_threads(count: int) -> Iterator[None]:
    """Context in which numba's parallel loops use `count` threads."""
    before = numba.get_num_threads()
    numba.set_num_threads(count)
    try:
        yield
    finally:
        numba.set_num_threads(before)


@dataclass(frozen=True)
class Timing:
    """Seconds of one call, one value per turn."""

    turns: np.ndarray

    @property
    def median_s(self) -> float:
        return float(np.median(self.turns))

    @property
    def least_s(self) -> float:
        return float(self.turns.min())

    def over(self, other: Timing) -> float:
        """How many times as long as `other`: the median over turns of the ratio within a turn."""
        return float(np.median(self.turns / other.turns))

    def per(self, count: float) -> Timing:
        """Seconds of one of `count` equal parts."""
        return Timing(self.turns / count)


def in_turns(ways: Mapping[str, Way], turns: int, least_s: float = 0.02) -> dict[str, Timing]:
    """Every way after the other, again and again, warmed up before; short ones are repeated within a turn until they
    take least_s."""
    estimates = {name: _warm_seconds(way) for name, way in ways.items()}
    calls = {name: max(1, math.ceil(least_s / seconds)) for name, seconds in estimates.items()}
    one_turn = sum(calls[name] * seconds for name, seconds in estimates.items())
    turns = min(turns, max(FEWEST_TURNS, int(BUDGET_S / one_turn)))
    seconds = np.array([[_seconds(way, calls[name]) for name, way in ways.items()] for _ in range(turns)])
    return {name: Timing(column) for name, column in zip(ways, seconds.T, strict=True)}


def best_of(run: Callable[[], Any], turns: int, least_s: float = 0.02) -> Timing:
    """One function alone, warmed up before."""
    return in_turns({"": Way(run)}, turns, least_s)[""]


def _warm_seconds(way: Way) -> float:
    """Seconds of the second call; the first compiles and fills caches."""
    with way.held():
        way.run()
        started = time.perf_counter()
        way.run()
        return max(time.perf_counter() - started, 1e-9)


def _seconds(way: Way, calls: int) -> float:
    """Mean seconds of `calls` calls. Before short ones a call goes untimed, while the threads of what ran before still
    spin."""
    with way.held():
        if calls > 1:
            way.run()
        started = time.perf_counter()
        for _ in range(calls):
            way.run()
        return (time.perf_counter() - started) / calls
