"""beta w.z/||w|| + c of dense layers and convolutions: values and closed-form gradients against autograd."""

import pytest
import torch
from support.networks import conv, conv_architecture, dense
from torch.nn import functional

from crossbar_nsm.nsm.methods.normalised_argument import fire_normalised, normalised_argument
from crossbar_nsm.nsm.methods.product import product_of

SHAPES = [
    dense(3),
    conv(2, 3),
    conv(2, 3, beta="position"),
    conv(3, 3, padding=1),
    conv(3, 3, padding=1, beta="position"),
    conv(2, 3, padding=2, stride=2),
    conv(2, 2, padding=1, stride=3, beta="position"),
    conv(2, 5, stride=2),
]
IMAGE = (2, 5, 6)


def example(layer, seed=0):
    """A product, and z, weight, beta, c in double precision."""
    place = next(conv_architecture(layer, image=IMAGE).placements())
    product = product_of(place)
    generator = torch.Generator().manual_seed(seed)
    shape = (60,) if layer["type"] == "dense" else IMAGE
    sizes = ((3, *shape), product.weight_shape, product.parameter_shape, product.parameter_shape)
    numbers = [torch.randn(size, dtype=torch.float64, generator=generator).requires_grad_() for size in sizes]
    expected = {"channel": (layer["outputs"],), "position": place.outputs}[layer.get("beta", "channel")]
    assert product.parameter_shape == expected
    return product, layer, numbers


def naive(layer, z, weight, beta, c):
    if layer["type"] == "dense":
        return beta * (z @ weight.T) / weight.norm(dim=1) + c
    norm = weight.pow(2).sum(dim=(1, 2, 3)).sqrt().view(-1, 1, 1)
    w_z = functional.conv2d(z, weight, None, layer.get("stride", 1), layer.get("padding", 0))
    if layer.get("beta") != "position":
        beta, c = beta.view(-1, 1, 1), c.view(-1, 1, 1)
    return beta * w_z / norm + c


@pytest.mark.parametrize("layer", SHAPES, ids=str)
def test_value_and_gradients_are_those_of_the_formula(layer):
    product, layer, numbers = example(layer)
    own, expected = normalised_argument(*numbers, product), naive(layer, *numbers)
    assert torch.allclose(own, expected, atol=1e-12)
    upstream = torch.randn(own.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    for mine, theirs in zip(*(torch.autograd.grad(out, numbers, upstream) for out in (own, expected)), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-10)


@pytest.mark.parametrize("layer", SHAPES, ids=str)
def test_gradients_agree_with_finite_differences(layer):
    product, _, numbers = example(layer)
    assert torch.autograd.gradcheck(lambda *given: normalised_argument(*given, product), numbers, fast_mode=True)


@pytest.mark.parametrize("layer", SHAPES, ids=str)
def test_firing_passes_the_gradient_of_erf(layer):
    """Signs of argument + fluctuation forward; the derivative of erf(argument) backward."""
    product, layer, numbers = example(layer)
    expected = naive(layer, *numbers)
    fluctuation = torch.randn(expected.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    signs = torch.where(expected + fluctuation >= 0, 1.0, -1.0)
    fired = fire_normalised(*numbers, fluctuation.clone(), product)
    assert torch.equal(fired.double(), signs.double())
    upstream = torch.randn(expected.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    mine = torch.autograd.grad(fired, numbers, upstream.to(fired.dtype))
    for own, other in zip(mine, torch.autograd.grad(torch.erf(expected), numbers, upstream), strict=True):
        assert torch.allclose(own, other, atol=1e-6)


def test_a_row_of_zeros_has_finite_gradients():
    product, _, numbers = example(conv(2, 3, padding=1))
    with torch.no_grad():
        numbers[1][0] = 0
    normalised_argument(*numbers, product).sum().backward()
    assert all(bool(torch.isfinite(number.grad).all()) for number in numbers)
