import numpy as np
import pytest
from support.cells.arrays import device, program, telegraph, weights
from support.networks import states

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.pair_targets import PairTargets
from crossbar_nsm.array.tiling import Tiling
from device_models import Stream, load_device


def test_currents_of_a_2x2_array_by_hand():
    """Rows are inputs, columns outputs: I_1 = 0.2 V [(10 - 1) - (30 - 3)] uS, I_2 = 0.2 V [(20 - 2) - (40 - 4)] uS."""
    g = np.array([[[10.0, 20.0], [30.0, 40.0]], [[1.0, 2.0], [3.0, 4.0]]]) * 1e-6
    targets = PairTargets(g, np.ones((2, 2)), np.ones(2))
    array = Crossbar(load_device("ideal"), targets, Tiling(2, 2, 256, 256), Stream())
    current = array.mean_currents_a(np.array([[1.0, -1.0]]), 0.2)
    assert np.allclose(current, [[-3.6e-6, -3.6e-6]], rtol=1e-12)


@pytest.mark.parametrize("scale", ["per_column", "per_row", "per_tile"])
@pytest.mark.parametrize("pairing", ["one_sided", "balanced"])
@pytest.mark.parametrize("tile", [(256, 256), (7, 6), (1, 2), (30, 4)])
def test_any_tile_split_gives_the_same_product(scale, pairing, tile):
    weight, z = weights(12, 30), states(5, 30)
    array = program(weight, load_device("ideal"), scale=scale, pairing=pairing, rows=tile[0], cols=tile[1])
    assert np.allclose(z @ array.mean_matrix(), z @ weight.T, atol=1e-12)
    assert np.all(array.g_s >= array.device.conductance.g_min_s)
    assert np.all(array.g_s <= array.device.conductance.g_max_s * (1 + 1e-12))


def test_tiles_and_chips_draw_errors_of_their_own():
    """A seed fixed inside a function would give every tile the same error."""
    dev = device()
    array = program(np.ones((8, 8)), dev, rows=4, cols=8)
    error = array.g_s - array.targets.target_s
    blocks = [error[:, tile.rows, tile.outputs].ravel() for tile in array.tiling.tiles()]
    assert len({block.tobytes() for block in blocks}) == len(blocks) == 4
    other = program(np.ones((8, 8)), dev, seed=1, rows=4, cols=8)
    assert not np.any(other.g_s[0] == array.g_s[0])


def test_every_cell_of_a_level_has_an_error_of_its_own():
    error = program(np.ones((40, 40)), device()).g_s[0]
    assert len(np.unique(error)) > 1590


def test_normalisation_index():
    """1 without idle conductance; (||w||^2 + g0 ||w||_1) / (||w||^2 + 2 g0 ||w||_1 + 2 N g0^2) one-sided;
    balanced low."""
    weight = weights(6, 40)
    exact = {"programming": {}, "read_noise": {"relative_sd": 0.05}}
    ideal = program(weight, device(**exact, conductance={"g_min_s": 0, "g_max_s": 1e-4}))
    assert np.allclose(ideal.normalisation_index(0.0), 1.0, atol=1e-4)
    array = program(weight, device(**exact, conductance={"g_min_s": 1e-5, "g_max_s": 1e-4}))
    g0 = array.targets.column_scale * 1e-5
    two, one = (weight**2).sum(axis=1), np.abs(weight).sum(axis=1)
    expected = (two + g0 * one) / (two + 2 * g0 * one + 2 * 40 * g0**2)
    assert np.allclose(array.normalisation_index(1e-5), expected, rtol=1e-4)
    assert np.allclose(array.covariance(0.0), 0.05**2 * (two + 2 * g0 * one + 2 * 40 * g0**2))
    balanced = program(weight, device(**exact), pairing="balanced")
    assert np.all(balanced.normalisation_index(5.25e-5) < 0.3)


def test_telegraph_moves_the_mean_and_says_so():
    array = program(np.ones((3, 5)), device(programming={}, telegraph=telegraph(1e-3, 1e-3, step=1.0)))
    d, q = 0.5, 0.5
    assert np.allclose(array.mean_matrix(), array.targets.gain * (array.g_s[0] - array.g_s[1]) * (1 - d * q))


def test_writes_of_write_verify_are_counted_over_all_tiles():
    """Mean number of attempts against its law, [1 - (1 - p)^n]/p at each target."""
    dev = device(programming={"relative_sd": 0.02, "verify": {"acceptance_s": 1e-6, "most_attempts": 5}})
    array = program(weights(60, 80), dev, rows=32, cols=40)
    verify, spread = dev.programming.verify, dev.programming.spread(dev.conductance)
    expected = verify.mean_attempts(spread, array.targets.target_s).mean()
    assert abs(array.mean_attempts - expected) < 5 * 2 / np.sqrt(array.g_s.size)
    assert program(weights(6, 8), device()).mean_attempts is None
