import pytest
import torch
from support.networks import conv, conv_network, dense, dense_network, images, pool

from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.initialisation import initialise_from_data, start_from
from device_models.errors import CheckpointError


@pytest.mark.parametrize("beta", [None, 0.7])
def test_the_first_arguments_have_zero_mean_and_unit_variance(beta):
    net = dense_network(60, 30, 20, 4)
    x = torch.from_numpy(images(100, 60))
    initialise_from_data(net, net.encode(x), "neuron", GeneratorDraws(torch.Generator().manual_seed(0)), beta)
    first = next(net.nsm_layers())
    argument = first.argument(net.encode(x))
    assert torch.allclose(argument.mean(dim=0), torch.zeros(30), atol=1e-5)
    if beta is None:
        assert torch.allclose(argument.std(dim=0), torch.ones(30), atol=1e-5)
    else:
        assert torch.all(first.beta == 0.7)


def test_a_constant_input_does_not_divide_by_zero():
    net = dense_network(6, 3, 2)
    initialise_from_data(net, -torch.ones(10, 6), "neuron", GeneratorDraws(torch.Generator().manual_seed(0)))
    assert all(bool(torch.isfinite(p).all()) for p in net.parameters())


def dark(count, pixels):
    """Images darker in their first pixels, so that no position has a mean of its own that is zero."""
    return torch.from_numpy(images(count, pixels)) ** 3 * torch.linspace(0.2, 1, pixels)


@pytest.mark.parametrize("given", [None, 0.7])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("encoding", ["sign", "real"])
@pytest.mark.parametrize("beta", ["channel", "position"])
def test_convolutions_start_with_zero_mean_and_unit_variance(beta, encoding, padding, given):
    """Of the whole argument (beta t + c)/s: mean over what shares one c, variance pooled over a channel (beta per
    position: each about its own mean)."""
    net = conv_network(conv(4, 3, padding=padding, beta=beta), dense(5), image=(1, 8, 8), encoding=encoding)
    z = net.encode(dark(100, 64))
    initialise_from_data(net, z, "neuron", GeneratorDraws(torch.Generator().manual_seed(0)), given)
    layer = next(net.nsm_layers())
    argument = layer.argument(z).detach().double()
    mean = argument.mean(dim=0 if beta == "position" else (0, 2, 3), keepdim=True)
    assert mean.abs().max() < 1e-4
    assert (layer.beta.reshape(4, -1) == layer.beta.reshape(4, -1)[:, :1]).all()
    if given is None:
        degrees = 99 / 100 if beta == "position" else 1
        variance = ((argument - mean) ** 2).mean(dim=(0, 2, 3)) / degrees
        assert torch.allclose(variance, torch.ones(4, dtype=torch.float64), atol=1e-3)
    else:
        assert (layer.beta == 0.7).all()


def test_later_layers_start_from_what_the_first_ones_fire():
    """A dense layer behind an average pool: zero mean, unit variance of (beta t + c)/s over the batch that it saw."""
    net = conv_network(conv(4, 3), pool("average", 2), dense(6), image=(1, 8, 8))
    z, seen = net.encode(dark(100, 64)), {}
    layer = net.layers["fc1"]
    layer.register_forward_pre_hook(lambda _layer, inputs: seen.update(fc1=inputs[0]))
    initialise_from_data(net, z, "neuron", GeneratorDraws(torch.Generator().manual_seed(0)))
    argument = layer.argument(seen["fc1"]).detach()
    assert set(seen["fc1"].unique().tolist()) == {-1, -0.5, 0, 0.5, 1}
    assert torch.allclose(argument.mean(dim=0), torch.zeros(6), atol=1e-4)
    assert torch.allclose(argument.std(dim=0), torch.ones(6), atol=1e-4)


def test_a_border_that_never_changes_does_not_divide_by_zero():
    net = conv_network(conv(2, 3, padding=1, beta="position"), image=(1, 6, 6))
    x = torch.zeros(20, 1, 6, 6)
    x[:, :, 2:4, 2:4] = torch.from_numpy(images(20, 4)).view(20, 1, 2, 2)
    initialise_from_data(net, net.encode(x), "neuron", GeneratorDraws(torch.Generator().manual_seed(0)))
    layer = next(net.nsm_layers())
    assert all(bool(torch.isfinite(p).all()) for p in net.parameters())
    assert layer.argument(net.encode(x)).abs().max() < 20


def test_a_network_for_images_of_another_size_is_no_start():
    """29 pixels leave the pool as many positions as 28: the same layers, but not the same betas."""
    layers = (conv(2, 3, beta="position"), pool("max", 2))
    net, other = (conv_network(*layers, image=(1, size, 6)) for size in (6, 7))
    assert net.architecture.layers == other.architecture.layers
    with pytest.raises(CheckpointError, match=r"other layers .1x7x6-2c3-m2-3 against 1x6x6-2c3-m2-3"):
        start_from(net, other)
    same = conv_network(*layers, image=(1, 6, 6), seed=3)
    assert start_from(net, same)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), same.parameters(), strict=True))
