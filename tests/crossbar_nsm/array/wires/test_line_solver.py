"""Single vectors by iteration, against the direct solution."""

import numpy as np
import pytest
from support.cells.wires import conductances

from crossbar_nsm.array import column_currents, transfer_matrix
from crossbar_nsm.array.wires.line_solver import LineSolver
from crossbar_nsm.array.wires.parameters import Wires
from device_models.errors import CircuitError

HARD = [
    Wires(1.0, 1.0),
    Wires(1000.0, 1.0),
    Wires(1.0, 1000.0, 10.0, 20.0),
    Wires(0.0, 2.0),
    Wires(2.0, 0.0),
    Wires(0.0, 0.0, 50.0, 0.0),
    Wires(0.0, 0.0, 0.0, 50.0),
    Wires(1e-9, 1e-6),
    Wires(1e5, 1e5),
]


@pytest.mark.parametrize("wires", HARD, ids=str)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (7, 70), (70, 7), (90, 64)], ids=str)
def test_currents_are_those_of_the_matrix(shape, wires):
    g_s = conductances(*shape, open_share=0.2)
    v = np.random.default_rng(0).uniform(-1, 1, shape[0])
    expected = v @ transfer_matrix(g_s, **vars(wires))
    found = LineSolver(g_s, wires).currents(v)
    assert found is not None
    assert np.abs(found - expected).max() <= 1e-8 * np.abs(expected).max()


@pytest.mark.parametrize("r_ohm", [0.1, 1.0])
def test_one_vector_of_a_whole_tile(r_ohm):
    """256 x 256 cells, 1e-5 and 1e-4 of the smallest cell resistance per segment."""
    g_s, v = conductances(256, 256), np.random.default_rng(0).choice([-1.0, 1.0], (1, 256))
    expected = v @ transfer_matrix(g_s, r_ohm, r_ohm)
    found = column_currents(v, g_s, r_ohm, r_ohm)
    assert np.abs(found - expected).max() < 1e-8 * np.abs(expected).max()
    assert not np.array_equal(found, expected)  # two ways


def test_many_vectors_go_through_the_matrix():
    g_s, v = conductances(6, 9), np.random.default_rng(0).normal(size=(1000, 6))
    assert np.array_equal(column_currents(v, g_s, 1.0, 2.0), v @ transfer_matrix(g_s, 1.0, 2.0))


def test_nothing_flows_through_open_cells():
    assert np.array_equal(column_currents(np.ones((2, 3)), np.zeros((3, 4)), 1.0, 1.0), np.zeros((2, 4)))
    assert column_currents(np.ones((0, 3)), np.ones((3, 4)), 1.0, 1.0).shape == (0, 4)


@pytest.mark.parametrize(
    ("v", "message"),
    [(np.ones(3), r"shape \(3,\)"), (np.ones((2, 4)), r"allowed is \(batch, 3\)"), ([[1, np.nan, 1]], "not finite")],
)
def test_what_is_refused(v, message):
    with pytest.raises(CircuitError, match=message):
        column_currents(v, np.ones((3, 4)), 1.0, 1.0)
