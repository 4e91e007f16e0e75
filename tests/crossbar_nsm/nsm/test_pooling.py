"""Pools inside a network: values, layout, gradients, first and last in the network."""

import numpy as np
import pytest
import torch
from support.networks import GAUSSIAN, conv, conv_network, dense, images, pool

from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.nsm.architecture import PoolSpec
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.ideal_pass import XiDraws
from crossbar_nsm.nsm.pooling import PoolLayer


def signs(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).choice(np.float32([-1, 1]), shape))


def layer(kind, size, stride=None):
    return PoolLayer(PoolSpec(type=f"{kind}_pool", name="pool", size=size, stride=stride))


def windows(z, size, stride):
    return z.unfold(2, size, stride).unfold(3, size, stride)


@pytest.mark.parametrize(("size", "stride"), [(2, None), (3, 2), (2, 3), (1, 2)])
def test_maximum_and_mean_of_signs(size, stride):
    z = signs(4, 3, 7, 8)
    seen = windows(z, size, stride or size)
    highest, mean = layer("max", size, stride)(z), layer("average", size, stride)(z)
    assert torch.equal(highest, torch.where((seen == 1).any(dim=-1).any(dim=-1), 1.0, -1.0))
    assert torch.allclose(mean, seen.mean(dim=(-1, -2)))


def test_the_layout_of_a_convolution_is_kept():
    z = signs(4, 3, 8, 8).contiguous(memory_format=torch.channels_last)
    for kind in ("max", "average"):
        assert layer(kind, 2)(z).is_contiguous(memory_format=torch.channels_last)


def test_gradients_go_to_one_largest_state_or_to_all_alike():
    z = signs(4, 3, 6, 6).requires_grad_()
    upstream = torch.rand(4, 3, 3, 3) + 0.5
    (given,) = torch.autograd.grad(layer("max", 2)(z), z, upstream)
    seen, passed = windows(z.detach(), 2, 2).flatten(-2), windows(given, 2, 2).flatten(-2)
    assert torch.equal(passed.sum(dim=-1), upstream)
    assert ((passed != 0).sum(dim=-1) == 1).all()
    assert (seen[passed != 0] == seen.max(dim=-1).values.flatten()).all()
    (given,) = torch.autograd.grad(layer("average", 2)(z), z, upstream)
    assert torch.allclose(given, upstream.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4)


NETWORKS = {
    "pool first": ([pool("max", 2), conv(3, 2), dense(4)], {"encoding": "sign"}),
    "average first": ([pool("average", 2), conv(3, 2, padding=1), dense(4)], {"encoding": "real"}),
    "average last": ([conv(3, 3, padding=1), pool("average", 6)], {}),
    "maximum last": ([conv(3, 3), pool("max", 2)], {}),
    "overlapping": ([conv(3, 3), pool("max", 3, 1), conv(2, 2), pool("average", 1)], {}),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_training_and_evaluation_are_the_same_network(name):
    """beta so large that no noise matters: both forward passes then give the same logits."""
    layers, settings = NETWORKS[name]
    net = conv_network(*layers, image=(2, 6, 6), noise=GAUSSIAN, beta=(1e5, 1e5), c=(1, 3), **settings)
    x = images(20, 72)
    states = net.encode(x)
    draws = GeneratorDraws(torch.Generator().manual_seed(0))
    with torch.no_grad():
        trained = torch.softmax(net(states, "neuron", draws), dim=1)
    assert trained.std(dim=0).min() > 1e-3
    for noise, xi in (("neuron", "erf"), ("synapse", "erf"), ("synapse", "exact")):
        agree = (net.sample(x, 3, noise=noise, xi=xi) - trained).abs().amax(dim=2) < 1e-5
        assert agree.float().mean() > 0.95  # a sum near its threshold may fall to the other side


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("noise", "xi"), [("synapse", "erf"), ("synapse", "exact"), ("neuron", "erf")])
def test_every_state_reaches_the_next_layer(name, noise, xi):
    """Each pool is the pool of the states in front of it, pass by pass, also where several passes show one image."""
    layers, settings = NETWORKS[name]
    net = conv_network(*layers, image=(2, 6, 6), **settings)
    z = net.encode(images(3, 72)).numpy()
    rows, samples = np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)
    run = net.ideal_pass(z, XiDraws(noise, xi, seed=1))
    states = [z.reshape(3, -1)[rows], *run.layer_states(Passes(0, 3, rows, rows, samples))]
    places = list(net.architecture.placements())
    for place, before, after in zip(places, states, states[1:], strict=False):
        assert after.shape == (12, int(np.prod(place.outputs)))
        if isinstance(place.spec, PoolSpec):
            given = torch.from_numpy(before).view(12, *place.inputs)
            assert np.allclose(PoolLayer(place.spec)(given).flatten(1).numpy(), after, atol=1e-6)
    inputs = net.layer_inputs(images(3, 72))
    assert [value.shape for value in inputs.values()] == [(3, int(np.prod(place.inputs))) for place in places]


def test_a_global_mean_feeds_the_output_layer():
    net = conv_network(conv(3, 3, padding=1), pool("average", 6), image=(1, 6, 6))
    x = images(2, 36)
    run = net.ideal_pass(net.encode(x).numpy(), XiDraws("neuron"))
    zero = np.zeros(5, np.int64)
    conv_states, means = run.layer_states(Passes(0, 2, zero, zero, np.arange(5)))
    assert np.allclose(conv_states.reshape(5, 3, 36).mean(axis=2), means, atol=1e-6)
    expected = means @ net.output_layer.weight.detach().numpy().T + net.output_layer.bias.detach().numpy()
    assert np.allclose(run.logits(Passes(0, 2, zero, zero, np.arange(5))), expected, atol=1e-5)
