"""One thread for every test: a core runs one test at a time, and the number of cores changes no number."""

import os
import sys
from collections.abc import Iterator

import pytest
from support.own_laws import laws_of_its_own

os.environ.setdefault("OMP_NUM_THREADS", "1")  # BLAS and torch, before a test imports them
os.environ.setdefault("NUMBA_NUM_THREADS", "2")  # the most that a test may ask for
os.environ.pop("COLUMNS", None)  # the width of tables, which pytest-xdist sets and no pipe has
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that spin while they wait slow each other down many times


def pytest_configure() -> None:
    import numba
    from threadpoolctl import threadpool_limits

    numba.set_num_threads(1)  # starts numba's threads, which tells the OpenMP library that torch shares to use two
    threadpool_limits(1, user_api="openmp")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After the long fuzzing, what became of its inputs."""
    fuzzing = sys.modules.get("support.hostile.fuzzing")
    if fuzzing is not None and any(tally.cases > fuzzing.QUICK for tally in fuzzing.TALLIES.values()):
        terminalreporter.section("hostile inputs")
        for line in fuzzing.table():
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def laws_of_a_test() -> Iterator[None]:
    """Laws, data sets and circuits that a test registers, and files that it loads, are its own: another may have some
    of the same names, and its processes load every file."""
    with laws_of_its_own():
        yield


@pytest.fixture
def two_threads() -> Iterator[None]:
    """numba works with two threads: for tests whose results must not depend on their number."""
    import numba

    numba.set_num_threads(2)
    yield
    numba.set_num_threads(1)
