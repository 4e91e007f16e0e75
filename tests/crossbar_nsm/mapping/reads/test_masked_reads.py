"""The circuit row_mask: one bit per input neuron and pass, read twice by two readers that follow the same cells."""

import numpy as np
import pytest
import torch
from support.cells.arrays import device, program, telegraph, weights
from support.firing import masks, pre_activations
from support.laws import check_mean, check_rate, rejects
from support.networks import conv, conv_network, dense, dense_network, images, pool, states

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.operand import Operand
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.engine.kernels.convolution import Window
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.mapping.calibration.exact_moments import exact_moments
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.lagged_covariance import LaggedCovariance
from crossbar_nsm.mapping.reads.reader_choice import combined_reads
from crossbar_nsm.neuron.circuits import READ, circuit_of
from crossbar_nsm.neuron.config import NeuronConfig

DENSE, CONV = LayerInput(20), LayerInput(0, Window(2, 4, 3, 2, 1, 1))
EXACT = device(read_noise={}, programming={})
SELECTOR = {
    "threshold": {"mean_v": 0.4, "sd_v": 0.1, "correlation_time_s": 1e-6},
    "input_v": 0.4,
    "on_conductance_s": 10.0,
    "off_conductance_s": 0.0,
}
LAWS = {
    "fresh": {},
    "one trap": {"telegraph": telegraph(2e-6, 3e-6)},
    "two traps": {"telegraph": telegraph(2e-6, 3e-6, traps_per_cell=2)},
    "1/f": {"flicker": {"relative": {"coefficient": 0.05}, "read_time_s": 1e-9, "slowest_s": 1e-3}},
    "selector": {"selector": SELECTOR},
    "selector and traps": {"selector": SELECTOR, "telegraph": telegraph(2e-6, 3e-6)},
}


def hardware(dev=EXACT, keep=0.5, **sections):
    neuron = {"scaling": "row_mask", "mask_keep_probability": keep, **sections.pop("neuron", {})}
    return HardwareConfig.model_validate({"device": dev, "neuron": neuron, **sections})


def passes_of(samples, first=0):
    rows = np.zeros(samples, int)
    return Passes(0, 1, rows, rows, np.arange(first, first + samples))


@pytest.mark.parametrize("engine", ["moments", "device"])
@pytest.mark.parametrize("keep", [0.5, 0.3])
def test_units_fire_together_as_noise_per_neuron_makes_them(engine, keep):
    """Cells without noise: P(z_i = z_k = +1) of all pairs of units, against the sum over all 2^10 masks. Units whose
    masks were their own (synapse noise) would fire independently: the same check fails."""
    net = dense_network(10, 6, 3, noise={"law": "bernoulli", "keep_probability": keep})
    chip, layer = MappedNetwork(net, hardware(keep=keep, read={"engine": engine})), next(net.nsm_layers())
    z, reads = states(1, 10), 40_000
    with one_blas_thread():
        fired = np.concatenate([chip.hidden[0].fire(z, passes_of(4000).input_of, passes_of(4000, n)) > 0
                                for n in range(0, reads, 4000)])  # fmt: skip
    xi, probability = masks(10, keep)
    exact = pre_activations(layer, z[0].astype(float), xi) >= 0
    joint = (exact * probability) @ exact.T
    together = fired.T.astype(float) @ fired
    alone = np.diag(joint)
    for i in range(6):
        for k in range(i + 1):
            check_rate(together[i, k], reads, joint[i, k])
    i, k = np.unravel_index(np.abs(joint - np.outer(alone, alone) - np.diag(alone - alone**2)).argmax(), joint.shape)
    rejects(check_rate, together[i, k], reads, alone[i] * alone[k])


def test_a_network_on_exact_cells_is_the_ideal_network_with_noise_per_neuron():
    """Padding, overlapping patches, max-pool, beta per position, several layers: mean class probabilities and their
    variance over passes, 5 sigma; with noise per synapse they are others."""
    net = conv_network(conv(4, 3, padding=1, beta="position"), pool("max", 2), dense(12), image=(1, 8, 6))
    x, samples = images(12, 48), 6000
    chip = MappedNetwork(net, hardware()).sample(x, samples)
    worst = {}
    for noise in ("neuron", "synapse"):
        ideal = net.sample(x, samples, noise=noise)
        differences = []
        for power in (1, 2):
            a, b = chip**power, ideal**power
            spread = ((a.var(dim=0) + b.var(dim=0)) / samples).sqrt()
            differences.append(((a.mean(dim=0) - b.mean(dim=0)) / spread).abs().max().item())
        worst[noise] = max(differences)
    assert worst["neuron"] < 5
    assert worst["synapse"] > 5


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("shown", [DENSE, CONV], ids=["dense", "convolution"])
def test_both_readers_follow_the_same_cells(law, shown):
    """Masks that keep every row: the two readers give together what one reader gives of both reads, though each has
    simulated all of them. With other masks their states stay equal, bit for bit."""
    array = program(weights(5, shown.rows), device(**LAWS[law]), read=ReadConfig(engine="device"), rows=9)
    coefficients = np.array([np.full(5 * shown.positions, 1.0), np.linspace(-1, 3, 5 * shown.positions)])
    z, passes = states(1, 20 if shown.is_dense else 24), passes_of(70)
    arrays = {"main": array}

    def made(first):
        return combined_reads(ReadPlan((first, READ), arrays, coefficients, shown))

    with one_blas_thread():
        both = made(READ).current(z, passes.input_of, passes)
        split = made(Operand(mask_probability=1.0)).current(z, passes.input_of, passes)
        assert np.allclose(split, both, rtol=1e-5, atol=2e-5 * np.abs(both).max())
        assert np.std(both, axis=0).min() > 1e-3 * np.abs(both).max()
        reads = made(Operand(mask_probability=0.5))
        reads.current(z, passes.input_of, passes)
    first, second = reads.with_mask.states(), reads.without.states()
    assert first.keys() == second.keys()
    for name, state in first.items():
        assert np.array_equal(state, second[name])


@pytest.mark.parametrize("law", ["fresh", "one trap", "selector"])
def test_calibration_knows_the_moments_of_masked_reads(law):
    """Slope, and half the mean squared change of both reads from pass to pass, of 20 units; passes four apart are used,
    which have next to nothing in common. Without the masks' own noise, or with that of independent reads in both
    operands, the check fails."""
    weight, inputs, keep, passes = weights(20, 30), states(1, 30), 0.4, 24_000
    read = ReadConfig(interval_s=2e-6, pair_interval_s=2e-7, engine="device")
    array = program(weight, device(programming={}, **LAWS[law]), read=read)
    circuit = circuit_of(NeuronConfig(scaling="row_mask", mask_keep_probability=keep))
    moments = exact_moments(circuit, {"main": array}, weight, np.zeros(20))
    reads = combined_reads(ReadPlan(circuit.operands, {"main": array}, np.ones((2, 20)), LayerInput(30), apart=True))
    with one_blas_thread():
        parts = [reads.operand_currents(inputs, passes_of(4000).input_of, passes_of(4000, n))[:, 0]
                 for n in range(0, passes, 4000)]  # fmt: skip
    u = np.concatenate(parts, axis=1).astype(float)
    whole = inputs.astype(float) @ array.mean_matrix()
    for mean, value in zip((keep * whole[0], whole[0]), u[:, ::8], strict=True):
        for unit in range(20):
            check_mean(value[:, unit], mean[unit])
    change = (u[:, 1::8] - u[:, ::8]) / np.sqrt(2)  # (2, changes, units)
    for k, other in ((0, 0), (0, 1), (1, 1)):
        for unit in range(20):
            check_mean(change[k, :, unit] * change[other, :, unit], moments.covariance[k, other, unit])
    of_cells = keep**2 * moments.covariance[1, 1]
    rejects(check_mean, change[0, :, 0] ** 2, of_cells[0])
    along = (array.mean_matrix() * weight.T).sum(axis=0) / (weight**2).sum(axis=1)
    assert np.allclose(moments.slope, [keep * along, along])


def test_a_chip_goes_on_in_the_middle_of_a_trajectory(tmp_path):
    net, x = dense_network(30, 20, 12, 4), images(5, 30)
    for law in ("one trap", "selector"):
        chip = MappedNetwork(net, hardware(device(**LAWS[law])), seed=3)
        chip.sample(x, 7)
        again = load_chip(chip.save(tmp_path / "chip.safetensors"))
        expected = chip.sample(x, 7)
        assert torch.equal(again.sample(x, 7), expected)
        chip.reset()
        assert not torch.equal(chip.sample(x, 7), expected)


@pytest.mark.parametrize("engine", ["moments", "device"])
def test_converters_leave_room_for_masks_and_their_rounding_is_calibrated(engine):
    """Many bits decide as the analog sum does, draw for draw when every cell is drawn."""
    net, x = dense_network(50, 30, 4), images(40, 50)
    dev = device()
    analog, fine, coarse = (
        MappedNetwork(net, hardware(dev, array={"rows": 16, **array}, read={"engine": engine})).sample(x, 20)
        for array in (
            {},
            {"partial_sums": "digital", "adc": {"bits": 20}},
            {"partial_sums": "digital", "adc": {"bits": 3}},
        )
    )
    if engine == "device":
        assert (fine != analog).float().mean() < 0.02
        assert (coarse != analog).float().mean() > 0.2
    else:
        assert (fine.mean(dim=0) - analog.mean(dim=0)).abs().max() < 0.3


def test_masks_are_noise_that_scales_with_the_weights():
    chip = MappedNetwork(dense_network(30, 20, 4), hardware())
    assert np.allclose(chip.calibration["fc1"].normalisation_index, 1.0)
    none = MappedNetwork(dense_network(30, 20, 4), hardware(neuron={"calibration": "none"}))
    assert np.allclose(none.calibration["fc1"].recovered_beta, chip.calibration["fc1"].trained_beta, rtol=1e-6)
    assert not chip.calibration["fc1"].clipped.any()


def test_passes_share_what_cells_remember_and_not_their_masks():
    """Covariance of u between passes D apart: sum_kl c_k c_l p_k p_l R(D + (l - k) d); in one pass masks add theirs."""
    config = hardware(device(telegraph=telegraph(2e-6, 3e-6)), keep=0.3)
    layer = MappedNetwork(dense_network(30, 20, 4), config).hidden[0]
    array, gain, (within_s, interval_s) = layer.arrays["main"], layer.setting.gain.ravel(), (1e-7, 1e-6)
    c = np.array([[0.3], [1.0]]) * np.stack([np.ones_like(gain), gain])
    between, once = (
        sum(c[k] * c[m] * array.covariance(abs(lag_s + (m - k) * within_s)) for k in (0, 1) for m in (0, 1))
        for lag_s in (interval_s, 0.0)
    )
    covariance = LaggedCovariance(layer, interval_s)
    assert np.allclose(covariance.at(np.array([0]), 0)[0], between)
    seconds = (array.mean_matrix() ** 2 + array.pair_variance()).sum(axis=0)
    assert np.allclose(covariance.variance(0), once + 0.3 * 0.7 * seconds)
