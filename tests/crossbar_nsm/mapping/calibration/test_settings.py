"""Calibration with teeth: beta measured from firing decisions of the device reader, not from the formula behind it."""

import numpy as np
import pytest
from support.cells.arrays import device, program, telegraph
from support.laws import check_mean, rejects
from support.networks import dense_network, images

from crossbar_nsm.mapping.calibration.exact_moments import exact_moments
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.erf_fit import Firing, fit_erf
from crossbar_nsm.mapping.observation.recovery import observe
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig
from device_models import load_device

NET = dense_network(120, 60, 40, 4, beta=(0.7, 2.0))
EXACT = {"programming": {}, "conductance": {"g_min_s": 1e-5, "g_max_s": 1e-4}}


def standardised(dev, images_seen=150, reads=60, **neuron):
    """(measured - trained beta) / standard error of every neuron of both layers."""
    config = HardwareConfig.model_validate({"device": dev, "neuron": neuron, "read": {"engine": "device"}})
    chip = MappedNetwork(NET, config, seed=4)
    values = []
    for name, firing in observe(chip, images(images_seen, 120), reads).items():
        fit = fit_erf(firing)
        trained = chip.calibration[name].trained_beta[:, 0]
        assert np.median(fit.beta_sd / trained) < 0.05, "too few reads for the test to mean anything"
        values.append((fit.beta - trained) / fit.beta_sd)
    return np.concatenate(values)


@pytest.mark.parametrize("scaling", ["digital", "paired", "replica", "row_mask"])
def test_recovered_beta_is_the_trained_beta(scaling):
    """On/off 10, read noise 5 %: idle cells carry much of the variance. No programming error, so that nothing else
    than noise decides. Standardised errors have mean 0 and sd 1."""
    z = standardised(device(**EXACT), scaling=scaling)
    check_mean(z, 0.0, 1.0)
    assert 0.8 < z.std() < 1.2


SELECTOR = {
    "threshold": {"mean_v": 0.4, "sd_v": 0.1, "correlation_time_s": 1e-7},
    "input_v": 0.4,
    "on_conductance_s": 10.0,
    "off_conductance_s": 0.0,
}
FLICKER = {"relative": {"coefficient": 0.05}, "read_time_s": 1e-9, "slowest_s": 1e-7}


@pytest.mark.parametrize("law", [{"selector": SELECTOR}, {"flicker": FLICKER}])
def test_recovered_beta_with_noise_that_has_a_memory(law):
    """Thresholds and 1/f noise that forget most within an interval: what decides is fresh, though carried in states."""
    z = standardised(device(**EXACT, **law), images_seen=80, scaling="digital")
    check_mean(z, 0.0, 1.0)
    assert 0.8 < z.std() < 1.2


@pytest.mark.parametrize("scaling", ["digital", "paired"])
def test_leaving_the_g_min_terms_out_fails(scaling):
    """The ideal formula V = r^2 ||w||^2 forgets the idle cells: the same check must fail, by far."""
    z = standardised(device(**EXACT), scaling=scaling, calibration="none")
    rejects(check_mean, z, 0.0, 1.0)
    assert z.mean() < -5


def test_balanced_pairing_and_additive_noise_are_calibrated_too():
    noise = {"law": {"name": "power_law", "relative_sd_at_g_max": 0.05, "exponent": -0.5}}
    config = HardwareConfig.model_validate(
        {"device": device(**EXACT, read_noise=noise), "array": {"pairing": "balanced"}, "read": {"engine": "device"}}
    )
    chip = MappedNetwork(NET, config)
    fit = fit_erf(observe(chip, images(150, 120), 60)["fc1"])
    check_mean((fit.beta - chip.calibration["fc1"].trained_beta[:, 0]) / fit.beta_sd, 0.0, 1.0)


def test_comparator_noise_is_part_of_the_calibration():
    z = standardised(device(**EXACT), scaling="paired", comparator={"noise_sd_a": 3e-6})
    check_mean(z, 0.0, 1.0)


def test_fast_telegraph_noise_is_calibrated_from_its_moments():
    """Traps of 0.2 us read every 1 us are nearly fresh."""
    fast = telegraph(4e-7, 4e-7, step=0.6)
    dev = device(**EXACT, read_noise={"relative_sd": 0.01}, telegraph=fast)
    z = standardised(dev, images_seen=200, reads=20, scaling="digital")
    assert abs(np.median(z)) < 1.0


def test_what_passes_share_is_no_noise():
    """Slow traps: V is half the mean squared change of a read from pass to pass, R(0) - R(D), not the variance R(0)."""
    slow = telegraph(4e-6, 4e-6, step=0.6)
    weight = np.random.default_rng(1).normal(size=(3, 20))
    array = program(weight, device(**EXACT, read_noise={}, telegraph=slow))
    moments = exact_moments(circuit_of(NeuronConfig(scaling="none")), {"main": array}, weight, np.zeros(3))
    shared = array.covariance(1e-6)
    assert np.all(shared > 0.5 * array.covariance(0.0))
    assert np.allclose(moments.covariance[0, 0], array.covariance(0.0) - shared)


def test_with_programming_error_beta_is_recovered_on_average():
    """2 % of g_max bends the weight directions: single neurons miss by more than the reads explain, the median does
    not."""
    config = HardwareConfig.model_validate({"device": load_device("rram_illustrative"), "read": {"engine": "device"}})
    chip = MappedNetwork(NET, config)
    for name, firing in observe(chip, images(150, 120), 60).items():
        ratio = fit_erf(firing).beta / chip.calibration[name].trained_beta[:, 0]
        assert abs(np.median(ratio) - 1) < 0.05


def test_out_of_reach_is_clipped_and_counted():
    config = HardwareConfig.model_validate({"device": load_device("ideal_blank_out"), "neuron": {"scaling": "paired"}})
    calibration = MappedNetwork(NET, config).calibration["fc1"]
    ceiling = 1.0  # two reads of Bernoulli(1/2): p / sqrt(p (1 - p)) = 1
    assert np.array_equal(calibration.clipped, calibration.trained_beta > ceiling)
    assert calibration.clipped_count > 0
    assert np.allclose(calibration.recovered_beta, np.minimum(calibration.trained_beta, ceiling), rtol=1e-4)


def test_without_a_circuit_the_threshold_keeps_the_half_way_point():
    """`none`: P = 1/2 where the trained neuron has it, although the slope is far too steep."""
    config = HardwareConfig.model_validate({"device": load_device("ideal"), "neuron": {"scaling": "none"}})
    chip = MappedNetwork(NET, config)
    fit = fit_erf(observe(chip, images(400, 120), 50)["fc1"])
    layer = next(NET.nsm_layers())
    trained = layer.c.detach().numpy() / layer.beta.detach().numpy()
    assert np.allclose(fit.c / fit.beta, trained, atol=0.1)
    assert abs(np.median(fit.beta) * np.sqrt(2) * 0.5 - 1) < 0.05


def test_the_probit_fit_itself():
    """Decisions drawn from the law are fitted back: standardised errors of 300 neurons have mean 0 and sd 1."""
    rng = np.random.default_rng(0)
    from scipy.special import erf

    t, beta, c = rng.normal(size=(80, 300)), rng.uniform(0.5, 3, 300), rng.uniform(-0.5, 0.5, 300)
    fired = rng.binomial(50, 0.5 * (1 + erf(beta * t + c))).astype(float)
    fit = fit_erf(Firing(t, fired, 50))
    z = (fit.beta - beta) / fit.beta_sd
    check_mean(z, 0.0, 1.0)
    assert 0.85 < z.std() < 1.15
    assert np.abs(fit.c - c).max() < 0.3
    silent = fit_erf(Firing(t[:, :1], np.zeros((80, 1)), 50))
    assert np.isnan(silent.beta[0])


def test_registers_of_a_few_bits_hold_gain_and_threshold():
    """4 bits: at most 16 gains in a layer and 16 threshold currents; gains miss by at most half a step, and c is that
    of the gain as held."""
    exact = {"device": device(**EXACT), "neuron": {"scaling": "digital"}}
    coarse = {**exact, "neuron": {"scaling": "digital", "gain_bits": 4, "threshold_bits": 4}}
    before, after = (MappedNetwork(NET, HardwareConfig.model_validate(config)).hidden[0] for config in (exact, coarse))
    assert len(np.unique(after.setting.gain)) <= 16 < len(np.unique(before.setting.gain))
    current = after.setting.threshold[:, 0] / after.programmed.weight_per_a
    assert len(np.unique(np.round(current / np.abs(current).max(), 9))) <= 16
    step = np.ptp(before.setting.gain) / 15
    assert np.abs(after.setting.gain - before.setting.gain).max() <= step / 2 + 1e-12
    missed = np.abs(after.calibration.recovered_beta / after.calibration.trained_beta - 1)
    assert 0.01 < missed.max() < 0.5
    fine = MappedNetwork(
        NET, HardwareConfig.model_validate({**exact, "neuron": {"scaling": "digital", "gain_bits": 4}})
    )
    found = fine.calibration["fc1"]
    assert np.allclose(found.recovered_c, found.trained_c, atol=1e-6)


SLOW = {"1/f": ("pcm_nandakumar2019", 100.0), "telegraph": ("rram_telegraph_illustrative", 0.0)}


def by_slow_noise(preset, age_s, array=None, **neuron):
    """The same chip with its slow noise as a trajectory and split."""
    array = {"output_layer": "array"} | (array or {})
    for slow_noise in ("trajectory", "split"):
        parts = {"device": load_device(preset), "read": {"slow_noise": slow_noise}, "array": array, "neuron": neuron}
        yield MappedNetwork(dense_network(60, 20, 15, 4), HardwareConfig.model_validate(parts), seed=1, age_s=age_s)


@pytest.mark.parametrize("slow", SLOW)
@pytest.mark.parametrize("scaling", ["none", "paired", "replica", "digital", "row_mask"])
def test_what_is_computed_of_a_chip_does_not_know_where_slow_noise_stands(slow, scaling):
    """Gains, thresholds, ranges and what is said of them are the same whether 1/f noise and traps are followed or
    frozen: of both the programmed conductances are known, not the states."""
    whole, split = by_slow_noise(*SLOW[slow], {"partial_sums": "digital", "rows": 32}, scaling=scaling)
    for here, there in zip(whole.hidden, split.hidden, strict=True):
        assert np.array_equal(here.setting.gain, there.setting.gain)
        assert np.array_equal(here.setting.threshold, there.setting.threshold)
        assert all(np.array_equal(here.converters[k].full_scale, there.converters[k].full_scale) for k in here.arrays)
        for name in ("recovered_beta", "recovered_c", "frozen_share", "normalisation_index"):
            assert np.array_equal(getattr(here.calibration, name), getattr(there.calibration, name)), name
        assert here.calibration.frozen_share.max() > 0
    for name, values in vars(whole.output.settings).items():
        assert np.array_equal(values, getattr(split.output.settings, name))


@pytest.mark.parametrize("slow", SLOW)
def test_a_measured_calibration_sees_where_slow_noise_stands(slow):
    """Thresholds take off what frozen cells add: measured ones differ from computed ones by more than chance, which a
    chip without slow noise shows."""
    preset, age_s = SLOW[slow]
    _, computed = by_slow_noise(preset, age_s, scaling="none")
    _, measured = by_slow_noise(preset, age_s, scaling="none", calibration="measured", calibration_reads=50)
    seen, known = measured.hidden[0].believed, computed.hidden[0].believed
    error = np.sqrt((known.covariance[0, 0] + known.added) / (50 * 256))
    assert np.mean(np.abs(seen.offset[0] - known.offset[0]) > 5 * error) > 0.5
