"""The transfer matrix: closed forms, Kirchhoff's laws, reciprocity, and what it refuses."""

import numpy as np
import pytest
from support.cells.wires import cell_voltages, conductances, node_voltages, reference_transfer

from crossbar_nsm.array import transfer_matrix
from crossbar_nsm.array.wires.parameters import Wires
from crossbar_nsm.array.wires.tree import grow
from device_models.errors import CircuitError, CrossbarError

SHAPES = [(1, 1), (1, 30), (30, 1), (3, 5), (8, 8), (9, 17), (33, 20)]
WIRES = [Wires(1.0, 1.0), Wires(200.0, 0.2), Wires(0.2, 200.0, 30.0, 7.0), Wires(1e4, 1e4, 1e3, 1e3)]
SMALL = Wires(3.0, 5.0, 7.0, 11.0)


@pytest.mark.parametrize("wires", WIRES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_is_that_of_nodal_analysis(shape, wires):
    g_s = conductances(*shape, open_share=0.2)
    expected = reference_transfer(g_s, wires)
    assert np.abs(transfer_matrix(g_s, **vars(wires)) - expected).max() < 1e-11 * expected.max(initial=1e-12)


def test_one_cell_is_a_series_connection():
    assert transfer_matrix([[1e-3]], 10.0, 20.0, 30.0, 40.0) == pytest.approx(np.array([[1 / 1100]]), rel=1e-14)


def test_wires_of_rows_and_columns_are_not_swapped():
    """In one row the column wires are in series with one cell each, the row wires are shared; in one column it is the
    other way round."""
    g_s = np.array([[1e-4, 2e-4, 3e-4]])
    assert np.allclose(transfer_matrix(g_s, 0.0, 100.0, 0.0, 50.0), 1 / (1 / g_s + 150), rtol=1e-13)
    assert np.allclose(transfer_matrix(g_s.T, 100.0, 0.0, 50.0, 0.0), 1 / (1 / g_s.T + 150), rtol=1e-13)
    far, near = 1 / (1 / 3e-4 + 100), 2e-4  # a ladder of the row wires, from its end to the driver
    ahead = 1 / (100 + 1 / (near + far))
    last = (1 / (100 + 1 / (1e-4 + ahead))) * (ahead / (1e-4 + ahead)) * (far / (near + far))
    assert transfer_matrix(g_s, 100.0, 0.0)[0, 2] == pytest.approx(last * (1 / far) / (1 / 3e-4 + 100), rel=1e-13)


def test_drop_is_largest_far_from_drivers_and_sense_amplifiers():
    """Row wires: the last column loses most; column wires: the first row, farthest from the bottom."""
    g_s = np.full((12, 12), 1e-4)
    by_row, by_col = transfer_matrix(g_s, 5.0, 0.0), transfer_matrix(g_s, 0.0, 5.0)
    assert np.all(np.diff(by_row, axis=1) < 0)
    assert np.allclose(np.diff(by_row, axis=0), 0, atol=1e-16)
    assert np.all(np.diff(by_col, axis=0) > 0)
    assert np.allclose(np.diff(by_col, axis=1), 0, atol=1e-16)


def test_perfect_wires_give_the_conductances_exactly():
    g_s = conductances(9, 14, open_share=0.3)
    assert np.array_equal(transfer_matrix(g_s, 0.0, 0.0), g_s)


def test_small_resistances_lose_no_digits():
    """1e-9 ohm: the drop is 1e-12 and more; a solver that stamps 1/r is wrong by 1e-3 here."""
    g_s = conductances(20, 20)
    assert np.allclose(transfer_matrix(g_s, 1e-9, 1e-12), g_s, rtol=1e-10, atol=0)


@pytest.mark.parametrize("wires", WIRES, ids=str)
def test_kirchhoffs_laws_hold_at_every_node(wires):
    """Currents that obey the current law, from the cells' voltages, drop those voltages along the wires again."""
    g_s = conductances(13, 18, open_share=0.2)
    v = np.random.default_rng(1).uniform(-1, 1, (2, 13))
    across = cell_voltages(grow(g_s, wires), v)
    current = g_s * across
    along, down = np.cumsum(current[..., ::-1], axis=-1)[..., ::-1], np.cumsum(current, axis=-2)
    row = v[..., None] - np.cumsum(wires.r_row_ohm * along, axis=-1) - wires.r_driver_ohm * along[..., :1]
    col = (
        np.cumsum((wires.r_col_ohm * down)[..., ::-1, :], axis=-2)[..., ::-1, :] + wires.r_sense_ohm * down[..., -1:, :]
    )
    assert np.abs(row - col - across).max() < 1e-12
    assert np.allclose(down[:, -1], v @ transfer_matrix(g_s, **vars(wires)), rtol=1e-11, atol=1e-18)
    delivered = (v * along[..., 0]).sum(axis=-1)
    heat = current * across + wires.r_row_ohm * along**2 + wires.r_col_ohm * down**2
    ends = wires.r_driver_ohm * along[..., 0] ** 2, wires.r_sense_ohm * down[:, -1] ** 2
    dissipated = heat.sum(axis=(1, 2)) + sum(end.sum(axis=1) for end in ends)
    assert np.allclose(delivered, dissipated, rtol=1e-12)


def test_fields_of_single_lines_are_those_of_nodal_analysis():
    g_s = conductances(13, 22, open_share=0.1)
    tree, (rows, cols) = grow(g_s, SMALL), g_s.shape
    by_row = node_voltages(g_s, SMALL, np.eye(rows), np.zeros((cols, rows)))
    by_col = node_voltages(g_s, SMALL, np.zeros((rows, cols)), np.eye(cols))
    own_row, own_col = (np.subtract(*voltages) for voltages in (by_row, by_col))
    assert np.allclose(tree.own_line_voltages("rows"), np.einsum("jkj->jk", own_row), atol=1e-12)
    assert np.allclose(tree.own_line_voltages("cols"), np.einsum("jkk->jk", own_col), atol=1e-12)


def test_superposition():
    """T does not depend on what drives the rows: the cells' voltages of a sum are the sum of their voltages."""
    g_s, v = conductances(9, 12), np.random.default_rng(0).normal(size=(2, 9))
    tree = grow(g_s, SMALL)
    together = cell_voltages(tree, v.sum(axis=0, keepdims=True))
    assert np.allclose(together, cell_voltages(tree, v).sum(axis=0), atol=1e-13)


def test_reciprocity():
    """Driven from its sense amplifiers and sensed at its drivers an array has the transposed transfer matrix."""
    g_s = conductances(10, 15, open_share=0.2)
    swapped = Wires(SMALL.r_col_ohm, SMALL.r_row_ohm, SMALL.r_sense_ohm, SMALL.r_driver_ohm)
    turned = transfer_matrix(g_s[::-1, ::-1].T, **vars(swapped))
    assert np.allclose(turned[::-1, ::-1].T, transfer_matrix(g_s, **vars(SMALL)), rtol=1e-12)


@pytest.mark.parametrize("name", list(vars(SMALL)))
def test_more_resistance_gives_less_current(name):
    """The current that equal voltages drive through the array is a conductance between two points."""
    g_s = conductances(8, 11)
    totals = [transfer_matrix(g_s, **(vars(SMALL) | {name: value})).sum() for value in (0.0, 0.1, 1.0, 10.0, 1e3, 1e6)]
    assert np.all(np.diff(totals) < 0)


@pytest.mark.parametrize(
    ("g_s", "resistances", "message"),
    [
        ([[1e-5, np.nan]], (1, 1), r"g_s\[0, 1\] = nan S"),
        ([[1e-5], [np.inf]], (1, 1), r"g_s\[1, 0\] = inf S"),
        ([[-1e-5, 1e-5]], (0, 0), r"g_s\[0, 0\] = -1e-05 S"),
        (np.zeros((0, 4)), (1, 1), r"shape \(0, 4\)"),
        (np.zeros((4, 0)), (1, 1), r"shape \(4, 0\)"),
        (np.full(4, 1e-5), (1, 1), r"shape \(4,\)"),
        (np.full((2, 2, 2), 1e-5), (1, 1), r"shape \(2, 2, 2\)"),
        ([[1e-5], [1e-5, 1e-5]], (1, 1), "rows of equal length"),
        ([["a"]], (1, 1), "real numbers"),
        ([[1e-5]], (-1, 1), "r_row_ohm=-1"),
        ([[1e-5]], (1, np.nan), "r_col_ohm=nan"),
        ([[1e-5]], (1, 1, np.inf), "r_driver_ohm=inf"),
        ([[1e-5]], (1, 1, 0, -2.0), r"r_sense_ohm=-2\.0"),
        ([[1e-5]], ("1", 1), "r_row_ohm='1'"),
        ([[1e-5]], (1, 1, 1e30, 1e30), r"r_driver_ohm=1e\+30 ohm is 1e\+25 times the resistance of a cell of 1e-05 S"),
        ([[1e-5]], (1, 1e11), r"r_col_ohm=1e\+11 ohm is 1e\+06 times .* more than 100000 times"),
    ],
)
def test_what_is_refused(g_s, resistances, message):
    with pytest.raises(CircuitError, match=message) as error:
        transfer_matrix(g_s, *resistances)
    assert "\n" not in str(error.value)
    assert isinstance(error.value, CrossbarError)
    assert isinstance(error.value, ValueError)
