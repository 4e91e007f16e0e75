"""One thread for every test: a core runs one test at a time, and the number of cores changes no number."""

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # BLAS and torch, before a test imports them
os.environ.setdefault("NUMBA_NUM_THREADS", "2")  # the most that a test may ask for
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that spin while they wait slow each other down many times


def pytest_configure() -> None:
    import numba
    from threadpoolctl import threadpool_limits

    numba.set_num_threads(1)  # starts numba's threads, which tells the OpenMP library that torch shares to use two
    threadpool_limits(1, user_api="openmp")


@pytest.fixture
def two_threads() -> Iterator[None]:
    """numba works with two threads: for tests whose results must not depend on their number."""
    import numba

    numba.set_num_threads(2)
    yield
    numba.set_num_threads(1)
