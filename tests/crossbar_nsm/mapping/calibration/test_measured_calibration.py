"""Calibration by reading the chip: as good as its reads allow, and the same as the analytic one but for that."""

import warnings

import numpy as np
import pytest
from support.cells.arrays import device, telegraph
from support.laws import check_mean, rejects
from support.networks import conv, conv_network, dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.erf_fit import fit_erf
from crossbar_nsm.mapping.observation.recovery import observe
from device_models.errors import MappingError

NET = dense_network(120, 60, 40, 4, beta=(0.7, 2.0))  # 64 calibration images
CONV = conv_network(conv(6, 3, padding=1), conv(5, 3, beta="position"), image=(2, 6, 6), beta=(0.7, 2.0))
NOISY = {"conductance": {"g_min_s": 1e-5, "g_max_s": 1e-4}}
SLOW = telegraph(2e-6, 2e-6, step=0.3)


def programmed(net=NET, reads=80, dev=None, **sections):
    neuron = {"calibration": "measured", "calibration_reads": reads, **sections.pop("neuron", {})}
    config = {"device": dev or device(**NOISY), "neuron": neuron, **sections}
    return MappedNetwork(net, HardwareConfig.model_validate(config), seed=5)


def stated(beta, reads):
    """The standard error that the warning states, relative to beta."""
    return np.sqrt((1 + 1 / beta**2) / (2 * reads))


def ratios(chip):
    return {name: (c.recovered_beta / c.trained_beta).ravel() for name, c in chip.calibration.items()}


@pytest.mark.parametrize("scaling", ["digital", "averaged", "paired", "replica"])
@pytest.mark.parametrize("engine", ["moments", "device"])
def test_5000_reads_give_beta_to_the_stated_error(scaling, engine):
    """By the chip's exact moments, sqrt((1 + 1/beta^2)/(2 reads)) = 1.3 % in the mean: 64 x 80 reads of each of 100
    neurons. Most are within 3 % then."""
    chip = programmed(neuron={"scaling": scaling}, read={"engine": engine})
    beta = np.concatenate([c.trained_beta.ravel() for c in chip.calibration.values()])
    error = np.concatenate(list(ratios(chip).values())) - 1
    assert 0.7 < (error / stated(beta, 64 * 80)).std() < 1.25
    assert abs(np.median(error)) < 0.006
    assert np.mean(np.abs(error) < 0.03) >= 0.9


def test_too_few_reads_are_not_enough_and_are_warned_of():
    pattern = r"layer fc.: 128 reads of each neuron leave beta uncertain by . %; \d+ reads would leave 5 %"
    with pytest.warns(UserWarning, match=pattern) as warned:
        chip = programmed(reads=2)
    assert len(warned) == 2
    assert np.mean(np.abs(ratios(chip)["fc1"] - 1) < 0.03) < 0.6


def test_the_error_that_is_warned_of_is_the_error_there_is():
    """With 6 reads of 64 images the same formula holds: sd of about 1 of the standardised errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chip = programmed(reads=6)
    ratio, beta = ratios(chip)["fc1"], chip.calibration["fc1"].trained_beta.ravel()
    assert 0.7 < ((ratio - 1) / stated(beta, 6 * 64)).std() < 1.25


@pytest.mark.parametrize("scaling", ["digital", "paired"])
def test_what_is_fresh_is_told_from_what_is_frozen(scaling):
    """Traps of 1 us, read every 1 us: measured and exact fresh and frozen variance agree; taking the whole variance
    for fresh must not."""
    noise = {"read_noise": {"relative_sd": 0.02}, "telegraph": SLOW}
    chip = programmed(dev=device(**NOISY, **noise), neuron={"scaling": scaling}, reads=60)
    layer = chip.hidden[0]
    gain = layer.setting.gain.ravel()
    fresh = layer.believed.variance(gain) / layer.exact.variance(gain)
    assert abs(np.median(fresh) - 1) < 0.02
    assert np.abs(fresh - 1).max() < 0.2
    frozen = layer.believed.frozen_share(np.zeros_like(gain)).mean()
    assert abs(frozen / layer.exact.frozen_share(np.zeros_like(gain)).mean() - 1) < 0.1
    assert frozen > 0.15


def test_the_direction_error_is_that_of_the_weights_not_of_the_noise():
    """What noise adds to means over 6 reads is taken off: measured and exact residuals agree in the mean over 60
    neurons (standard error about 3 %), though noise adds nine tenths of their size."""
    noise = {"read_noise": {"relative_sd": 0.1}}
    chip = programmed(dev=device(**NOISY, **noise), neuron={"scaling": "none"}, reads=6)
    layer = chip.hidden[0]
    measured, exact = layer.believed.residual[0, 0], layer.exact.residual[0, 0]
    assert np.mean(layer.exact.covariance[0, 0] / 6 / exact) > 0.8
    assert abs(np.mean(measured / exact) - 1) < 0.15


@pytest.mark.parametrize("sums", ["analog", "digital"])
def test_convolutions_with_padding_and_beta_per_position(sums):
    array = {"partial_sums": sums, "rows": 12, "adc": {"bits": 10}}
    chip = programmed(CONV, reads=40, neuron={"scaling": "paired"}, array=array)
    ratio = ratios(chip)
    assert ratio["conv1"].shape == (6,)
    assert ratio["conv2"].shape == (5 * 16,)
    assert np.abs(ratio["conv1"] - 1).max() < 0.03
    assert abs(np.median(ratio["conv2"]) - 1) < 0.01
    cost = chip.calibration["conv1"].cost
    assert cost.reads == 64 * 40 * 36 * 2
    assert np.isclose(cost.seconds, 64 * 40 * 36 * 1e-6)


def test_decisions_after_a_measured_calibration():
    """The device reader's decisions, fitted with the erf law: beta and, with comparator offsets that only reading
    finds, c as trained. Without the offsets taken off, c misses."""
    comparator = {"offset_sd_a": 2e-5}
    exact = {**NOISY, "programming": {}}
    errors = {}
    for calibration in ("measured", "analytic"):
        chip = programmed(dev=device(**exact), neuron={"comparator": comparator, "calibration": calibration}, reads=100)
        fit = fit_erf(observe(chip, images(150, 120), 40)["fc1"])
        calibrated = chip.calibration["fc1"]
        errors[calibration] = (fit.c - calibrated.trained_c[:, 0]) / fit.beta_sd
        check_mean((fit.beta - calibrated.trained_beta[:, 0]) / fit.beta_sd, 0.0, 1.5)
    assert np.median(np.abs(errors["measured"])) < 2
    assert np.median(np.abs(errors["analytic"])) > 4


def test_offsets_of_programmed_weights_are_taken_off_the_threshold():
    """Inputs that are mostly -1 turn programming errors into offsets: what calibration takes off, by its exact moments,
    is c as trained; the data sheet's calibration misses it."""
    net = dense_network(120, 60, 40, 4, beta=(0.7, 2.0))
    net.calibration_images = (net.calibration_images * 0.6).astype(np.uint8)
    error = {}
    for calibration in ("measured", "analytic", "none"):
        found = programmed(net, neuron={"calibration": calibration}).calibration["fc1"]
        error[calibration] = np.abs(found.recovered_c - found.trained_c).max()
        assert found.offset.std() > 0.02
    assert error["analytic"] < 1e-6
    assert error["measured"] < 0.1
    assert error["none"] > 0.1


def test_measuring_uses_draws_of_its_own_and_changes_nothing_after():
    """An evaluation after a measured calibration starts from the same states as after an analytic one, and its draws
    are not those of the calibration."""
    x = images(5, 120)
    noise = {"read_noise": {"relative_sd": 0.02}, "telegraph": SLOW}
    chip = programmed(dev=device(**NOISY, **noise))
    first = chip.sample(x, 3)
    chip.reset()
    assert np.array_equal(first, chip.sample(x, 3))


def test_without_images_measuring_is_refused():
    net = dense_network(30, 20, 4)
    net.calibration_images = None
    with pytest.raises(MappingError, match="measured needs calibration images, and the network carries none; set cal"):
        programmed(net)


def test_negative_control_a_wrong_variance_would_be_seen():
    """The check of the first test rejects neurons calibrated for a noise 6 % too small."""
    ratio = ratios(programmed(neuron={"scaling": "digital"}))["fc1"] * 1.06
    rejects(check_mean, ratio, 1.0, 0.012)


@pytest.mark.parametrize(("calibration", "low", "high"), [("analytic", 0.2, 1.0), ("measured", 0.0, 0.05)])
def test_recovered_c_knows_the_offsets_of_the_comparators(calibration, low, high):
    """A measurement finds them and the threshold makes up for them; moments of the cells do not have them. Decisions
    that were counted say the same."""
    neuron = {"calibration": calibration, "calibration_reads": 200, "comparator": {"offset_sd_a": 2e-5}}
    net = dense_network(30, 20, 4)
    chip = MappedNetwork(net, HardwareConfig.model_validate({"device": device(programming={}), "neuron": neuron}))
    found, seen = chip.calibration["fc1"], fit_erf(observe(chip, images(200, 30), 50)["fc1"])
    assert low <= np.sqrt(np.mean((found.recovered_c - found.trained_c) ** 2)) <= high
    assert np.sqrt(np.mean((found.recovered_c.ravel() - seen.c) ** 2)) < 0.05
