"""How many threads a trial uses inside."""

from __future__ import annotations


def use_threads(threads: int) -> None:
    """From now on, in the thread that calls: numba and OpenMP count for each."""
    import numba
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(threads)
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
    threadpool_limits(threads)


def threads_in_use() -> int:
    """What numba uses in the thread that calls."""
    import numba

    return int(numba.get_num_threads())
