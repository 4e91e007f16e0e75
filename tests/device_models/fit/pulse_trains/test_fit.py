"""Pulse trains of known cells: curvature, spread and read noise come back, and what the law lacks is told."""

import numpy as np
import pytest
from scipy import stats

from device_models.errors import ConfigError
from device_models.fit.measurements.pulses.trains import PulseTrain
from device_models.fit.pulse_trains.curve import positions, rise, slope
from device_models.fit.pulse_trains.fit import fit_pulses
from device_models.fit.pulse_trains.likelihood import Beside, Train, solve

LOW_S, SPAN_S = 10e-6, 80e-6


def reads(rng, count=400, curvature=1.0, read=0.03, step=0.0, keeps=1.0, along="staircase"):
    """Share of the range after every pulse: what pulses leave is summed pulse by pulse."""
    x, left, v = positions(count), [], 0.0
    for shock in step * rng.standard_normal(count):
        v = keeps * v + shock
        left.append(v)
    height = slope(x, curvature) if along == "staircase" else 1.0
    return rise(x, curvature) + height * np.array(left) + read * rng.standard_normal(count)


def train(share, direction="potentiation", cell=""):
    g = LOW_S + SPAN_S * (share if direction == "potentiation" else 1 - share)
    return PulseTrain(cell, direction, g, "mine.csv", "mine.csv:2")


def fitted(*shares, **kinds):
    return fit_pulses([train(share, **kinds) for share in shares], None)


@pytest.mark.parametrize("along", ["staircase", "conductance"])
@pytest.mark.parametrize("keeps", [1.0, 0.9])
def test_the_likelihood_is_that_of_the_whole_covariance(along, keeps):
    """Restricted likelihood and least squares by dense matrices."""
    rng, count, c, ratio = np.random.default_rng(0), 30, 2.0, 0.4
    y = reads(rng, count, c)
    x = positions(count)
    made = np.array([[keeps ** (n - m) if m <= n else 0.0 for m in range(count)] for n in range(count)])
    height = slope(x, c) if along == "staircase" else np.ones(count)
    covariance = np.eye(count) + ratio**2 * (height[:, None] * made) @ (height[:, None] * made).T
    bend = (rise(x, c + 1e-4) - rise(x, c - 1e-4)) / 2e-4
    design = np.column_stack([np.ones(count), rise(x, c)])
    inverse = np.linalg.inv(covariance)
    ends = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ y)
    left = y - design @ ends
    whole = np.column_stack([design, bend])
    quadratic, free = left @ inverse @ left, count - 3
    logs = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(whole.T @ inverse @ whole)[1]
    solved = solve([Train(y, 0)], c, Beside(ratio, keeps, along))
    assert np.allclose(solved.ends[0], ends, rtol=1e-9)
    assert solved.read_variance == pytest.approx(quadratic / free)
    assert solved.log_likelihood == pytest.approx(-0.5 * (free * np.log(quadratic / free) + logs))


@pytest.mark.parametrize("curvature", [0.0, 1.0, 5.0])
def test_curvature_noise_and_ends_come_back(curvature):
    """Within 4 standard errors, about once in 4000 tests outside for each of 4 numbers."""
    fit = fitted(reads(np.random.default_rng(1), 1000, curvature)).used
    for estimate, truth in (
        (fit.curvature, curvature), (fit.read_sd_s, 0.03 * SPAN_S), (fit.start_s, LOW_S), (fit.end_s, LOW_S + SPAN_S),
    ):  # fmt: skip
        assert abs(estimate.value - truth) < 4 / 1.96 * estimate.half_width
        assert estimate.half_width < 0.15 * max(abs(truth), SPAN_S if estimate.unit == "S" else 1.0)
    assert min(fit.curve_p, fit.flat_p, fit.normal_p) > 1e-3
    assert not [warning for warning in fit.warnings if "follow" in warning]


def test_what_pulses_leave_is_told_from_read_noise():
    """Random walk: root mean square s sqrt((N + 1) / 2) of the range, or forgotten within 20 pulses."""
    count, step = 1000, 0.004
    fit = fitted(reads(np.random.default_rng(4), count, 1.0, 0.02, step)).used
    assert fit.kept is True
    assert fit.spread_pulses.low < count * step * np.sqrt((count + 1) / 2) < fit.spread_pulses.high
    assert fit.read_sd_s.low < 0.02 * SPAN_S < fit.read_sd_s.high
    assert any("add up" in warning for warning in fit.warnings)
    fit = fitted(reads(np.random.default_rng(4), count, 1.0, 0.02, 0.01, 0.95)).used
    assert fit.kept is False
    assert fit.memory_pulses.low < 20 < fit.memory_pulses.high
    assert fit.spread_pulses.low < count * 0.01 / np.sqrt(1 - 0.95**2) < fit.spread_pulses.high


def test_without_read_noise_all_scatter_is_of_the_pulses_and_without_any_of_theirs_none_is():
    fit = fitted(reads(np.random.default_rng(3), 500, 1.0, 0.0, 0.003)).used
    assert fit.kept is True
    assert fit.read_sd_s.low == 0 < fit.read_sd_s.value < fit.read_sd_s.high < 0.005 * SPAN_S
    fit = fitted(reads(np.random.default_rng(5), 500, 1.0, 0.05)).used
    assert fit.kept is None
    assert (fit.spread_pulses.value, fit.spread_pulses.low) == (0, 0)
    assert 0 < fit.spread_pulses.high < 100
    fit = fitted(reads(np.random.default_rng(4), 200, 0.0, 0.03)).used
    assert 0 < fit.spread_pulses.high < 100


def test_another_curve_is_rejected():
    x = positions(1000)
    sigmoid = stats.norm.cdf((x - 0.5) / 0.15)
    fit = fitted(sigmoid + 0.02 * np.random.default_rng(0).standard_normal(1000)).used
    assert min(fit.curve_p, fit.flat_p) < 1e-3
    assert any("does not follow" in warning for warning in fit.warnings)


def test_cells_differ_by_places_on_the_staircase():
    """15 cells with a shift of sd 30 pulses in the middle of a straight staircase."""
    rng, count = np.random.default_rng(6), 60
    shifts = 30 * rng.standard_normal(15)
    trains = [train(reads(rng, count, 0.0, 0.01) + shift / count, cell=f"c{k}") for k, shift in enumerate(shifts)]
    fit = fit_pulses(trains, None).used
    assert fit.cells == 15
    assert fit.device_pulses.low < 30 < fit.device_pulses.high
    assert fit.device_pulses.value == pytest.approx(shifts.std(ddof=1), rel=0.05)


def test_both_directions_and_a_range_for_normalised_numbers():
    rng = np.random.default_rng(8)
    up, down = reads(rng, 200, 1.0), 1 - reads(rng, 200, 3.0)
    trains = [
        PulseTrain("", way, 2 * g - 1, "n.csv", "n.csv:1") for way, g in (("potentiation", up), ("depression", down))
    ]
    fit = fit_pulses(trains, (1e-6, 100e-6))
    assert (fit.direction, fit.g_min_s, fit.g_max_s, fit.range_given) == ("potentiation", 1e-6, 100e-6, True)
    assert fit.used.start_s.value == pytest.approx(1e-6)
    assert fit.used.end_s.value == pytest.approx(100e-6)
    assert fit.used.read_sd_s.value == pytest.approx(0.03 * 99e-6, rel=0.2)
    assert fit.asymmetry.low < 4 < fit.asymmetry.high
    with pytest.raises(ConfigError, match="pulses up, but conductances fall"):
        fit_pulses([PulseTrain("", "potentiation", down, "n.csv", "n.csv:1")], (1e-6, 1e-4))


@pytest.mark.slow
@pytest.mark.parametrize("curvature", [0.0, 1.0, 5.0])
@pytest.mark.parametrize(("read", "step"), [(0.02, 0.0), (0.1, 0.0), (0.05, 0.003), (0.0, 0.003)])
def test_intervals_hold_the_truth(curvature, read, step):
    """In 90 to 99 % of 100 seeds, for a probability of 95 % with 3 standard errors of sampling."""
    held = np.zeros(2)
    for seed in range(100):
        fit = fitted(reads(np.random.default_rng(100 + seed), 500, curvature, read, step)).used
        truth = 500 * step * np.sqrt(501 / 2)
        held += [fit.curvature.holds(curvature), fit.spread_pulses.low <= truth <= fit.spread_pulses.high]
    assert (held >= 88).all(), held
