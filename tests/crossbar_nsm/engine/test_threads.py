"""Numbers of threads: as asked inside, as before outside."""

import numba
import pytest
import torch
from threadpoolctl import threadpool_info

from crossbar_nsm.engine.threads import using_threads


def threads():
    blas = {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
    return torch.get_num_threads(), numba.get_num_threads(), blas


@pytest.mark.usefixtures("two_threads")
def test_threads_are_as_asked_inside_and_as_before_outside():
    before = threads()
    with using_threads(1):
        assert threads() == (1, 1, {1})
        with using_threads(3):
            assert threads() == (3, 2, {3})  # numba has two
        assert threads() == (1, 1, {1})
    with pytest.raises(ZeroDivisionError), using_threads(1):
        raise ZeroDivisionError
    assert threads() == before
