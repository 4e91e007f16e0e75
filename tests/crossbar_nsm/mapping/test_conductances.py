import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cells.arrays import device, weights
from support.laws import check_mean, rejects

from crossbar_nsm.array.config import ArrayConfig
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.pair_targets import PairTargets
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.mapping.conductances import (
    _plain_targets,
    idle_conductance_s,
    largest_conductance_s,
    pair_targets,
)
from device_models import Stream

EXACT = device(programming={})


def targets(weight, dev, **array):
    config = ArrayConfig.model_validate(array)
    return pair_targets(weight, dev, config, Tiling(weight.shape[1], weight.shape[0], config.rows, config.cols))


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 12), st.integers(1, 12), st.integers(1, 8), st.integers(1, 4),
    st.sampled_from(["one_sided", "balanced"]), st.sampled_from(["per_column", "per_row", "per_tile"]),
)  # fmt: skip
def test_unclipped_targets_stand_for_the_weights(outputs, inputs, rows, pairs, pairing, scale):
    weight = weights(outputs, inputs, seed=outputs * 100 + inputs)
    weight[0] = 0
    result = targets(weight, EXACT, rows=rows, cols=2 * pairs, pairing=pairing, scale=scale, clipping="none")
    assert np.allclose(result.gain * (result.target_s[0] - result.target_s[1]), weight.T)
    assert result.target_s.min() >= 5e-6 * (1 - 1e-12)
    assert result.target_s.max() <= 1e-4 * (1 + 1e-12)
    assert np.all(result.gain <= result.column_scale * (1 + 1e-12))
    assert result.clipped_fraction == 0


@pytest.mark.parametrize(
    ("programming", "largest_s"),
    [
        ({}, 20 * 1e-4),  # measured cells, most of which no programming gives
        ({"relative_sd": 1.0}, 20 * 1e-4),
        ({"set": {"cycle_sd": 0.3, "device_sd": 0.4}}, 1e-4 * np.exp(5)),
        ({"reset": {"cycle_sd": 1.0}}, 5e-6 * np.exp(10)),  # of cells at the bottom of the range
    ],
)
def test_what_no_cell_has(programming, largest_s):
    """Ten sigmas of programming, or twenty times the range."""
    assert np.isclose(largest_conductance_s(device(programming=programming)), largest_s)


def test_the_largest_weight_of_a_column_uses_the_whole_range():
    result = targets(weights(8, 30), EXACT, clipping="none")
    assert np.allclose(np.abs(result.target_s[0] - result.target_s[1]).max(axis=0), 9.5e-5)


def test_one_sided_idles_at_g_min_and_balanced_in_the_middle():
    weight = weights(8, 30)
    assert np.allclose(targets(weight, EXACT).target_s.min(axis=0), 5e-6)
    assert np.allclose(targets(weight, EXACT, pairing="balanced").target_s.mean(axis=0), 5.25e-5)
    assert idle_conductance_s(device().conductance, "one_sided") == 5e-6
    assert np.isclose(idle_conductance_s(device().conductance, "balanced"), 5.25e-5)


def test_cutting_outliers_makes_programmed_weights_more_exact():
    """Heavy tails and a 5 % programming error: the cut must lower the error of programmed weights, seen by drawing."""
    weight = np.random.default_rng(0).standard_t(4, size=(40, 300))
    dev = device(programming={"relative_sd": 0.05})
    errors = {}
    for clipping in ("none", "least_error"):
        result = targets(weight, dev, clipping=clipping)
        noise = 5e-6 * np.random.default_rng(1).normal(size=result.target_s.shape)
        g = np.maximum(result.target_s + noise, 0)
        errors[clipping] = float(((result.gain * (g[0] - g[1]) - weight.T) ** 2).mean())
        assert (result.clipped_fraction > 0) == (clipping == "least_error")
    assert errors["least_error"] < 0.7 * errors["none"]


def test_exact_cells_are_never_cut():
    result = targets(weights(8, 30), EXACT)
    assert result.clipped_fraction == 0


@pytest.mark.parametrize("scale", ["per_column", "per_row", "per_tile"])
def test_only_the_direction_of_weights_matters_even_beside_zeros(scale):
    """Rows, columns or tiles of zeros must not set the scale of the others: w -> w / 1000 gives the same targets."""
    weight = weights(12, 20)
    weight[:, :6] = 0
    weight[:4] = 0
    sizes = {"scale": scale, "rows": 6, "cols": 8}
    base, small = targets(weight, device(), **sizes), targets(weight / 1000, device(), **sizes)
    assert np.allclose(small.target_s, base.target_s)
    assert np.allclose(small.gain, base.gain / 1000)


@pytest.mark.parametrize("scale", ["per_row", "per_tile"])
def test_rows_and_tiles_with_small_weights_get_a_lower_drive(scale):
    weight = np.ones((4, 6))
    weight[:, :3] *= 0.1
    result = targets(weight, EXACT, scale=scale, rows=3, cols=8, clipping="none")
    drive = result.gain / result.column_scale
    assert np.allclose(drive[:3], 0.1)
    assert np.allclose(drive[3:], 1.0)


@pytest.mark.parametrize("programming", [{"relative_sd": 0.02}, {"reset": {"cycle_sd": 0.5, "device_sd": 0.2}}])
@pytest.mark.parametrize("pairing", ["one_sided", "balanced"])
def test_programmed_weights_are_right_on_average(programming, pairing):
    """On/off 100: errors of idle cells are clipped at zero, or log-normal, so their mean lies above the target. Targets
    make up for it; the plain targets must fail the same check."""
    dev = device(programming=programming, conductance={"g_min_s": 1e-6, "g_max_s": 1e-4})
    weight = weights(100, 1000)
    result = targets(weight, dev, pairing=pairing, clipping="none")
    inside = np.abs(weight.T / result.gain) < 0.9 * dev.conductance.span_s  # room for the correction
    plain = PairTargets(
        _plain_targets(weight.T / result.gain, dev.conductance, pairing), result.gain, result.column_scale
    )
    errors = []
    for chosen in (result, plain):
        array = Crossbar(dev, chosen, Tiling(1000, 100, 256, 256), Stream(seed=1))
        errors.append(((array.mean_matrix() - weight.T) * np.sign(weight.T) / result.gain)[inside])
    check_mean(errors[0], 0.0, errors[0].std())
    if pairing == "one_sided":
        rejects(check_mean, errors[1], 0.0, errors[1].std())


@pytest.mark.parametrize(
    "programming",
    [{"set": {"cycle_sd": 1.5}, "reset": {"cycle_sd": 1.5}}, {"set": {"cycle_sd": 3}}, {"relative_sd": 0.3}],
)
@pytest.mark.parametrize("clipping", ["none", "least_error"])
def test_centred_targets_never_make_weights_worse(programming, clipping):
    """Huge errors, for which centring cannot converge or has no room: the mean programmed weights keep their signs and
    point along the wanted ones at least as well as with plain targets."""
    dev = device(programming=programming, conductance={"g_min_s": 1e-6, "g_max_s": 1e-4})
    weight = weights(20, 400)
    result = targets(weight, dev, clipping=clipping)
    plain = _plain_targets(weight.T / result.gain, dev.conductance, "one_sided")

    def cosines(target_s):
        mean, _ = dev.programming.moments_s(target_s, dev.conductance)
        m = result.gain * (mean[0] - mean[1])
        return (m * weight.T).sum(axis=0) / np.linalg.norm(m, axis=0) / np.linalg.norm(weight, axis=1)

    assert cosines(result.target_s).min() > 0.8
    assert np.all(cosines(result.target_s) > cosines(plain) - 1e-3)
