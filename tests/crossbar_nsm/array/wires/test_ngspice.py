"""Agreement with an independent circuit simulator: all currents within 1e-8 of the largest."""

import shutil

import numpy as np
import pytest
from support.cells.spice import CASES, run_ngspice, stored

from crossbar_nsm.array import column_currents, transfer_matrix

BY_NAME = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
INSTALLED = shutil.which("ngspice") is not None


def assert_close(found: np.ndarray, expected: np.ndarray) -> None:
    assert np.abs(found - expected).max() < 1e-8 * np.abs(expected).max()


@BY_NAME
def test_currents_are_those_that_ngspice_gave(case):
    (g_s, v), wires = case.circuit(), vars(case.wires)
    assert_close(v @ transfer_matrix(g_s, **wires), stored(case))
    assert_close(column_currents(v[None], g_s, **wires)[0], stored(case))


@BY_NAME
@pytest.mark.skipif(not INSTALLED, reason="ngspice is not installed: only its stored outputs were compared")
def test_ngspice_gives_them_again(case):
    assert_close(run_ngspice(case), stored(case))
