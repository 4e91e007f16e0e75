"""Crossbars whose tiles have wires: what their reads mean and how much they vary."""

import numpy as np
import pytest
from support.cells.arrays import device, program, telegraph, weights
from support.cells.wires import reference_transfer
from support.networks import states

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.moments_reader import MomentsReader
from crossbar_nsm.array.physical_columns import pairs_of_columns, physical_columns
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.array.wires.parameters import Wires
from crossbar_nsm.mapping.reads.reader_choice import combined_reads

UNEQUAL = {"r_row_ohm": 9.0, "r_col_ohm": 23.0, "r_driver_ohm": 50.0, "r_sense_ohm": 30.0}


def with_wires(array: Crossbar, wires: Wires) -> Crossbar:
    """The same programmed cells behind other wires."""
    return Crossbar(array.device, array.targets, array.tiling, array.stream, array.schedule, array.g_s, wires)


def test_plus_and_minus_of_an_output_are_neighbours():
    pairs = np.arange(12).reshape(2, 2, 3)  # (sign, row, output)
    assert physical_columns(pairs).tolist() == [[0, 6, 1, 7, 2, 8], [3, 9, 4, 10, 5, 11]]
    assert np.array_equal(pairs_of_columns(physical_columns(pairs)), pairs)


@pytest.mark.parametrize("scale", ["per_column", "per_row", "per_tile"])
def test_mean_is_that_of_the_physical_tiles(scale):
    """Every tile by nodal analysis: its columns one by one, its used cells in the corner of driver and sense."""
    array = program(weights(9, 17), device(), scale=scale, rows=7, cols=8, **UNEQUAL)
    expected = np.zeros((17, 9))
    for start in (0, 7, 14):
        for first in (0, 4, 8):
            rows, outputs = slice(start, min(start + 7, 17)), slice(first, min(first + 4, 9))
            plus, minus = array.g_s[:, rows, outputs]
            columns = [column for pair in zip(plus.T, minus.T, strict=True) for column in pair]
            transfer = reference_transfer(np.array(columns).T, Wires(**UNEQUAL))
            expected[rows, outputs] = transfer[:, 0::2] - transfer[:, 1::2]
    assert np.allclose(array.mean_matrix(), array.targets.gain * expected, rtol=1e-10, atol=1e-12)


def test_what_the_cells_lack_of_the_mean_is_the_remainder():
    array = program(weights(9, 17), device(telegraph=telegraph(1e-3, 1e-3)), **UNEQUAL)
    mean = array.law.mean_s()
    cells, remainder = array.targets.gain * (mean[0] - mean[1]), array.remainder_matrix()
    assert np.allclose(cells + remainder, array.mean_matrix())
    assert 0.01 < np.abs(remainder).max() / np.abs(array.mean_matrix()).max() < 0.2
    assert not program(weights(9, 17), device()).remainder_matrix().any()


def test_mean_conductances_decide_what_the_wires_take():
    """Captured traps lower the current and with it the drop: not the drop at the programmed conductances."""
    noisy = program(weights(9, 17), device(telegraph=telegraph(1e-3, 1e-3, step=1.0)), **UNEQUAL)
    halfway = program(weights(9, 17), device(), **UNEQUAL)
    quieter = with_wires(halfway, halfway.wires)
    quieter.g_s = noisy.g_s * 0.75  # d q = 1/2 1/2
    assert np.allclose(noisy.effective.transfer_s, quieter.effective.transfer_s, rtol=1e-12)
    assert not np.allclose(noisy.effective.transfer_s, 0.75 * halfway.effective.transfer_s, rtol=1e-3)


def test_noise_is_scaled_cell_by_cell():
    """Fresh and 1/f noise by kappa, telegraph amplitudes not: they are relative."""
    flicker = {"relative": {"coefficient": 0.01, "exponent": 0.0, "highest": 0.1}, "read_time_s": 1e-7}
    parts = {"telegraph": telegraph(1e-3, 1e-3), "flicker": flicker}
    bare = program(weights(5, 8), device(**parts))
    wired = with_wires(bare, Wires(**UNEQUAL))
    factor = wired.effective.factor
    assert np.all((factor < 1) & (factor > 0.5))
    assert np.allclose(wired.law.sd_s, factor * bare.law.sd_s)
    assert np.allclose(wired.law.flicker.amplitude_s, factor * bare.law.flicker.amplitude_s)
    assert np.array_equal(wired.law.traps.amplitude, bare.law.traps.amplitude)
    pairs = bare.targets.gain**2 * (factor**2 * bare.law.sd_s**2).sum(axis=0)
    quiet = with_wires(program(weights(5, 8), device(read_noise={}, **parts)), wired.wires)
    fresh = wired.covariance(0.0) - quiet.covariance(0.0)
    assert np.allclose(fresh, pairs.sum(axis=0), rtol=1e-6)


def test_variance_of_reads_against_perturbed_cells():
    """sd of an output's read over noise of all cells of its tile and random inputs, solved anew: within 2.5 % (standard
    error 0.7 %); the variance without wires is too large."""
    array = program(weights(4, 10), device(), r_row_ohm=100.0, r_col_ohm=40.0, r_driver_ohm=50.0, r_sense_ohm=30.0)
    rng, squares, repeats = np.random.default_rng(0), np.zeros(4), 2500
    law = with_wires(array, Wires()).law
    for _ in range(repeats):
        g_s = np.maximum(law.g_s + law.sd_s * rng.standard_normal(law.g_s.shape), 0.0)
        transfer = reference_transfer(physical_columns(g_s), array.wires)
        change = array.targets.gain * (transfer[:, 0::2] - transfer[:, 1::2]) - array.mean_matrix()
        squares += (rng.choice([-1.0, 1.0], 10) @ change) ** 2
    ratio = np.sqrt(array.covariance(0.0) / (squares / repeats))
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.025)
    assert np.mean(np.sqrt(with_wires(array, Wires()).covariance(0.0) / (squares / repeats))) > 1.1


def test_reader_says_that_it_is_an_approximation():
    array = program(weights(6, 8), device(), **UNEQUAL)
    reader = combined_reads(ReadPlan.of_one_read(array))
    assert isinstance(reader, MomentsReader)
    assert reader.description == "moments, wires to first order"
    assert np.allclose(states(3, 8) @ reader.means[0][0], states(3, 8) @ array.mean_matrix(), atol=1e-5)
    bare = combined_reads(ReadPlan.of_one_read(with_wires(array, Wires())))
    assert bare.description == "moments"


def test_normalisation_index_weighs_cells_as_the_outputs_see_them():
    """V = sum (kappa r G)^2, so 1/2 dlnV/dln(scale) = sum kappa^2 G (G - G_idle) / sum kappa^2 G^2 per output."""
    array = program(weights(6, 40), device(programming={}), **UNEQUAL)
    g_s, idle_s = array.g_s, 5e-6

    def index(factor: np.ndarray) -> np.ndarray:
        seen = (array.targets.gain * factor) ** 2 * g_s
        return (seen * (g_s - idle_s)).sum(axis=(0, 1)) / (seen * g_s).sum(axis=(0, 1))

    found = array.normalisation_index(idle_s)
    assert np.allclose(found, index(array.effective.factor), rtol=1e-5)
    assert not np.allclose(found, index(np.ones_like(g_s)), rtol=1e-4)
