"""Results that must not depend on the number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba


@contextmanager
def one_thread() -> Iterator[None]:
    """numba works with one thread inside; the test runs with two (fixture two_threads) outside."""
    threads = numba.get_num_threads()
    assert threads > 1, "nothing to compare with: mark the test with usefixtures('two_threads')"
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)
