"""Digital partial sums and row drivers in a mapped network."""

import warnings

import numpy as np
import pytest
import torch
from scipy.special import erf
from support.cells.arrays import device
from support.laws import check_mean, check_rate, rejects
from support.networks import dense_network, images, states

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.experiment.config.checks.config_file import check_file
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.mapping.calibration.rounded_decisions import READS, RoundedDecisions
from crossbar_nsm.mapping.calibration.settings import Rounding
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.erf_fit import fit_erf
from crossbar_nsm.mapping.observation.recovery import observe
from crossbar_nsm.mapping.reads.converters import DigitalSums
from crossbar_nsm.neuron.circuits import PRODUCT, READ
from device_models import load_device

DIGITAL = {"partial_sums": "digital", "rows": 16}
NET, X = dense_network(50, 30, 20, 4), images(12, 50)


def hardware(dev=None, **sections):
    return HardwareConfig.model_validate({"device": dev or device(), **sections})


def array(**settings):
    return {**DIGITAL, "adc": {"range_factor": 2, **settings}}


def decisions(chip, z, reads=50):
    """States (passes, outputs) of the first layer for inputs z, each shown `reads` times."""
    input_of = np.repeat(np.arange(len(z)), reads)
    passes = Passes(0, len(z), input_of, input_of, np.tile(np.arange(reads), len(z)))
    with one_blas_thread():
        return chip.hidden[0].fire(z, input_of, passes)


@pytest.mark.parametrize("scaling", ["none", "digital", "paired", "replica"])
def test_many_bits_decide_as_the_analog_sum_does(scaling):
    """The same draws of every cell: decisions differ where the sum is within rounding of the threshold, and hardly
    there; with few bits they differ often."""
    sections = {"neuron": {"scaling": scaling}, "read": {"engine": "device"}}
    z = states(40, 50)
    analog = decisions(MappedNetwork(NET, hardware(array={"rows": 16}, **sections)), z)
    fine, coarse = (decisions(MappedNetwork(NET, hardware(array=array(bits=bits), **sections)), z) for bits in (20, 3))
    assert np.mean(fine != analog) < 1e-3
    assert np.mean(coarse != analog) > 0.01


@pytest.mark.parametrize("engine", ["moments", "device"])
def test_one_bit_is_the_comparator(engine):
    """One tile, one read, no bias: the sign of a 1-bit code is the comparator's decision, whatever its range."""
    net = dense_network(50, 30, 4, c=(0.0, 0.0))
    net.calibration_images = None  # so that no offset is taken off the threshold
    sections = {"neuron": {"scaling": "none"}, "read": {"engine": engine}}
    one_bit = MappedNetwork(net, hardware(array={"partial_sums": "digital", "adc": {"bits": 1}}, **sections))
    comparator = MappedNetwork(net, hardware(**sections))
    z = states(40, 50)
    input_of = np.repeat(np.arange(40), 25)
    passes = Passes(0, 40, input_of, input_of, np.tile(np.arange(25), 40))
    with one_blas_thread():
        u = one_bit.hidden[0].reads.operand_currents(z, input_of, passes)[0, 0]
        one_bit.reset()
        assert np.array_equal(
            one_bit.hidden[0].fire(z, input_of, passes), comparator.hidden[0].comparator.decide(u, passes)
        )
    assert len(np.unique(one_bit.hidden[0].sums.converters["main"].sum_of_tiles(u[None])[:, 0])) == 2


def test_sums_follow_their_formula():
    """u = sum_k c_k sum_tiles adc(r_k); reads of the same cells share a converter, products go through none."""
    currents = np.random.default_rng(0).normal(size=(3, 2, 100, 5)).astype(np.float32)
    coefficients = np.array([[2.0] * 5, [-1.0] * 5, [0.5] * 5])
    config = hardware(array=array(bits=4, inl_lsb=1.0, offset_sd_lsb=0.5)).array.adc
    chip = MappedNetwork(NET, hardware())
    converter = Adc(config, np.full((2, 5), 3.0), chip.hidden[0].arrays["main"].stream)
    sums = DigitalSums((READ, READ, PRODUCT), coefficients, {"main": converter})
    expected = 2 * converter.sum_of_tiles(currents[0]) - converter.sum_of_tiles(currents[1])
    assert np.allclose(sums.combined(currents), expected + 0.5 * currents[2].sum(axis=0), atol=1e-5)


def test_a_replica_has_converters_of_its_own():
    config = hardware(array=array(offset_sd_lsb=0.5), neuron={"scaling": "replica"})
    converters = MappedNetwork(NET, config).hidden[0].sums.converters
    assert not np.any(converters["main"].middle == converters["replica"].middle)


@pytest.mark.parametrize("scaling", ["paired", "replica"])
def test_both_readers_give_the_same_class_probabilities(scaling):
    x = images(4, 50)
    moments, oracle = (
        MappedNetwork(
            NET, hardware(array=array(bits=6, inl_lsb=1.0), neuron={"scaling": scaling}, read={"engine": engine})
        ).sample(x, 2500)
        for engine in ("moments", "device")
    )
    spread = ((moments.var(dim=0) + oracle.var(dim=0)) / 2500).sqrt().clamp_min(1e-6)
    assert ((moments.mean(dim=0) - oracle.mean(dim=0)) / spread).abs().max() < 5


# --- ranges ----------------------------------------------------------------------------------------------------------


def test_ranges_follow_the_calibration_images():
    """range_factor x (largest mean current + 4 sd of the read noise), tile by tile."""
    chip = MappedNetwork(NET, hardware(array=array(bits=10)))
    main, states_seen = chip.hidden[0].arrays["main"], NET.layer_inputs(NET.calibration_images / np.float32(255))["fc1"]
    lsb = chip.hidden[0].sums.converters["main"].lsb
    for tile, rows in enumerate(main.tiling.row_slices):
        largest = np.abs(states_seen[:, rows] @ main.mean_matrix()[rows]).max(axis=0)
        full_scale = 2 * (largest + 4 * np.sqrt(main.tile_variance()[tile]))
        assert np.allclose(lsb[tile], full_scale / 2**9, rtol=1e-5)


def test_without_calibration_images_ranges_follow_the_moments():
    """Random inputs: a read lies beyond 4 sd in about 6 of 100,000 cases, with range_factor 1."""
    net = dense_network(50, 30, 4)
    net.calibration_images = None
    chip = MappedNetwork(net, hardware(array={**DIGITAL, "adc": {"range_factor": 1}}))
    main, adc = chip.hidden[0].arrays["main"], chip.hidden[0].sums.converters["main"]
    z = states(20_000, 50)
    for tile, rows in enumerate(main.tiling.row_slices):
        mean = z[:, rows] @ main.mean_matrix()[rows]
        u = mean + np.sqrt(main.tile_variance()[tile]) * np.random.default_rng(tile).normal(size=mean.shape)
        full_scale = adc.lsb[tile] * 2**7
        assert np.mean(np.abs(u) > full_scale) < 2e-4
        assert np.all(u.std(axis=0) > full_scale / 4.2)


def test_a_layer_of_zero_weights_decides_by_its_bias():
    net = dense_network(50, 20, 3)
    with torch.no_grad():
        next(net.nsm_layers()).weight[0] = 0
    exact = device(programming={}, conductance={"g_min_s": 0, "g_max_s": 1e-4})
    chip = MappedNetwork(net, hardware(exact, array=array(bits=4)))
    assert np.all(chip.hidden[0].sums.converters["main"].lsb[:, 0] == 0)
    assert torch.isfinite(chip.sample(X, 3)).all()


# --- calibration -----------------------------------------------------------------------------------------------------

STRAIGHT = dense_network(300, 60, 4, beta=(1.0, 2.0), c=(-0.3, 0.3))
QUIET = device(programming={}, conductance={"g_min_s": 1e-6, "g_max_s": 1e-4})


def recovered(**sections):
    """(measured - trained beta) / standard error of the first layer's neurons."""
    chip = MappedNetwork(STRAIGHT, hardware(QUIET, **sections), seed=1)
    fit = fit_erf(observe(chip, images(200, 300), 200)["fc1"])
    return (fit.beta - chip.calibration["fc1"].trained_beta[:, 0]) / fit.beta_sd


def test_rounding_is_part_of_the_calibration(monkeypatch):
    """6 bits: rounding, amplified by the two reads, is a large share of the noise. Calibrated as if it were not there
    the recovered beta is far too small; the reads of the calibration make up for most of it."""
    coarse = {"partial_sums": "digital", "rows": 150, "adc": {"bits": 6}}
    z = recovered(array=coarse)
    check_mean(z, 0.0, 1.0)
    monkeypatch.setattr(Adc, "rounding_variance", lambda self, noise: 0.0)
    by_reads = recovered(array=coarse)
    monkeypatch.setattr(RoundedDecisions, "rounding", lambda self, setting: Rounding())
    unaware = recovered(array=coarse)
    assert abs(by_reads.mean()) < abs(unaware.mean()) / 3
    rejects(check_mean, unaware, 0.0, 1.0)
    assert unaware.mean() < -5


def noisy_patterns(count, seed):
    """Four binary patterns of 300 pixels, every pixel turned over with probability 0.35."""
    patterns, rng = np.random.default_rng(9).random((4, 300)) < 0.5, np.random.default_rng(seed)
    return (patterns[rng.integers(4, size=count)] ^ (rng.random((count, 300)) < 0.35)).astype(np.float32)


def measured_over_reported(bits, **neuron):
    """Of the slopes of 60 neurons, on the calibration images and on others: mean of the ratio and its standard error,
    which counts the reads of the measurement (40 per image) and those behind what is reported (at most `READS`)."""
    net = dense_network(300, 60, 4, beta=(0.5, 1.0), c=(-0.3, 0.3))
    net.calibration_images = (255 * noisy_patterns(256, 1)).astype(np.uint8)
    adc = {"partial_sums": "digital", "rows": 150, "adc": {"bits": bits}}
    chip = MappedNetwork(net, hardware(QUIET, array=adc, neuron={"scaling": "paired", **neuron}), seed=1)
    reported, ratios = chip.calibration["fc1"].recovered_beta[:, 0], []
    for seed in (1, 2):
        fit = fit_erf(observe(chip, noisy_patterns(256, seed), 40)["fc1"])
        error = np.sqrt(np.sum((fit.beta_sd / reported) ** 2) * (1 + 40 / READS)) / 60
        ratios.append((float(np.mean(fit.beta / reported)), float(error)))
    return ratios, reported / chip.calibration["fc1"].trained_beta[:, 0]


@pytest.mark.parametrize("bits", [5, 6, 8])
def test_the_reported_beta_is_what_decisions_show(bits):
    """5 standard errors (false alarm 6e-7 each); on other images 1.5 % more, for what steps do to single images. The
    median neuron has the trained beta."""
    (own, others), over_trained = measured_over_reported(bits)
    assert abs(own[0] - 1) < 5 * own[1]
    assert abs(others[0] - 1) < 5 * others[1] + 0.015
    assert np.median(over_trained) == pytest.approx(1, abs=0.02)


def test_moments_alone_miss_what_coarse_steps_do(monkeypatch):
    """The negative control: 5 bits, rounding taken for independent normal noise."""
    monkeypatch.setattr(RoundedDecisions, "rounding", lambda self, setting: Rounding())
    (own, others), _ = measured_over_reported(5)
    assert own[0] - 1 > 5 * own[1]
    assert others[0] - 1 > 5 * others[1] + 0.015


def test_a_data_sheet_does_not_make_up_for_steps_but_the_report_tells():
    (own, _), over_trained = measured_over_reported(5, calibration="none")
    assert abs(own[0] - 1) < 5 * own[1]
    assert abs(np.median(over_trained) - 1) > 0.02


def test_settings_for_other_targets_make_up_for_steps_too(tmp_path):
    net = dense_network(50, 30, 20, 4)
    config = hardware(array={"partial_sums": "digital", "rows": 16, "adc": {"bits": 5}})
    chip = MappedNetwork(net, config)
    target = chip.hidden[0].target
    fresh = chip.calibration["fc1"].recovered_beta
    chip.retarget({"fc1": (target.beta, target.c)})
    assert np.allclose(np.median(chip.calibration["fc1"].recovered_beta / fresh), 1, atol=0.03)
    chip.save(tmp_path / "chip.safetensors")
    again = load_chip(tmp_path / "chip.safetensors")
    assert np.array_equal(again.hidden[0].setting.gain, chip.hidden[0].setting.gain)


def test_coarse_steps_with_slow_noise_are_warned_of():
    slow = load_device("rram_telegraph_illustrative")
    adc = {"partial_sums": "digital", "rows": 32}
    with pytest.warns(UserWarning, match="layer fc1: ADC steps are wider than 3 sd"):
        MappedNetwork(NET, hardware(slow, array={**adc, "adc": {"bits": 3}}, read={"slow_noise": "split"}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MappedNetwork(NET, hardware(slow, array={**adc, "adc": {"bits": 14}}, read={"slow_noise": "split"}))


def test_without_calibration_images_random_inputs_tell():
    net = dense_network(300, 60, 4, beta=(0.5, 1.0))
    net.calibration_images = None
    chip = MappedNetwork(net, hardware(QUIET, array={"partial_sums": "digital", "rows": 150, "adc": {"bits": 3}}))
    assert np.any(np.abs(chip.calibration["fc1"].recovered_beta / chip.calibration["fc1"].trained_beta - 1) > 0.01)


@pytest.mark.parametrize("scaling", ["none", "digital", "paired", "replica"])
@pytest.mark.parametrize("partial_sums", ["analog", "digital"])
def test_calibration_takes_off_what_drivers_add(scaling, partial_sums):
    """Noiseless exact cells behind drivers with offsets: the deterministic network, in all layers. Without calibration
    it is another one."""
    exact = device(read_noise={}, programming={})
    drivers = {"dac": {"offset_sd_v": 0.05}, "output_layer": "array", "adc": {"bits": 22, "range_factor": 3}}
    sections = {"array": {**drivers, "partial_sums": partial_sums, "rows": 20}, "neuron": {"scaling": scaling}}
    z = torch.where(next(NET.nsm_layers()).argument(NET.encode(X)) >= 0, 1.0, -1.0).numpy()
    seen = decisions(MappedNetwork(NET, hardware(exact, **sections)), NET.encode(X).numpy(), 1)
    assert np.array_equal(seen, z)
    sections["neuron"]["calibration"] = "none"
    assert np.mean(decisions(MappedNetwork(NET, hardware(exact, **sections)), NET.encode(X).numpy(), 1) != z) > 0.02


def test_an_output_layer_takes_off_what_drivers_add():
    exact = device(read_noise={}, programming={})
    settings = {"output_layer": "array", "adc": {"bits": 22, "range_factor": 3}}
    plain, shifted = (
        MappedNetwork(NET, hardware(exact, array={**settings, **dac}, neuron={"scaling": "none"})).predict(X, 1)
        for dac in ({}, {"dac": {"offset_sd_v": 0.05}})
    )
    assert torch.allclose(plain, shifted, atol=1e-4)


def test_drivers_with_offsets_fire_with_the_trained_probability():
    """Noise of shifted drives included: P(z = +1) of 60 neurons, two inputs, every cell drawn."""
    net = dense_network(300, 25, 3, beta=(0.5, 0.95))
    config = hardware(load_device("ideal"), array={"dac": {"offset_sd_v": 0.01}}, neuron={"scaling": "digital"})
    chip, layer, reads = MappedNetwork(net, config, seed=1), next(net.nsm_layers()), 3000
    assert chip.engine == "moments"
    seen = observe(chip, images(2, 300), reads)["fc1"]
    p = 0.5 * (1 + erf(layer.beta.detach().numpy() * seen.t + layer.c.detach().numpy()))
    for count, probability in zip(seen.fired.ravel(), p.ravel(), strict=True):
        check_rate(count, reads, probability)


# --- configuration ---------------------------------------------------------------------------------------------------


def test_an_adc_per_tile_is_one_per_column_when_there_is_one_tile():
    one, other = (
        MappedNetwork(NET, hardware(array={"output_layer": "array", "adc": {"per": per, "offset_sd_lsb": 0.5}}))
        for per in ("column", "tile")
    )
    u = np.random.default_rng(0).normal(size=(1, 500, 4)).astype(np.float32)
    assert np.array_equal(one.output.adc.sum_of_tiles(u), other.output.adc.sum_of_tiles(u))


def test_digital_partial_sums_give_an_output_layer_an_adc_per_tile():
    chip = MappedNetwork(NET, hardware(array={**DIGITAL, "rows": 5, "output_layer": "array"}))
    assert chip.output.adc.lsb.shape == (4, 4)


def test_all_arrays_of_a_layer_share_their_drivers():
    config = hardware(array={"dac": {"offset_sd_v": 0.01}}, neuron={"scaling": "replica"})
    first, second = MappedNetwork(NET, config).hidden
    assert np.array_equal(first.arrays["main"].targets.shift, first.arrays["replica"].targets.shift)
    assert not np.any(first.arrays["main"].targets.shift[:30] == second.arrays["main"].targets.shift)
    assert not np.any(
        MappedNetwork(NET, config, chip=1).hidden[0].arrays["main"].targets.shift == first.arrays["main"].targets.shift
    )


def test_what_cannot_be_is_one_clear_line(tmp_path):
    path = tmp_path / "c.yaml"
    for text, message in (
        (
            "array: {partial_sums: digital}\nneuron: {comparator: {offset_sd_a: 1e-7, hysteresis_a: 1e-8}}\n",
            "neuron.comparator: offset_sd_a=1e-07, hysteresis_a=1e-08 with array.partial_sums: digital, where "
            "decisions are digital and no comparator errs; set it to 0, or array.partial_sums to analog",
        ),
        ("array: {dac: {inl_lsb: 1.0}}\n", "inl_lsb=1 counts steps of the driver, which needs bits"),
        ("array: {adc: {inl: 1.0}}\n", "array.adc.inl: unknown key, did you mean inl_lsb?"),
    ):
        path.write_text("device: rram_illustrative\n" + text)
        (line,) = check_file(path)
        assert message in line
        assert "\n" not in line


def test_overrides_and_sweeps_reach_the_converters(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("device: ideal\nsweep: {array.adc.bits: [4, 8], array.partial_sums: [analog, digital]}\n")
    config = load_config(path, "array.dac.offset_sd_v=1e-3", "array.adc.inl_lsb=0.5")
    assert config.array.dac.offset_sd_v == 1e-3
    assert config.array.adc.inl_lsb == 0.5
