"""How many threads a calculation uses: torch, numba and BLAS alike.

Nothing that a chip or the ideal network draws depends on it; training does where torch adds in another order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba
import torch
from loky import cpu_count
from threadpoolctl import threadpool_limits


def available_threads() -> int:
    """Cores that this process may use (by affinity and container), or fewer where the session has set fewer."""
    return max(1, min(int(cpu_count()), torch.get_num_threads()))


@contextmanager
def using_threads(threads: int) -> Iterator[None]:
    """Context with this many threads; afterwards there are as many as before."""
    of_torch, of_numba = torch.get_num_threads(), numba.get_num_threads()
    with threadpool_limits(threads, user_api="blas"):
        _set(threads, _at_most(threads))
        try:
            yield
        finally:
            _set(of_torch, of_numba)


def use_threads(threads: int) -> None:
    """From now on, in a process of ours: numba and OpenMP count for the thread that calls."""
    _set(threads, _at_most(threads))
    threadpool_limits(threads)


def _at_most(threads: int) -> int:
    """numba cannot have more than it started with."""
    return min(threads, int(numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]


def _set(of_torch: int, of_numba: int) -> None:
    torch.set_num_threads(of_torch)
    numba.set_num_threads(of_numba)
