"""What samples are worth: covariances of the circuits' signals against reads, times, advice, and the measured M_eff."""

import numpy as np
import pytest
from support.cells.arrays import device
from support.laws import check_mean, rejects
from support.networks import conv, conv_network, dense_network

from benchmarks.effective_samples import SAMPLES, chip_of, compare, deviations, effective, telegraph
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.lagged_covariance import LaggedCovariance
from crossbar_nsm.mapping.timing import timing
from crossbar_nsm.neuron.effective_samples import decision_correlation, effective_samples
from device_models.errors import ConfigError

FALSE_ALARM_SIGMA = 4.9  # of a normal, both sides: 1e-6
NOISY = telegraph(3e-6, 3e-6) | {"read_noise": {"relative_sd": 0.1}}
WANDER = {"flicker": {"relative": {"coefficient": 0.05}, "read_time_s": 1e-7, "slowest_s": 1e9}}


def chip(dev, net=None, age_s=0.0, neuron=None, array=None, **read):
    net = net or dense_network(20, 12, 8, 3)
    parts = {"device": dev, "read": read, "neuron": neuron or {"scaling": "none"}, "array": array or {}}
    return MappedNetwork(net, HardwareConfig.model_validate(parts), age_s=age_s)


def traps(tau0_s, **more):
    return device(**{"read_noise": {}, "programming": {}} | telegraph(tau0_s, tau0_s) | more)


# --- against reads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["none", "digital", "averaged", "paired", "replica"])
def test_signals_covary_as_the_law_of_their_cells_says(scaling):
    """Traps of 3 us and read noise, reads of a pass 0.1 us apart, passes 2 us apart; 10 % more is rejected."""
    many = chip_of(NOISY, 3000, {"interval_s": 2e-6, "window_s": 1e-7}, scaling)
    x, covariance = deviations(many, 11), LaggedCovariance(many.hidden[0], 2e-6)
    variance = covariance.variance(10)
    squares = (x**2).mean(axis=0) - variance
    check_mean(squares, 0.0)
    rejects(check_mean, squares - 0.1 * variance, 0.0)
    for lag, number in ((1, 0), (10, 10)):
        (expected,) = covariance.at(np.array([number]), 10)
        products = (x[lag:] * x[:-lag]).mean(axis=0) - expected
        check_mean(products, 0.0)
        if lag == 1:
            rejects(check_mean, products - 0.1 * variance, 0.0)


def test_masked_signals_covary_as_the_law_of_their_cells_says():
    """As above. All neurons share a pass's mask, so a few of them are seen in many passes, 50 of which make a value."""
    few = chip_of(NOISY, 4, {"interval_s": 2e-6, "window_s": 1e-7}, "row_mask")
    x, covariance = deviations(few, 10_010), LaggedCovariance(few.hidden[0], 2e-6)
    variance = covariance.variance(10)
    for lag, expected in ((0, variance), (1, covariance.at(np.array([0]), 10)[0]), (10, 0.0)):
        products = x[lag : 10_000 + lag] * x[:10_000] - expected
        by_block = products.reshape(200, -1).mean(axis=1)
        check_mean(by_block, 0.0)
        rejects(check_mean, by_block - 0.15 * variance.mean(), 0.0)


def points_of(ratio, neurons):
    return {p.what: p for p in compare("", chip_of(telegraph(ratio * 1e-6, ratio * 1e-6), neurons, {}), ratio)}


@pytest.mark.parametrize(("ratio", "neurons"), [(1.0, 2500), (100.0, 2500)])
def test_effective_samples_of_slow_traps_are_those_measured(ratio, neurons):
    """Predicted within 4.9 standard errors (false alarm 1e-6) and 10 %, which is more than 3 of them."""
    for point in points_of(ratio, neurons).values():
        assert 3 * point.standard_error < 0.1 * point.predicted
        assert abs(point.measured - point.predicted) < FALSE_ALARM_SIGMA * point.standard_error
        assert point.ratio == pytest.approx(1, abs=0.1)
        if ratio == 100:
            long_run = SAMPLES * np.tanh(1 / (2 * ratio))  # (1 - rho)/(1 + rho)
            assert abs(point.measured - long_run) > FALSE_ALARM_SIGMA * point.standard_error
        if point.what != "currents":
            of_currents = points_of_current(ratio)
            assert abs(point.measured - of_currents) > FALSE_ALARM_SIGMA * point.standard_error


def points_of_current(ratio):
    return effective_samples(np.exp(-np.arange(1, SAMPLES) / ratio), SAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize(("age_s", "interval_s"), [(1.0, 1e-6), (1e-3, 1e-3)])
@pytest.mark.parametrize("scaling", ["none", "paired"])
def test_effective_samples_of_1_over_f_noise_are_those_measured(age_s, interval_s, scaling):
    """Old noise, and noise that grows while it is sampled."""
    read = {"window_s": 1e-7, "interval_s": interval_s, "slow_noise": "trajectory"}
    for point in compare("", chip_of("pcm_nandakumar2019", 4096, read, scaling, age_s)):
        assert abs(point.measured - point.predicted) < FALSE_ALARM_SIGMA * point.standard_error
        assert point.ratio == pytest.approx(1, abs=0.1)


def test_independent_samples_are_worth_their_number():
    """4 % error of a variance over 4,000 neurons, 4.9 of those."""
    x = np.random.default_rng(0).standard_normal((50, 4000))
    found, error = effective(x)
    assert error == pytest.approx(50 * np.sqrt(2 / 4000), rel=0.1)
    assert abs(found - 50) < FALSE_ALARM_SIGMA * error


# --- times -----------------------------------------------------------------------------------------------------------


def test_sums_over_all_lags_give_the_same():
    """Against every lag of the law of one trap time; the last sample is taken for the 101st."""
    found = timing(chip(traps(2e-5), window_s=1e-9), 100)["fc1"]
    rho = np.exp(-np.arange(1, 100) / 20)
    assert found.currents == pytest.approx(effective_samples(rho, 100), rel=2e-4)
    for rate, values in found.decisions.items():
        assert values == pytest.approx(effective_samples(decision_correlation(rho, rate), 100), rel=2e-4)
    assert found.fresh == pytest.approx(1 - rho[0], rel=1e-3)
    assert found.frozen == pytest.approx(np.exp(-100 / 20), rel=1e-3)
    assert found.fresh + found.settling + found.frozen == pytest.approx(1)


def test_samples_lie_positions_and_other_images_apart():
    net = conv_network(conv(4, 3), conv(5, 2))
    settings = {"net": net, "window_s": 1e-9}
    image = timing(chip(traps(2e-5), **settings), 20, images=7)
    assert image["conv1"].spacing_s == pytest.approx(16e-6)
    assert image["conv2"].spacing_s == pytest.approx(9e-6)
    assert np.median(image["conv1"].currents) > np.median(image["conv2"].currents)
    major = timing(chip(traps(2e-5), order="sample_major", **settings), 20, images=7)
    assert major["conv1"].spacing_s == pytest.approx(7 * 16e-6)


def test_the_advised_interval_does_what_it_says():
    advised = timing(chip(traps(2e-5)), 100)["fc1"]
    assert advised.independent_from_s > 1e-5
    assert "set read.interval_s to" in advised.advice
    then = timing(chip(traps(2e-5), interval_s=advised.independent_from_s), 100)["fc1"]
    assert np.median(then.decisions[0.5]) == pytest.approx(95, abs=0.2)
    shorter = timing(chip(traps(2e-5), interval_s=0.8 * advised.independent_from_s), 100)["fc1"]
    assert np.median(shorter.decisions[0.5]) < 95
    assert "keep the interval" in timing(chip(traps(2e-5), interval_s=1e-3), 100)["fc1"].advice


def test_many_images_between_samples_are_advised_where_they_do():
    few, many = (timing(chip(traps(2e-5)), 100, images=images)["fc1"].advice for images in (5, 5000))
    assert "sample_major" not in few
    assert "or read.order to sample_major (5000 images between two samples)" in many


def test_frozen_noise_is_never_independent():
    never = timing(chip(traps(1e5)), 100)["fc1"]
    assert never.independent_from_s is None
    assert np.all(never.frozen > 0.999)
    assert never.traps.frozen == 2 * 20 * 12
    assert "neuron.scaling: paired amplifies what is fresh" in never.advice
    both = chip(traps(1e5, read_noise={"relative_sd": 0.01}), neuron={"scaling": "paired"})
    amplified = timing(both, 100)["fc1"]
    assert np.median(amplified.currents) > 3 * np.median(never.currents)
    assert "several chips" in amplified.advice or "keep the interval" in amplified.advice


@pytest.mark.parametrize(("tau0_s", "kind"), [(0.9e-7, "averaged"), (1.1e-7, "between"), (0.9e-5, "between"),
                                              (1.1e-5, "frozen")])  # fmt: skip
def test_traps_are_counted_by_their_times(tau0_s, kind):
    """A window of 0.1 us, 10 samples 1 us apart."""
    counts = vars(timing(chip(traps(tau0_s), window_s=1e-7), 10)["fc1"].traps)
    assert counts == {"averaged": 0, "between": 0, "frozen": 0} | {kind: 2 * 20 * 12}


@pytest.mark.parametrize("dev", [device(), device(selector={"keep_probability": 0.5}), device(read_noise={})])
def test_fresh_noise_and_no_noise_keep_every_sample(dev):
    for layer in timing(chip(dev), 100).values():
        assert layer.currents == pytest.approx(100)
        assert layer.traps is None
        assert "keep the interval" in layer.advice


def test_noise_of_decisions_is_fresh():
    """Of comparators (of the same size as that of the traps) and of converters."""
    quiet = timing(chip(traps(1e5)), 100)["fc1"]
    layer = chip(traps(1e5)).hidden[0]
    sd_a = np.sqrt(
        np.median(layer.arrays["main"].covariance(0.0) / (layer.arrays["main"].targets.column_scale / 0.2) ** 2)
    )
    noisy = timing(chip(traps(1e5), neuron={"scaling": "none", "comparator": {"noise_sd_a": float(sd_a)}}), 100)["fc1"]
    assert np.median(noisy.fresh) == pytest.approx(0.5, abs=0.1)
    assert np.median(quiet.fresh) < 1e-3
    coarse = timing(
        chip(traps(1e5, read_noise={"relative_sd": 0.05}), array={"partial_sums": "digital", "adc": {"bits": 4}}), 100
    )["fc1"]
    fine = timing(
        chip(traps(1e5, read_noise={"relative_sd": 0.05}), array={"partial_sums": "digital", "adc": {"bits": 12}}), 100
    )["fc1"]
    assert np.all(coarse.fresh > fine.fresh)


@pytest.mark.parametrize("scaling", ["none", "paired", "row_mask"])
def test_split_noise_counts_as_it_is(scaling):
    """What `split` freezes or draws afresh is one process, whose samples are worth the same."""
    for dev, age_s in ((device(read_noise={}, **WANDER), 10.0), (traps(2e-5), 0.0)):
        whole, split = (
            timing(chip(dev, age_s=age_s, neuron={"scaling": scaling}, slow_noise=how), 100)["fc1"]
            for how in ("trajectory", "split")
        )
        assert split.currents == pytest.approx(whole.currents, rel=1e-9)
        assert split.traps == whole.traps
        if scaling == "none" and age_s:
            assert np.all(whole.currents < 2)


def test_noise_that_began_while_sampling_is_worth_more_than_old_noise():
    dev = device(read_noise={}, **WANDER)
    young, old = (timing(chip(dev, age_s=age_s, interval_s=1e-3), 100)["fc1"] for age_s in (0.0, 1e6))
    assert np.all(young.currents > 1.1 * old.currents)
    assert np.all(young.frozen < old.frozen)


def test_curves_rise_to_the_number_of_samples():
    curve = timing(chip(traps(2e-6)), 50, with_curves=True)["fc1"].curve
    assert np.all(np.diff(curve.decisions) > -1e-6)
    assert np.all(curve.decisions >= curve.currents - 1e-6)
    assert curve.decisions[-1] == pytest.approx(50)
    assert np.isclose(curve.interval_s, 1e-6).any()


def test_no_samples_are_refused():
    with pytest.raises(ConfigError, match="expected a whole number from 1"):
        timing(chip(device()), 0)


def test_one_sample_is_one_sample():
    assert timing(chip(traps(1e5)), 1)["fc1"].currents == pytest.approx(1)
