"""Moments of reads against closed forms and enumeration of states; simulated in test_reads and test_selector."""

from itertools import product

import numpy as np
import pytest
from support.cells import fine_grained
from support.cells.devices import cells_at, device
from support.laws import check_mean, check_normal_variance, check_variance, rejects

from device_models import CellReads, Cells, ReadConditions, ReadLaw, Stream
from device_models.read_law import FlickerLaw

TIMES = {"capture_time_s": {"min_s": 1e-3, "max_s": 1e-1}, "emission_time_s": {"min_s": 1e-3, "max_s": 1e-2}}
TRAPS = {"resistance_step": {"relative": 0.4}, "spread_log_sd": 0.5, "traps_per_cell": 3, **TIMES}
FLICKER = {"relative": {"coefficient": 0.1}, "read_time_s": 1e-6, "slowest_s": 1e-2}


def close(a, b, rtol=1e-9):
    return np.allclose(a, b, rtol=rtol, atol=0)


def by_enumeration(traps, amplitude, lag_s):
    """E[f], E[f f'] of one cell's factor f = prod (1 - d s) over all states now and lag_s later."""
    q, tau0 = traps.emission_s / (traps.capture_s + traps.emission_s), traps.tau0_s
    mean = both = 0.0
    for now in product((0, 1), repeat=len(q)):
        p_now = np.prod(np.where(now, q, 1 - q))
        factor = np.prod(1 - amplitude * now)
        mean += p_now * factor
        for then in product((0, 1), repeat=len(q)):
            captured = q + (np.array(now) - q) * np.exp(-lag_s / tau0)
            p_then = np.prod(np.where(then, captured, 1 - captured))
            both += p_now * p_then * factor * np.prod(1 - amplitude * np.array(then))
    return mean, both - mean**2


@pytest.mark.parametrize("lag_s", [0.0, 1e-3, 1.0])
def test_moments_of_several_traps_against_enumeration(lag_s):
    law = device(telegraph=TRAPS).read_law(cells_at(5e-6, 4))
    means, covariances = law.mean_s() / 5e-6, law.slow_covariance_s2(1e-9, lag_s) / 5e-6**2
    for cell in range(4):
        traps = type(law.traps.traps)(law.traps.traps.capture_s[:, cell], law.traps.traps.emission_s[:, cell])
        mean, covariance = by_enumeration(traps, law.traps.amplitude[:, cell], lag_s)
        assert close(means[cell], mean, 1e-6)
        assert np.isclose(covariances[cell], covariance, rtol=1e-5, atol=1e-7)


def test_a_read_window_averages_one_trap():
    """v (2 tau0/T)[1 - (tau0/T)(1 - exp(-T/tau0))], and between windows v (2 tau0/T)^2 sinh^2(T/2tau0) exp(-D/tau0)."""
    times = {"capture_time_s": {"min_s": 3e-3, "max_s": 3e-3}, "emission_time_s": {"min_s": 1e-3, "max_s": 1e-3}}
    law = device(telegraph={**TRAPS, "spread_log_sd": 0.0, "traps_per_cell": 1, **times}).read_law(cells_at(5e-6, 1))
    d, q, tau0, window_s, lag_s = 0.4 / 1.4, 0.25, 0.75e-3, 2e-3, 2.5e-3
    v = (5e-6 * d) ** 2 * q * (1 - q)
    x = window_s / tau0
    assert close(law.slow_covariance_s2(window_s, 0.0), v * 2 / x * (1 - (1 - np.exp(-x)) / x), 1e-5)
    assert close(
        law.slow_covariance_s2(window_s, lag_s), v * (2 / x * np.sinh(x / 2)) ** 2 * np.exp(-lag_s / tau0), 1e-5
    )
    assert close(law.mean_s(), 5e-6 * (1 - d * q), 1e-6)


def test_parts_that_are_absent_add_nothing():
    law = device().read_law(cells_at(5e-6, 2))
    assert np.all(law.slow_covariance_s2(1e-7, 0.0) == 0)
    assert law.independent
    for part in ({"telegraph": TRAPS}, {"flicker": FLICKER}, {"selector": {"keep_probability": 0.5}}):
        assert not device(**part).read_law(cells_at(5e-6, 2)).independent
    pair = Cells(np.full((2, 3), 5e-6), Stream())
    noisy = device(read_noise={"relative_sd": 0.1}).read_law(pair)
    assert close(noisy.pair_covariance_s2(1e-7, 0.0), 2 * (5e-7) ** 2)
    assert np.all(noisy.pair_covariance_s2(1e-7, 1e-6) == 0)


def test_slow_parts_add():
    both = device(telegraph=TRAPS, flicker=FLICKER)
    read = ReadConditions(age_s=1e-3)
    cells = cells_at(5e-6, 5)
    parts = [device(**part).read_law(cells, read) for part in ({"telegraph": TRAPS}, {"flicker": FLICKER})]
    for lag_s in (0.0, 1e-3):
        whole = both.read_law(cells, read).slow_covariance_s2(1e-9, lag_s)
        assert close(whole, sum(part.slow_covariance_s2(1e-9, lag_s) for part in parts))


def test_the_law_is_that_of_the_age_and_of_the_window():
    dev = device(relaxation={"mean_per_ln_s": -1e-6}, flicker=FLICKER, read_noise={"relative_sd": 0.1})
    law = dev.read_law(cells_at(5e-5, 2), ReadConditions(window_s=2e-5, age_s=np.exp(3.0)))
    assert close(law.g_s, 4.7e-5)
    assert close(law.sd_s, 4.7e-6)
    assert close(law.flicker.amplitude_s, 4.7e-6)
    assert law.flicker.age_s == np.exp(3.0)
    assert law.flicker.terms.window_s == 2e-5
    assert law.flicker.terms.covariances(0.0)[0] < 0.8 * dev.flicker.terms().covariances(0.0)[0]


class FrozenAt(Cells):
    """Cells whose frozen 1/f noise is given."""

    def cycle_normals(self, purpose):
        assert purpose == "flicker"
        return self.g_s


def frozen_at(normals):
    return FrozenAt(np.asarray(normals), Stream())


def test_split_keeps_the_variance_of_a_read_and_of_the_change_between_reads():
    """One cell's split law against its trajectory: variance of reads, and half the mean squared difference."""
    n, interval_s, age_s = 400_000, 1e-4, 1.0
    dev = device(flicker=FLICKER, read_noise={"relative_sd": 0.02})
    law = dev.read_law(cells_at(1e-5, n), ReadConditions(window_s=1e-30, age_s=age_s))
    frozen = law.split(interval_s, 1e-30, frozen_at(np.random.default_rng(1).standard_normal(n)))
    assert frozen.flicker is None
    assert frozen.independent
    split = CellReads(frozen, dev.initial_state(frozen, Stream()), interval_s, np.random.default_rng(2))
    whole = CellReads(law, dev.initial_state(law, Stream()), interval_s, np.random.default_rng(3))
    tau, v = law.flicker.terms.tau_s, law.flicker.terms.variance
    variance = 0.02**2 * 1e-10 + 1e-12 * v.sum()
    change = 0.02**2 * 1e-10 + 1e-12 * np.sum(v * (1 - np.exp(-interval_s / tau)))
    for reads in (split, whole):
        first, second = reads.read(), reads.read()
        for seen in (first, second):
            check_normal_variance(seen, variance)
            rejects(check_normal_variance, seen, 1.02 * variance)
        check_normal_variance((second - first) / np.sqrt(2), change)
        rejects(check_normal_variance, (second - first) / np.sqrt(2), 1.02 * change)
        check_mean(first, 1e-5)


@pytest.mark.parametrize("preset", fine_grained.PRESETS)
@pytest.mark.parametrize("windows", [1, 2, 10])
def test_split_1_over_f_noise_changes_as_means_over_windows(preset, windows):
    """Fresh noise for the interval: half the mean squared change of terms on a fine grid; fresh and frozen together
    are the variance of a read."""
    terms, lag_s, normals = fine_grained.terms_of(preset), windows * fine_grained.WINDOW_S, np.array([0.0, 1.0])
    law = ReadLaw(np.full(2, 100.0), np.zeros(2), {"flicker": FlickerLaw(np.ones(2), terms, np.inf)})
    split, exact = law.split(lag_s, fine_grained.WINDOW_S, frozen_at(normals)), fine_grained.half_change(terms, lag_s)
    assert close(split.sd_s**2, exact, 1e-4)
    assert not close(split.sd_s**2, fine_grained.point_sampled_change(terms, lag_s), 5e-3)
    assert close(np.diff(split.g_s) ** 2 + split.sd_s[0] ** 2, fine_grained.covariances(terms, 0.0).sum(), 1e-5)


def test_split_leaves_other_laws_alone_and_keeps_precision():
    law = device(read_noise={"relative_sd": 0.1}).read_law(cells_at(1e-5, 3))
    same = law.split(1e-6, 1e-7, frozen_at(np.zeros(3)))
    assert np.array_equal(same.g_s, law.g_s)
    assert np.allclose(same.sd_s, law.sd_s)
    cells = Cells(np.full(3, 1e-5, np.float32), Stream())
    dev = device(flicker=FLICKER, read_noise={"relative_sd": 0.1, "window_s": 1e-6, "thermal": True})
    split = dev.read_law(cells, ReadConditions(age_s=1.0)).split(1e-6, 1e-7, frozen_at(np.ones(3, np.float32)))
    assert split.g_s.dtype == split.sd_s.dtype == np.float32
    assert np.all(split.split(1e-6, 1e-7, frozen_at(np.ones(3))).g_s == split.g_s)


def test_a_frozen_offset_cannot_make_a_conductance_negative():
    law = device(flicker=FLICKER).read_law(cells_at(1e-5, 2), ReadConditions(age_s=1.0))
    assert law.split(1e-6, 1e-7, frozen_at(np.array([-100.0, 0.0]))).g_s.tolist() == [0.0, 1e-5]


EVERYTHING = {
    "telegraph": {**TRAPS, "cycle_log_sd": 0.2},
    "flicker": FLICKER,
    "selector": {"threshold": {"mean_v": 1.0, "sd_v": 0.1, "correlation_time_s": 1e-6}, "input_v": 1.0,
                 "on_conductance_s": 1e-3, "off_conductance_s": 1e-9, "per": "cell"},
    "read_noise": {"relative_sd": 0.1, "window_s": 1e-6, "thermal": True, "shot": True},
    "relaxation": {"mean_per_ln_s": -1e-9, "sd_at_1s_s": 1e-7},
    "drift": {"reference_time_s": 1.0, "exponent": {"mean": {"at_g_max": 0.05}, "sd": {"at_g_max": 0.01}}},
    "retention": {"loss_per_decade": 0.01, "reference_time_s": 1.0},
    "faults": {"stuck_any": 0.1},
}  # fmt: skip


def test_single_precision_stays_single_through_everything():
    dev = device(programming={"relative_sd": 0.02}, **EVERYTHING)
    cells = dev.program(np.full((2, 50), 5e-5, np.float32), Stream())
    assert cells.g_s.dtype == np.float32
    assert dev.aged_s(cells, 1e3).dtype == np.float32
    law = dev.read_law(cells, ReadConditions(age_s=1e3))
    arrays = {"g": law.g_s, "sd": law.sd_s, "amplitude": law.traps.amplitude, "flicker": law.flicker.amplitude_s,
              "level": law.selector.level, "on": law.selector.on, "off": law.selector.off}  # fmt: skip
    assert {name: array.dtype for name, array in arrays.items()} == dict.fromkeys(arrays, np.dtype(np.float32))
    reads = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(0))
    assert reads.read().dtype == np.float32
    assert np.all(np.isfinite(law.pair_covariance_s2(1e-7, 1e-6)))


@pytest.mark.parametrize("tau_s", [3e-8, 1e-6, 1e-3])
def test_split_traps_keep_mean_variance_and_change(tau_s):
    """Two traps per cell, window means by their exact covariance: over frozen states and fresh noise the split law has
    the mean, the variance and the mean squared change of the trajectory; a third of a trap more would not."""
    n, window_s, interval_s = 200_000, 1e-7, 1e-6
    traps = {"relative": 0.5}, {"min_s": 2 * tau_s, "max_s": 2 * tau_s}
    telegraph = {"resistance_step": traps[0], "capture_time_s": traps[1], "emission_time_s": traps[1]}
    dev = device(telegraph={**telegraph, "traps_per_cell": 2}, read_noise={"relative_sd": 0.02})
    law = dev.read_law(cells_at(1e-5, n), ReadConditions(window_s=window_s))
    split = law.split(interval_s, window_s, Cells(law.g_s, Stream(seed=4)))
    assert split.independent
    fresh = 0.02**2 * law.g_s**2
    whole = law.slow_covariance_s2(window_s, 0.0) + fresh
    change = whole - law.slow_covariance_s2(window_s, interval_s)
    assert np.allclose(split.sd_s**2, change, rtol=1e-5)
    check_mean(split.g_s, float(law.mean_s()[0]))
    seen = split.g_s + split.sd_s * np.random.default_rng(5).standard_normal(n)
    check_variance(seen, float(law.mean_s()[0]), float(whole[0]))
    rejects(check_variance, seen, float(law.mean_s()[0]), 1.02 * float(whole[0]))
