"""A network in training sees the chips that mapping makes, and gradients that lead towards them."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch
from support.cells.arrays import device, program, telegraph, weights
from support.cells.shapes import SKEWED
from support.networks import conv, conv_network, dense, dense_network, pool

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.mapping.calibration.exact_moments import exact_moments
from crossbar_nsm.mapping.learning.device_training import DeviceTraining
from crossbar_nsm.mapping.learning.parameter_swap import replaced
from crossbar_nsm.mapping.learning.training_hardware import TrainingHardware
from crossbar_nsm.mapping.learning.virtual_layer import VirtualLayer
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.stored import Stored
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig
from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.nsm.training.data import LabelledImages
from crossbar_nsm.nsm.training.trainer import Trainer
from device_models import Stream
from device_models.errors import MappingError

DENSE = dense_network(40, 30, 20, 3, beta=(0.7, 2.0))
CONV = conv_network(conv(4, 3), pool("max", 2), conv(5, 2, beta="position"), image=(1, 8, 8), beta=(-2.0, -0.7))


def hardware(scaling="paired", dev=None, age_s=0.0, **neuron):
    given = {"device": dev or device(), "neuron": {"scaling": scaling, **neuron}, "age_s": age_s}
    return TrainingHardware.model_validate(given)


def in_training(net, config):
    pixels = net.calibration_images.astype(np.float32) / 255
    return DeviceTraining(net.architecture, config, pixels, seed=0)


def mapped(net, config, training, stream):
    """A chip with the cells that training draws from `stream`."""
    cells = training._program(net, stream)
    stored = {name: {k: array.g_s for k, array in layer.arrays.items()} for name, layer in cells.layers.items()}
    return MappedNetwork(net, config, stored=Stored(stored), age_s=config.age_s)


def argument_on_chip(layer, z):
    """Of every unit, from the exact moments of the chip's signals, for inputs z (n, flat)."""
    arrays, gain = layer.arrays, layer.setting.gain.ravel()
    coefficients = layer.circuit.coefficients(gain)
    per_output = len(gain) // layer.weight.shape[0]
    positions = layer.positions
    shares, u = coefficients * layer.circuit.drive_probability[:, None], 0.0
    for operand, share in zip(layer.circuit.operands, shares, strict=True):
        array = arrays[operand.array]
        product = layer.layer_input.product(z, np.ascontiguousarray(array.mean_matrix(), np.float32))
        u = u + product * np.repeat(share, positions)
    threshold = layer.setting.threshold.reshape(-1, per_output)
    deviation = np.sqrt(2 * layer.exact.variance(gain))
    return (u + np.repeat(threshold.ravel(), positions)) / np.repeat(deviation, positions)


@pytest.mark.parametrize("scaling", ["none", "digital", "averaged", "paired", "replica", "row_mask"])
@pytest.mark.parametrize("calibration", ["analytic", "none"])
def test_the_forward_pass_is_that_of_a_mapped_chip(scaling, calibration):
    """beta w.z/||w|| + c of every layer in training against the signals of a chip with the same cells; beta out of
    reach is clipped alike."""
    net = dense_network(40, 30, 20, 3, beta=(0.7, 30.0))
    config = hardware(scaling, calibration=calibration, comparator={"noise_sd_a": 1e-6})
    training = in_training(net, config)
    with training.validation(net):
        seen = {
            name: [p.clone() for p in (layer.weight, layer.beta, layer.c)] for name, layer in net.named_nsm_layers()
        }
    chip = mapped(net, config, training, Stream(0, 0, tile="validation "))
    for layer in chip.hidden:
        weight, beta, c = (values.detach().numpy() for values in seen[layer.name])
        z = np.sign(np.random.default_rng(3).normal(size=(50, weight.shape[1]))).astype(np.float32)
        ours = beta * (z @ weight.T) / np.linalg.norm(weight, axis=1) + c
        expected = argument_on_chip(layer, z)
        assert np.abs(ours - expected).max() < 0.01 * np.abs(expected).max()
        ideal = dict(net.named_nsm_layers())[layer.name].argument(torch.from_numpy(z)).detach().numpy()
        assert np.abs(ideal - expected).max() > 0.02 * np.abs(expected).max()  # it sees programming errors


def test_registers_of_finite_resolution_are_trained_with():
    """Weights, beta and c of a chip whose gains and thresholds have 3 bits."""
    net = dense_network(40, 30, 20, 3, beta=(0.7, 2.0))
    config = hardware("paired", gain_bits=3, threshold_bits=3)
    training = in_training(net, config)
    chip = mapped(net, config, training, Stream(0, 0, tile="validation "))
    with training.validation(net):
        held = chip.calibration["fc1"].recovered_beta.ravel()
        norms = [layer.weight.norm(dim=1) for layer in net.nsm_layers()]
        seen = net.layers["fc1"].beta.detach().numpy().copy()
    norm = net.layers["fc1"].weight.norm(dim=1)
    np.testing.assert_allclose(seen * (norm / norms[0]).detach().numpy(), held, rtol=1e-4)
    assert np.abs(held / chip.calibration["fc1"].trained_beta.ravel() - 1).max() > 0.02


def test_convolutions_with_negative_betas_fire_as_on_a_chip():
    """One beta per channel, then one per position; a gain that differs by position leaves the weights of two reads of
    the same cells alone."""
    config = hardware("paired")
    training = in_training(CONV, config)
    chip = mapped(CONV, config, training, Stream(0, 0, tile="validation "))
    with training.validation(CONV), torch.no_grad():
        for layer in chip.hidden:
            ours = dict(CONV.named_nsm_layers())[layer.name]
            shape = ours.place.inputs
            z = np.sign(np.random.default_rng(3).normal(size=(20, int(np.prod(shape))))).astype(np.float32)
            argument = ours.argument(torch.from_numpy(z).view(-1, *shape)).flatten(1).numpy()
            assert np.abs(argument - argument_on_chip(layer, z)).max() < 5e-3


def test_parameters_are_back_after_a_batch_and_after_an_error():
    net = dense_network(40, 30, 20, 3, beta=(0.7, 2.0))
    training = in_training(net, hardware())
    with training.batch(net):
        pass
    before = [parameter.clone() for parameter in net.parameters()]

    def fails():
        with training.batch(net):
            assert not torch.equal(before[0], next(iter(net.parameters())))
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_without_a_circuit_beta_follows_from_the_weights():
    """beta = M ||w|| / sqrt(2 V), and c/beta, where a neuron fires half of the time, stays."""
    net = dense_network(40, 30, 20, 3, beta=(0.7, 2.0))
    crossing = net.layers["fc1"].c.detach() / net.layers["fc1"].beta.detach()
    config = hardware("none")
    training = in_training(net, config)
    with training.batch(net):
        pass
    chip = mapped(net, config, training, Stream(0, 0, tile="training 0 "))
    native = chip.calibration["fc1"].recovered_beta.ravel()
    assert native.min() > 5
    np.testing.assert_allclose(net.layers["fc1"].beta.detach().numpy(), native, rtol=1e-5)
    torch.testing.assert_close(net.layers["fc1"].c.detach() / net.layers["fc1"].beta.detach(), crossing)


def test_cells_are_drawn_anew_every_few_updates_and_alike_in_every_run():
    net = dense_network(40, 30, 20, 3, beta=(0.7, 2.0))

    def weights(training, updates):
        seen = []
        for _ in range(updates):
            with training.batch(net):
                seen.append(net.layers["fc1"].weight.detach().clone())
        return seen

    config = hardware().model_copy(update={"program_every": 2})
    first = weights(in_training(net, config), 22)
    changes = [not torch.equal(a, b) for a, b in pairwise(first)]
    assert changes == [number % 2 == 1 for number in range(21)]
    again = weights(in_training(net, config), 22)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    other = in_training(net, config)
    other.start_epoch(1)
    assert not torch.equal(weights(other, 1)[0], first[0])


def test_slow_telegraph_noise_is_an_error_of_weights():
    """Traps of a second, read every microsecond: frozen, the chip is wrong by them though its mean is not."""
    net = dense_network(40, 30, 20, 3, beta=(0.7, 2.0))
    exact = {"programming": {}, "conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}}
    errors = {}
    for name, times in (("slow", 1.0), ("fast", 1e-9)):
        training = in_training(net, hardware(dev=device(**exact, telegraph=telegraph(times, times, step=0.4))))
        with training.validation(net):
            inside = net.layers["fc1"].weight.detach().clone()
        outside = net.layers["fc1"].weight.detach()
        errors[name] = float((inside - outside).norm() / outside.norm())
    assert errors["fast"] < 0.02
    assert 0.1 < errors["slow"] < 0.4  # d sqrt(q (1 - q)) = 0.14 of each cell at a step of 0.4, and its mean


@pytest.mark.parametrize("scaling", ["paired", "replica"])
def test_gradients_of_beta_are_those_of_the_chip(scaling):
    """Against finite differences of the arguments of a layer over its trained beta, the gain that follows included. For
    two arrays the gain changes the weights: leaving that out must fail."""
    net = dense_network(40, 30, 3, beta=(0.7, 2.0))
    layer = net.layers["fc1"]
    training = in_training(net, hardware(scaling))
    stream = Stream(0, 0, tile="test ")
    cells = training._program(net, stream)
    generator = torch.Generator().manual_seed(1)
    z = torch.randn(200, 40, generator=generator).sign()
    upstream = torch.randn(200, 30, generator=generator)

    def value(backward=False, blind=False):
        chip = training._calibrate(net, cells, stream)
        if blind:
            chip = {name: chip[name].__class__(**(vars(chip[name]) | {"weight_by_beta": None})) for name in chip}
        layer.zero_grad()
        with replaced(net, chip):
            total = (layer.argument(z) * upstream).sum(dim=0)
            if backward:
                total.sum().backward()
        return total.detach().double()

    start, step = layer.beta.detach().clone(), 1e-2
    value(backward=True)
    gradient = layer.beta.grad.clone().double()
    with torch.no_grad():
        layer.beta.copy_(start * (1 + step))
        higher = value()
        layer.beta.copy_(start * (1 - step))
        expected = (higher - value()) / (2 * step * start)
        layer.beta.copy_(start)
    scale = expected.abs().mean()
    assert (gradient - expected).abs().mean() < 0.03 * scale
    value(backward=True, blind=True)
    if scaling == "replica":
        assert (layer.beta.grad - expected).abs().mean() > 0.2 * scale


def blobs(count, seed):
    """Three noisy binary patterns of 40 pixels."""
    rng = np.random.default_rng(seed)
    patterns = np.random.default_rng(9).random((3, 40)) < 0.5
    labels = rng.integers(3, size=count)
    pixels = patterns[labels] ^ (rng.random((count, 40)) < 0.25)
    return LabelledImages(torch.from_numpy(pixels.astype(np.float32)), torch.from_numpy(labels))


def test_a_network_trained_for_a_device_beats_one_that_was_only_mapped():
    """Two arrays with programming errors of 8 % of the range; NLL on 4 chips that training has not seen."""
    config = hardware("replica", dev=device(programming={"relative_sd": 0.08}))
    data, settings = (blobs(600, 1), blobs(300, 2)), {"batch_size": 20, "noise_place": "synapse", "learning_rate": 5e-3}
    architecture = dense_network(40, 30, 20, 3).architecture
    ideal = Trainer(architecture, TrainingConfig.model_validate(settings | {"epochs": 6}), *data)
    list(ideal.epochs())
    start = ideal.best_network()
    pixels = data[0].images[:64].numpy()
    tuned = TrainingConfig.model_validate(settings | {"epochs": 4, "beta": {"learning_rate_factor": 10}})
    hard = DeviceTraining(architecture, config, pixels, seed=0)
    run = Trainer(architecture, tuned, *data, start, hard)
    list(run.epochs())

    def nll(net):
        net.calibration_images = np.rint(255 * pixels).astype(np.uint8)
        test = blobs(500, 3)
        found = []
        for number in range(4):
            probability = MappedNetwork(net, config, seed=1, chip=number).predict(test.images, 20)
            found.append(torch.nn.functional.nll_loss(probability.log(), test.labels).item())
        return np.array(found)

    assert (nll(run.best_network()) < 0.8 * nll(start)).all()


def test_only_networks_that_can_be_mapped_are_trained_for_hardware():
    with pytest.raises(MappingError, match="method relu"):
        in_training(dense_network(40, 30, 3, method="relu"), hardware())


def test_a_computed_product_has_no_frozen_noise_in_training_either():
    """Of the circuit digital: the first signal is a read with its frozen 1/f noise, the second what is computed."""
    flicker = {"relative": {"coefficient": 0.05}, "read_time_s": 1e-9, "slowest_s": 1e3}
    array = program(weights(4, 12), device(flicker=flicker), read=ReadConfig(slow_noise="split"), age_s=10.0)
    circuit, nothing = circuit_of(NeuronConfig(scaling="digital")), np.zeros((12, 4))
    moments = exact_moments(circuit, {"main": array}, weights(4, 12), np.zeros(4))
    read, computed = VirtualLayer(circuit, {"main": array}, moments, {"main": nothing}).signals
    np.testing.assert_allclose(read.T, array.mean_matrix())
    np.testing.assert_allclose(computed.T, array.unsplit.mean_matrix())
    assert np.abs(computed - read).max() > 1e-3


def test_drivers_that_cannot_show_real_inputs_are_refused_before_training():
    net = conv_network(conv(3, 3), pool("average", 2), dense(4), image=(1, 6, 6))
    config = TrainingHardware.model_validate({"device": device(), "array": {"dac": {"bits": 4, "inl_lsb": 0.5}}})
    with pytest.raises(MappingError, match="inl_lsb"), in_training(net, config).batch(net):
        pass


def test_the_shape_of_read_noise_is_told_once_where_it_matters():
    """A skewed table: by the bound that readers have. Not where sums are nearly normal."""

    def shaped(shape):
        return in_training(DENSE, hardware(dev=device(read_noise={"relative_sd": 0.05, "shape": shape})))

    skewed = shaped(SKEWED)
    with pytest.warns(UserWarning, match=r"takes read noise for normal.*in layer fc2 that moves.*by up to 0\.05"):
        skewed._program(DENSE, Stream(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        skewed._program(DENSE, Stream(1))
        shaped("laplace")._program(DENSE, Stream(0))
        shaped("normal")._program(DENSE, Stream(0))
