"""Noise of cells seen through the wires, against arrays whose cells are all perturbed and solved again."""

import numpy as np
import pytest
from support.cells.wires import conductances

from crossbar_nsm.array import transfer_matrix
from crossbar_nsm.array.wires.blocks import solve_blocks
from crossbar_nsm.array.wires.effective import effective_cells, relative_drop
from crossbar_nsm.array.wires.parameters import Wires
from crossbar_nsm.engine.kernels.product import one_blas_thread

ROWS, COLS, BATCHES, BATCH, RELATIVE_SD = 12, 12, 12, 200, 0.03


def sampled_sd(g_s: np.ndarray, wires: Wires) -> np.ndarray:
    """sd of every column's current (cols) over noise of the cells and random +-1 V on the rows, by brute force.

    The array is solved anew for every sample.
    """
    rng, squares = np.random.default_rng(7), np.zeros(COLS)
    mean = transfer_matrix(g_s, wires.r_row_ohm, wires.r_col_ohm)
    with one_blas_thread():
        for _ in range(BATCHES):
            samples = g_s * (1 + RELATIVE_SD * rng.standard_normal((BATCH, *g_s.shape)))
            v = rng.choice([-1.0, 1.0], (BATCH, ROWS))
            squares += (np.einsum("sj,sjk->sk", v, transfers(samples, wires) - mean) ** 2).sum(axis=0)
    return np.sqrt(squares / (BATCHES * BATCH))


def transfers(samples: np.ndarray, wires: Wires) -> np.ndarray:
    """T (n, rows, cols) of n arrays, each solved as one block of cells."""
    grid = samples[:, None]
    blocks, _ = solve_blocks(grid, np.full_like(grid, wires.r_row_ohm), np.full_like(grid, wires.r_col_ohm))
    return -blocks.y[:, 0, :ROWS, ROWS:]


def predicted_sd(g_s: np.ndarray, factor: np.ndarray) -> np.ndarray:
    return np.sqrt(((RELATIVE_SD * g_s * factor) ** 2).sum(axis=0))


@pytest.mark.parametrize(("r_ohm", "drop"), [(5.0, 0.03), (40.0, 0.19), (100.0, 0.36)])
def test_sd_of_the_outputs(r_ohm, drop):
    """All outputs together: standard error 0.4 %; kappa itself is within 1 % here. T/G must fail where it matters."""
    g_s, wires = conductances(ROWS, COLS), Wires(r_ohm, r_ohm)
    seen = effective_cells(g_s, wires)
    assert relative_drop(seen.transfer_s, g_s) == pytest.approx(drop, abs=0.02)
    sampled = sampled_sd(g_s, wires)
    assert np.mean(predicted_sd(g_s, seen.factor) / sampled) == pytest.approx(1.0, abs=0.013)
    assert np.all(np.abs(predicted_sd(g_s, seen.factor) / sampled - 1) < 0.05)  # standard error 1.4 % each
    if drop > 0.3:
        assert np.mean(predicted_sd(g_s, seen.transfer_s / g_s) / sampled) > 1.03
        assert np.mean(predicted_sd(g_s, np.ones_like(g_s)) / sampled) > 1.3


def test_factor_of_one_cell_is_the_derivative_of_its_current():
    """I = V / (R + r): dI/dG = (R / (R + r))^2, where T/G would be R / (R + r)."""
    seen = effective_cells(np.array([[1e-4]]), Wires(1000.0, 1500.0))
    assert seen.factor == pytest.approx(np.array([[0.8**2]]), rel=1e-12)
    assert seen.transfer_s == pytest.approx(np.array([[0.8e-4]]), rel=1e-12)


def test_factor_is_what_a_change_of_the_cell_does_to_its_own_output():
    """With its own row alone driven: by difference quotients of T, wires of rows and columns unequal."""
    g_s, wires = conductances(5, 7), Wires(40.0, 90.0, 20.0, 30.0)
    factor = effective_cells(g_s, wires).factor
    step = 1e-9
    for row, col in [(0, 0), (4, 6), (2, 5), (0, 6), (4, 0)]:
        change = np.zeros_like(g_s)
        change[row, col] = step
        up, down = (effective_cells(g_s + sign * change, wires).transfer_s[row, col] for sign in (1, -1))
        assert factor[row, col] == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_factor_is_one_without_wires_and_finite_at_open_cells():
    g_s = conductances(6, 6, open_share=0.4)
    assert np.array_equal(effective_cells(g_s, Wires()).factor, np.ones((6, 6)))
    factor = effective_cells(g_s, Wires(30.0, 30.0)).factor
    assert np.all((factor > 0) & (factor < 1))


def test_relative_drop():
    assert relative_drop(np.array([[3.0, 1.0]]), np.array([[4.0, 1.0]])) == pytest.approx(0.2)
    assert relative_drop(np.zeros((1, 2)), np.zeros((1, 2))) == 0
