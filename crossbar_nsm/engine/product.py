"""Matrix products whose bits depend neither on the batch size nor on the number of threads.

Rows are multiplied in zero-padded blocks of fixed size, each block by one BLAS thread inside numba's parallel loop.
Callers hold `one_blas_thread()` around the loop: BLAS workers that spin beside numba's cost milliseconds per call.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  # the BLAS behind np.dot in numba: loaded here so that the limit below reaches it
from numba import njit, prange
from threadpoolctl import ThreadpoolController

BLOCK_ROWS = 128


@njit(parallel=True, cache=True)
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


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[object]:
    """Context in which BLAS libraries use one thread."""
    limiter: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limiter
