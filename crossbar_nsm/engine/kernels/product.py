"""Matrix products whose bits depend neither on the batch size nor on the number of threads.

Rows are multiplied in zero-padded blocks of fixed size, each block by one BLAS thread inside numba's parallel loop.
Callers hold `one_blas_thread()` around the loop: BLAS workers that spin beside numba's cost milliseconds per call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  # the BLAS behind np.dot in numba: loaded here so that the limit below reaches it
from numba import prange
from threadpoolctl import LibController, ThreadpoolController

from crossbar_nsm.engine.computing import computing
from crossbar_nsm.engine.kernels.kernel import kernel

BLOCK_ROWS = 128


@kernel(parallel=True)
def blocked_product(x, matrix):
    """x (rows, k) @ matrix (k, columns), both C-contiguous float32."""
    rows, columns = x.shape[0], matrix.shape[1]
    out = np.empty((rows, columns), np.float32)
    for block in prange((rows + BLOCK_ROWS - 1) // BLOCK_ROWS):
        start = block * BLOCK_ROWS
        stop = min(rows, start + BLOCK_ROWS)
        if stop - start == BLOCK_ROWS:
            np.dot(x[start:stop], matrix, out[start:stop])
        else:
            padded, product = (
                np.zeros((BLOCK_ROWS, x.shape[1]), np.float32),
                np.empty((BLOCK_ROWS, columns), np.float32),
            )
            for row in range(start, stop):  # loops: numba takes seconds to compile copies of slices
                for k in range(x.shape[1]):
                    padded[row - start, k] = x[row, k]
            np.dot(padded, matrix, product)
            for row in range(start, stop):
                for i in range(columns):
                    out[row, i] = product[row - start, i]
    return out


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """`computing`, with BLAS libraries on one thread; afterwards they have as many as before."""
    with computing():
        before = [(library, library.num_threads) for library in _blas_libraries()]
        several = [(library, threads) for library, threads in before if threads != 1]
        try:
            for library, _ in several:
                _set_threads(library, 1)
            yield
        finally:
            for library, threads in several:
                _set_threads(library, threads)


@cache
def _blas_libraries() -> list[LibController]:
    return [library for library in ThreadpoolController().lib_controllers if library.user_api == "blas"]


def _set_threads(library: LibController, threads: int) -> None:
    """Whoever set them before: threadpoolctl leaves OpenBLAS to the thread that set it first, as long as that lives."""
    getattr(library, "_real_set_num_threads", library.set_num_threads)(threads)
