import math

import numpy as np
import pytest
import torch
from scipy.special import erf
from support.laws import check_rate, rejects
from support.networks import BERNOULLI, GAUSSIAN, dense_network, images

from crossbar_nsm.nsm.substrate import Substrate
from device_models.errors import ConfigError

X = images(30, 40)


@pytest.mark.parametrize("noise", [GAUSSIAN, BERNOULLI])
def test_a_and_b_are_those_of_the_paper(noise):
    """beta = (m + a)/sqrt(2 v), c = b/(||w|| sqrt(2 v))."""
    layer = next(dense_network(40, 7, 3, noise=noise).nsm_layers())
    substrate = Substrate.of_layer(layer)
    m, v = (1.0, 0.64) if noise is GAUSSIAN else (0.5, 0.25)
    beta, c, w = (p.detach().numpy().astype(float) for p in (layer.beta, layer.c, layer.weight))
    assert np.allclose((m + substrate.scaling) / math.sqrt(2 * v), beta)
    assert np.allclose(substrate.bias / (np.linalg.norm(w, axis=1) * math.sqrt(2 * v)), c)


@pytest.mark.parametrize("place", ["synapse", "neuron"])
@pytest.mark.parametrize("noise", [GAUSSIAN, BERNOULLI])
def test_weights_and_bias_scaled_together_change_nothing(noise, place):
    net = dense_network(40, 20, 15, 3, noise=noise)
    scaled = {name: substrate.scaled(0.125, scale_bias=True) for name, substrate in net.substrates().items()}
    plain = net.sample(X, 20, noise=place)
    assert torch.equal(net.sample(X, 20, noise=place, substrates=scaled), plain)  # a power of two: exact
    rows = {name: substrate.scaled(np.linspace(0.1, 9, len(substrate.bias)), scale_bias=True)
            for name, substrate in net.substrates().items()}  # fmt: skip
    changed = (net.sample(X, 20, noise=place, substrates=rows) - plain).abs().amax(dim=2) > 1e-6
    assert changed.float().mean() < 0.01  # where a sum within rounding of its threshold falls to the other side


@pytest.mark.parametrize("place", ["synapse", "neuron"])
def test_weights_scaled_alone_multiply_c(place):
    """P = 1/2 [1 + erf(beta t + c/k)] with weights k w and b left alone."""
    net = dense_network(400, 1, 2, noise=GAUSSIAN, c=(0.1, 0.1))
    with torch.no_grad():
        net.output_layer.weight.copy_(torch.tensor([[1.0], [-1.0]]))
        net.output_layer.bias.zero_()
    x = images(1, 400)
    scaled = {name: substrate.scaled(0.1, scale_bias=False) for name, substrate in net.substrates().items()}
    low, high = 1 / (1 + math.e**2), 1 / (1 + math.e**-2)
    rate = (float(net.predict(x, 20_000, noise=place, substrates=scaled)[0, 0]) - low) / (high - low)
    layer = next(net.nsm_layers())
    argument = layer.argument(net.encode(x)).item()
    p = 0.5 * (1 + erf(argument + 9 * layer.c.item()))
    check_rate(round(rate * 20_000), 20_000, p)
    rejects(check_rate, round(rate * 20_000), 20_000, 0.5 * (1 + erf(argument)))


def test_a_row_of_zeros_keeps_its_noise_and_c():
    net = dense_network(40, 2, 2, c=(0.3, 0.3))
    with torch.no_grad():
        next(net.nsm_layers()).weight[0] = 0
    substrate = net.substrates()["fc1"]
    assert substrate.bias[0] == pytest.approx(0.3 * math.sqrt(0.5))


def test_substrates_of_other_layers_or_another_method_are_refused():
    net = dense_network(40, 20, 15, 3)
    with pytest.raises(ConfigError, match="expected one for each of fc1, fc2, got \\['fc1'\\]"):
        net.sample(X, 2, substrates={"fc1": net.substrates()["fc1"]})
    with pytest.raises(ConfigError, match="method bd has no multiplicative noise"):
        dense_network(40, 20, 3, method="bd").substrates()
