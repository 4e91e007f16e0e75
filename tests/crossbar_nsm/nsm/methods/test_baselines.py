"""The networks that an NSM is compared with: what their units compute, and what gradient they pass back."""

import math

import numpy as np
import pytest
import torch
from support.laws import check_mean, check_normal_variance, check_rate, rejects
from support.networks import conv, conv_network, dense, dense_network, images, pool, states

from crossbar_nsm.nsm.draws import GeneratorDraws

Z = torch.from_numpy(states(50, 12))
METHODS = ["nsm_ste", "bd", "wbd", "sn", "bn", "stnn", "relu", "sigmoid", "tanh"]


def first_layer(method, **settings):
    layer = next(dense_network(12, 5, 2, method={"name": method, **settings}).hidden_layers())
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name in ("bias", "c"):
                parameter.copy_(torch.linspace(-0.3, 0.3, 5))
    return layer


def run(layer, z=Z, seed=1):
    return layer(z, "synapse", GeneratorDraws(torch.Generator().manual_seed(seed)))


def gradient_of_weight(layer, z=Z):
    run(layer, z).sum().backward()
    return layer.weight.grad


def test_he_start_keeps_the_size_of_what_passes_through_relu_layers():
    """Mean square of the states behind ten layers: half of that of the arguments, which is 2 x that of the inputs."""
    size = {}
    for start in ("uniform", "he"):
        net = conv_network(*[conv(64, 3, padding=1) for _ in range(10)], image=(64, 8, 8),
                           method={"name": "relu", "initialisation": start}, encoding="real")  # fmt: skip
        z = torch.from_numpy(images(2, 64 * 64)).view(2, 64, 8, 8)
        with torch.no_grad():
            for layer in net.hidden_layers():
                layer.bias.zero_()
                bound = math.sqrt((6 if start == "he" else 1) / (64 * 9))
                assert 0.99 * bound < float(layer.weight.abs().max()) <= bound
                z = run(layer, z)
        size[start] = float((z**2).mean() / 0.33)
    assert 0.1 < size["he"] < 3  # padding takes some
    assert size["uniform"] < 1e-6  # a sixth in every layer


@pytest.mark.parametrize("method", ["bd", "bn"])
def test_binary_units_are_signs_of_w_z_plus_b(method):
    layer = first_layer(method)
    expected = torch.where(Z @ layer.weight.T + layer.bias >= 0, 1.0, -1.0)
    assert torch.equal(run(layer), expected)


def test_bd_passes_the_gradient_straight_through_its_window():
    layer = first_layer("bd", window=0.5)
    u = (Z @ layer.weight.T + layer.bias).detach()
    assert torch.allclose(gradient_of_weight(layer), (u.abs() <= 0.5).float().T @ Z, atol=1e-5)


def test_bn_has_the_derivative_of_erf():
    layer = first_layer("bn")
    u = (Z @ layer.weight.T + layer.bias).detach()
    slope = 2 / math.sqrt(math.pi) * torch.exp(-(u**2))
    assert torch.allclose(gradient_of_weight(layer), slope.T @ Z, atol=1e-4)


def test_wbd_does_not_know_the_scale_of_its_weights():
    layer = first_layer("wbd", window=None)
    before = run(layer)
    with torch.no_grad():
        layer.weight *= 7
    assert torch.equal(run(layer), before)
    assert torch.equal(before, torch.where(layer.argument(Z) >= 0, 1.0, -1.0))
    gradient = gradient_of_weight(layer)  # at a right angle to the weights: only their direction matters
    assert torch.allclose((gradient * layer.weight).sum(dim=1), torch.zeros(5), atol=1e-4)


def test_nsm_ste_has_noise_in_front_of_the_threshold():
    """Fires as an NSM does; the window counts the noisy argument, so the mean gradient is P(|argument + n| <= 1)."""
    layer = first_layer("nsm_ste")
    z = Z[:1].repeat(20_000, 1)
    argument = layer.argument(Z[:1]).detach().double()[0]
    fired = (run(layer, z) > 0).sum(dim=0)
    for unit in range(5):
        check_rate(int(fired[unit]), len(z), 0.5 * (1 + math.erf(argument[unit])))
    gradient_of_c = run(layer, z).sum(dim=0)
    (share,) = torch.autograd.grad(gradient_of_c.sum(), layer.c)
    inside = 0.5 * (torch.erf(1 - argument) - torch.erf(-1 - argument))
    for unit in range(5):
        check_rate(round(float(share[unit])), len(z), float(inside[unit]))
    rejects(check_rate, round(float(share[0])), len(z), float(inside[0]) - 0.05)


def test_sn_is_a_noisy_rectifier_whose_gradient_ignores_the_rectifier():
    layer = first_layer("sn", noise_sd=0.4)
    z = Z[:1].repeat(20_000, 1)
    a = (Z[:1] @ layer.weight.T + layer.bias).detach().double()[0].numpy()
    states_ = run(layer, z).detach().double().numpy()
    assert states_.min() == 0
    for unit in range(5):  # mean of max(0, N(a, s^2)) = a Phi(a/s) + s phi(a/s)
        x = a[unit] / 0.4
        density = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        check_mean(states_[:, unit], a[unit] * 0.5 * (1 + math.erf(x / math.sqrt(2))) + 0.4 * density)
    rejects(check_mean, states_[:, 0], max(a[0], 0.0))
    assert torch.allclose(gradient_of_weight(layer, Z), torch.ones(5, 50) @ Z, atol=1e-4)


def test_stnn_is_a_sigmoid_unit_without_bias():
    layer = first_layer("stnn")
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    z = Z[:1].repeat(20_000, 1)
    p = torch.sigmoid(Z[:1] @ layer.weight.T).detach()[0]
    fired = (run(layer, z) == 1).sum(dim=0)
    for unit in range(5):
        check_rate(int(fired[unit]), len(z), float(p[unit]))
    slope = torch.sigmoid(Z @ layer.weight.T).detach()
    assert torch.allclose(gradient_of_weight(layer), (2 * slope * (1 - slope)).T @ Z, atol=1e-4)


@pytest.mark.parametrize("method", ["relu", "sigmoid", "tanh"])
def test_deterministic_units(method):
    layer = first_layer(method)
    expected = getattr(torch, method)(Z @ layer.weight.T + layer.bias)
    assert torch.allclose(run(layer), expected)
    (own,) = torch.autograd.grad(run(layer).sum(), layer.weight)
    (other,) = torch.autograd.grad(expected.sum(), layer.weight)
    assert torch.allclose(own, other, atol=1e-5)


def test_dropout_acts_in_training_alone_and_keeps_the_mean():
    layer = first_layer("tanh", dropout=0.3, input_dropout=0.2)
    z = Z[:1].repeat(20_000, 1)
    dropped = run(layer, z).detach()
    check_rate(int((dropped == 0).sum()), dropped.numel(), 0.3)
    layer.eval()
    assert torch.allclose(run(layer), torch.tanh(layer.argument(Z)))
    plain = first_layer("tanh", dropout=0.3)
    kept = run(plain, z).detach().double().numpy()
    for unit in range(5):
        check_mean(kept[:, unit], float(torch.tanh(plain.argument(z[:1]))[0, unit].detach()))


def test_input_dropout_is_the_first_layers():
    net = dense_network(30, 20, 10, 2, method={"name": "relu", "input_dropout": 0.4, "dropout": 0.1})
    assert [layer.input_dropout for layer in net.hidden_layers()] == [0.4, 0.0]
    assert [layer.dropout for layer in net.hidden_layers()] == [0.1, 0.1]


def test_batch_normalisation_comes_before_the_activation():
    layer = first_layer("sigmoid", batch_norm=True)
    argument = layer.argument(Z)
    assert torch.allclose(argument.mean(dim=0), torch.zeros(5), atol=1e-5)
    assert torch.allclose(argument.var(dim=0, unbiased=False), torch.ones(5), atol=1e-2)
    assert torch.allclose(run(layer), torch.sigmoid(argument))


@pytest.mark.parametrize("method", METHODS)
def test_samples_do_not_depend_on_the_batch(method):
    """A deterministic network gives the same passes, a stochastic one others; image k has its own draws."""
    net = dense_network(12, 200, 8, 3, method=method)
    x = (Z.numpy() + 1) / 2
    whole = net.sample(x, samples=7, seed=3)
    assert whole.shape == (7, 50, 3)
    assert torch.equal(whole[:, :9], net.sample(x[:9], samples=7, seed=3))
    assert torch.allclose(net.predict(x, samples=7, seed=3), whole.mean(dim=0), atol=1e-6)
    noisy = method in ("nsm_ste", "sn", "stnn")
    assert torch.equal(whole[0], whole[1]) != noisy
    assert torch.equal(whole, net.sample(x, samples=7, seed=4)) != noisy


def test_evaluation_fires_with_the_law_of_the_unit():
    """StNN through predict: one hidden unit's rate decides the class probabilities."""
    net = dense_network(12, 1, 2, method="stnn")
    with torch.no_grad():
        net.output_layer.weight.copy_(torch.tensor([[1.0], [-1.0]]))
        net.output_layer.bias.zero_()
    x = (Z[:1].numpy() + 1) / 2
    low, high = 1 / (1 + math.e**2), 1 / (1 + math.e**-2)
    rate = (float(net.predict(x, samples=20_000)[0, 0]) - low) / (high - low)
    layer = next(net.hidden_layers())
    p = float(torch.sigmoid(Z[:1] @ layer.weight.T).detach())
    check_rate(round(rate * 20_000), 20_000, p)


def test_sn_evaluation_draws_normal_noise():
    net = dense_network(12, 1, 2, method={"name": "sn", "noise_sd": 0.5})
    layer = next(net.hidden_layers())
    with torch.no_grad():
        layer.bias.fill_(10.0)  # far from the rectifier
        net.output_layer.weight.copy_(torch.tensor([[0.1], [0.0]]))
        net.output_layer.bias.zero_()
    probability = net.sample((Z[:1].numpy() + 1) / 2, samples=20_000)[:, 0].double().numpy()
    h = np.log(probability[:, 0] / probability[:, 1]) / 0.1
    check_normal_variance(h, 0.25)


def test_input_dropout_is_that_of_the_first_weights_also_behind_a_pool():
    method = {"name": "relu", "input_dropout": 0.4, "dropout": 0.1}
    net = conv_network(pool("max", 2), conv(2, 2), dense(3), method=method)
    assert [layer.input_dropout for layer in net.hidden_layers()] == [0.4, 0.0]
