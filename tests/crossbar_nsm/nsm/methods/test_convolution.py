"""Firing of NSM units where zeros of the padding and real inputs carry less noise, in training and in evaluation.

Gaussian xi and synapse noise follow the erf law exactly; blank-out is compared with the sum over all masks.
"""

import itertools

import numpy as np
import pytest
import torch
from support.firing import (
    erf_law,
    inputs_of_positions,
    mask_law,
    masks,
    parameters_of_units,
    pre_activations,
    share_of_noise,
)
from support.laws import check_mean, check_rate, rejects
from support.networks import GAUSSIAN, ArgumentOf, conv, conv_network, dense, pool

from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.ideal_pass import XiDraws

READS = 20_000
BLANK = {"law": "bernoulli", "keep_probability": 0.3}
KINDS = [(GAUSSIAN, "synapse", "erf"), (GAUSSIAN, "neuron", "erf"), (GAUSSIAN, "synapse", "exact"),
         (BLANK, "synapse", "erf"), (BLANK, "neuron", "erf"), (BLANK, "synapse", "exact")]  # fmt: skip
CASES = {
    "plain": ([conv(2, 3)], {"image": (1, 4, 5)}),
    "padded": ([conv(2, 3, padding=1)], {"image": (1, 3, 4)}),
    "padded, stride 2": ([conv(2, 3, padding=2, stride=2)], {"image": (1, 3, 4)}),
    "two channels": ([conv(2, 2, padding=1)], {"image": (2, 3, 2)}),
    "real inputs": ([conv(2, 3)], {"image": (1, 4, 4), "encoding": "real"}),
    "real inputs, padded": ([conv(2, 3, padding=1)], {"image": (1, 3, 4), "encoding": "real"}),
    "dense, real inputs": ([dense(3)], {"image": (1, 2, 4), "encoding": "real"}),
    "a beta for every position, padded": ([conv(2, 3, padding=1, beta="position")], {"image": (1, 3, 4)}),
    "after average pooling": ([conv(2, 1), pool("average", 2), dense(3)], {"image": (1, 4, 4)}),
}


def draws(seed):
    return GeneratorDraws(torch.Generator().manual_seed(seed))


def last_layer(net):
    """The last hidden layer and one input for it: +-1, or real where the network has real inputs there."""
    name, layer = list(net.named_nsm_layers())[-1]
    rng = np.random.default_rng(5)
    shape = layer.weight.shape[1:] if layer.weight.ndim == 2 else layer.place.inputs
    if layer.place.binary_inputs:
        return name, layer, np.where(rng.random(shape) < 0.5, -1, 1).astype(np.float32)
    if name == "conv1" or len(net.architecture.layers) == 2:
        return name, layer, (2 * rng.random(shape) - 1).astype(np.float32)
    return name, layer, rng.choice([-1, -0.5, 0, 0.5, 1], shape).astype(np.float32)


def trained_states(layer, z, place, reads=READS, seed=3):
    """States (reads, units) of the training forward pass."""
    with torch.no_grad():
        states = layer(torch.from_numpy(z).expand(reads, *z.shape), place, draws(seed))
    return states.flatten(1).numpy()


def sampler(net, z, noise, xi):
    return net.ideal_pass(z[None], XiDraws(noise, xi, seed=1))


def one_input(reads=READS):
    zero = np.zeros(reads, np.int64)
    return Passes(0, 1, zero, zero, np.arange(reads))


def sampled_states(net, name, z, noise, xi):
    """States (reads, units) of one layer of the ideal sampler."""
    passes = one_input()
    return sampler(net, z, noise, xi).layers[name].fire(z.reshape(1, -1), passes.input_of, passes)


def check_units(states, law):
    """Every unit fires with its probability."""
    for count, probability in zip((states > 0).sum(axis=0), law, strict=True):
        check_rate(count, len(states), probability)


@pytest.mark.parametrize(("noise", "place", "xi"), KINDS)
@pytest.mark.parametrize("case", CASES)
def test_every_unit_fires_with_its_probability(case, noise, place, xi):
    layers, settings = CASES[case]
    if "position" in case and noise is BLANK and (place, xi) != ("synapse", "erf"):
        pytest.skip("masks are summed for one beta per channel")
    net = conv_network(*layers, noise=noise, **settings)
    name, layer, z = last_layer(net)
    blank_out = noise is BLANK and (place, xi) != ("synapse", "erf")
    law = mask_law(layer, z) if blank_out else erf_law(layer, z)
    runs = [sampled_states(net, name, z, place, xi)]
    if xi == "erf":  # what training knows
        runs.append(trained_states(layer, z, place))
    for states in runs:
        assert set(np.unique(states)) == {-1.0, 1.0}
        check_units(states, law)
        rejects(check_units, states, np.where(law < 0.5, law + 0.03, law - 0.03))
        if not layer.place.all_active and not blank_out:
            rejects(check_units, states, erf_law(layer, z, share=False))


def test_borders_of_equal_weights_have_factors_of_122_and_150_percent():
    """3x3 kernel, padding 1: 9, 6 and 4 active taps, so 1/s = 1, sqrt(9/6), sqrt(9/4)."""
    net = conv_network(conv(1, 3, padding=1), image=(1, 4, 4), noise=GAUSSIAN, beta=(1, 1), c=(0.2, 0.2))
    name, layer, _ = last_layer(net)
    with torch.no_grad():
        layer.weight.fill_(-0.4)
    z = np.random.default_rng(0).choice(np.float32([-1, 1]), (1, 4, 4))
    given = torch.from_numpy(z)[None]
    factor = (layer.argument(given) / layer.normalised_argument(given)).detach().numpy()[0, 0]
    corner, edge = 1.5, 1.2247449
    assert np.allclose(factor[[0, 0, 3, 3], [0, 3, 0, 3]], corner)
    assert np.allclose(factor[[0, 3, 1, 2], [1, 2, 0, 3]], edge)
    assert np.allclose(factor[1:3, 1:3], 1)
    assert np.allclose(1 / factor.ravel(), share_of_noise(layer, z))
    active = sampler(net, z, "synapse", "erf").layers[name].active(z.reshape(1, -1))
    assert np.allclose(1 / active, factor.reshape(1, -1))


def test_a_grey_image_has_no_noise_and_no_infinity():
    """Inputs 0 carry neither signal nor noise: what is left is the sign of c; gradients stay finite."""
    net = conv_network(conv(2, 3, padding=1), image=(1, 3, 3), encoding="real", noise=GAUSSIAN)
    name, layer, _ = last_layer(net)
    with torch.no_grad():
        layer.c.copy_(torch.tensor([0.3, -0.3]))
    z = np.zeros((1, 3, 3), np.float32)
    for place in ("synapse", "neuron"):
        for states in (trained_states(layer, z, place, 50), sampled_states(net, name, z, place, "erf")):
            assert (states[:, :9] == 1).all()
            assert (states[:, 9:] == -1).all()
        given = torch.zeros(4, 1, 3, 3, requires_grad=True)
        layer(given, place, draws(0)).sum().backward()
        assert all(bool(torch.isfinite(p.grad).all()) for p in (given, *layer.parameters()))


def test_a_patch_whose_weights_all_lie_in_the_padding():
    """The corner tap alone: at the first position no input reaches the unit, which follows the sign of c."""
    net = conv_network(conv(1, 3, padding=1), image=(1, 3, 3), noise=GAUSSIAN, c=(-0.2, -0.2))
    name, layer, _ = last_layer(net)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[0, 0, 0, 0] = 1
    z = np.ones((1, 3, 3), np.float32)
    for states in (trained_states(layer, z, "neuron", 200), sampled_states(net, name, z, "neuron", "erf")):
        assert (states[:, 0] == -1).all()
        assert 0 < (states[:, 8] == 1).mean() < 1
    layer(torch.from_numpy(z)[None], "synapse", draws(0)).sum().backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in layer.parameters())


@pytest.mark.parametrize("noise", [GAUSSIAN, BLANK])
def test_a_channel_of_zeros_keeps_its_noise_and_c_in_training_and_evaluation(noise):
    net = conv_network(conv(2, 3, padding=1), image=(1, 3, 3), noise=noise, c=(0.3, 0.3))
    name, layer, z = last_layer(net)
    with torch.no_grad():
        layer.weight[1] = 0
    law = np.full(9, 0.5 * (1 + torch.erf(torch.tensor(0.3)).item()))
    check_units(trained_states(layer, z, "synapse")[:, 9:], law)
    check_units(sampled_states(net, name, z, "synapse", "erf")[:, 9:], law)


@pytest.mark.parametrize("case", ["padded", "real inputs, padded", "dense, real inputs", "after average pooling"])
def test_gradients_of_the_whole_argument_agree_with_finite_differences(case):
    """(beta t + c)/s in double precision, where s depends on weights and inputs."""
    layers, settings = CASES[case]
    _, layer, z = last_layer(conv_network(*layers, **settings))
    layer = layer.double()
    names = [name for name, _ in layer.named_parameters()]

    def argument(given, *parameters):
        call = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(ArgumentOf(layer), {f"layer.{n}": p for n, p in call.items()}, (given,))

    given = (torch.from_numpy(z)[None].double() + 0.01).requires_grad_(not layer.place.binary_inputs)
    assert torch.autograd.gradcheck(argument, (given, *layer.parameters()))


@pytest.mark.parametrize("encoding", ["sign", "real"])
@pytest.mark.parametrize("place", ["synapse", "neuron"])
def test_the_gradient_of_a_step_is_that_of_the_mean_state(place, encoding):
    """Of erf((beta t + c)/s), whatever was drawn."""
    net = conv_network(conv(3, 3, padding=1), image=(2, 4, 4), encoding=encoding)
    _, layer, z = last_layer(net)
    given = torch.from_numpy(z)[None].requires_grad_()
    wanted = [*layer.parameters(), *([given] if encoding == "real" else [])]
    upstream = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    own = torch.autograd.grad(layer(given, place, draws(1)), wanted, upstream)
    expected = torch.autograd.grad(torch.erf(layer.argument(given)), wanted, upstream)
    for mine, theirs in zip(own, expected, strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5)


@pytest.fixture(scope="module")
def overlapping():
    """Four overlapping patches of a 3x3 image of ones, all weights alike, under one maximum; blank-out p = .3."""
    net = conv_network(conv(2, 2), pool("max", 2), image=(1, 3, 3), noise=BLANK, beta=(1.2, 1.2), c=(-3.0, -3.0))
    _, layer = next(net.named_nsm_layers())
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.5, 0.7], [0.6, 0.4]]).expand(2, 1, 2, 2))
    return net, layer, np.ones((1, 3, 3), np.float32)


def pooled_law(layer, z):
    """P(maximum = +1) of the first channel: over all masks of the image (neuron noise), and for independent patches."""
    xi, probability = masks(9, layer.noise.keep_probability)
    seen = inputs_of_positions(layer.place, z)
    index = inputs_of_positions(layer.place, np.arange(9)).astype(int)
    units = [pre_activations(layer, z_k, xi[:, cells])[0] >= 0 for z_k, cells in zip(seen, index, strict=True)]
    shared = np.logical_or.reduce(units) @ probability
    return float(shared), 1 - np.prod(1 - mask_law(layer, z)[:4])


def pooled_states(net, z, noise, xi):
    """States (reads, 2) of the pool, by the sampler and by the training forward pass (synapse: the erf law)."""
    yield sampler(net, z, noise, xi).layer_states(one_input())[1]
    if xi == "erf":
        with torch.no_grad():
            layer, pooling = net.layers["conv1"], net.layers["pool1"]
            yield pooling(layer(torch.from_numpy(z).expand(READS, 1, 3, 3), noise, draws(4))).flatten(1).numpy()


def test_neuron_noise_is_shared_by_overlapping_patches_and_synapse_noise_is_not(overlapping):
    """Each unit fires alike under both; their maximum does not."""
    net, layer, z = overlapping
    shared, independent = pooled_law(layer, z)
    erf_independent = 1 - np.prod(1 - erf_law(layer, z)[:4])
    assert independent > shared + 0.03
    for places, law in (
        (("neuron", "erf"), shared),
        (("synapse", "exact"), independent),
        (("synapse", "erf"), erf_independent),
    ):
        for states in pooled_states(net, z, *places):
            for channel in range(2):
                fired = (states[:, channel] > 0).sum()
                check_rate(fired, READS, law)
                rejects(check_rate, fired, READS, independent if places[0] == "neuron" else shared)


def test_channels_of_equal_weights_fire_alike_under_neuron_noise_alone(overlapping):
    net, layer, z = overlapping
    shared, independent = pooled_law(layer, z)
    for states in pooled_states(net, z, "neuron", "erf"):
        assert np.array_equal(states[:, 0], states[:, 1])
        rejects(check_rate, (states.min(axis=1) > 0).sum(), READS, shared**2)
    (exact,) = pooled_states(net, z, "synapse", "exact")
    check_rate((exact.min(axis=1) > 0).sum(), READS, independent**2)


@pytest.mark.parametrize(("noise", "xi"), [("neuron", "erf"), ("synapse", "exact"), ("synapse", "erf")])
def test_class_probabilities_follow_the_law_of_the_pool(overlapping, noise, xi):
    """Network.sample, end to end: logits +-1 of the first pooled channel."""
    net, layer, z = overlapping
    with torch.no_grad():
        net.output_layer.weight.copy_(torch.tensor([[0.5, 0.0], [-0.5, 0.0], [-9, 0]]))
        net.output_layer.bias.copy_(torch.tensor([0.0, 0.0, -50.0]))
    fired = int((net.sample(z[None], READS, noise=noise, xi=xi)[:, 0, 0] > 0.5).sum())
    shared, independent = pooled_law(layer, z)
    law = {"neuron": shared, "synapse": independent}[noise]
    if (noise, xi) == ("synapse", "erf"):
        law = 1 - np.prod(1 - erf_law(layer, z)[:4])
    check_rate(fired, READS, law)
    rejects(check_rate, fired, READS, law + 0.03)


def test_covariance_of_overlapping_patches_in_training():
    """Cov(u_i, u_k) = v sum_j w_ij w_kj z_j^2 over shared inputs under neuron noise, 0 under synapse noise; the
    fluctuation is in units of s ||w|| sqrt(2 v) of each unit."""
    net = conv_network(conv(2, 3, padding=1), image=(1, 3, 3), noise=GAUSSIAN, encoding="real")
    _, layer, z = last_layer(net)
    weight = parameters_of_units(layer)[0]
    index = inputs_of_positions(layer.place, np.arange(1, 10)).astype(int)  # 0: padding
    rows = np.zeros((2, 9, 10))
    for channel, position in itertools.product(range(2), range(9)):
        rows[channel, position, index[position]] = weight[channel] * (index[position] > 0)
    rows = rows.reshape(18, 10)[:, 1:] * z.ravel()
    unit = np.linalg.norm(rows, axis=1)
    expected = rows @ rows.T / np.outer(unit, unit) / 2
    given = torch.from_numpy(z).expand(READS, 1, 3, 3)
    for place in ("neuron", "synapse"):
        with torch.no_grad():
            u = layer.fluctuation(given, place, draws(5)).flatten(1).double().numpy()
        for one, other in itertools.combinations_with_replacement(range(18), 2):
            law = expected[one, other] if place == "neuron" else (0.5 if one == other else 0.0)
            check_mean(u[:, one] * u[:, other], law)


@pytest.mark.parametrize("method", ["nsm_ste", "nsm_binconcrete"])
@pytest.mark.parametrize("case", ["padded", "real inputs, padded"])
def test_the_other_nsm_methods_fire_with_the_same_law(method, case):
    layers, settings = CASES[case]
    net = conv_network(*layers, noise=GAUSSIAN, method=method, **settings)
    _, layer, z = last_layer(net)
    states = trained_states(layer, z, "synapse")
    check_units(states, erf_law(layer, z))
    rejects(check_units, states, erf_law(layer, z, share=False))


def test_layers_never_share_draws():
    """Two layers of one shape, with weights and inputs alike."""
    net = conv_network(conv(1, 1), conv(1, 1), image=(1, 2, 2), noise=GAUSSIAN, beta=(0.5, 0.5), c=(0, 0))
    run = sampler(net, np.ones((1, 2, 2), np.float32), "synapse", "erf")
    assert run.layers["conv1"].key != run.layers["conv2"].key
