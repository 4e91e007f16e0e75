"""w.z of dense and of convolutional layers: shapes, values and gradients, so that methods need not know which it is."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from crossbar_nsm.nsm.architecture import ConvSpec, DenseSpec, Placement


class DenseProduct:
    """z (batch, inputs) and weight (outputs, inputs) to (batch, outputs)."""

    def __init__(self, spec: DenseSpec):
        self.weight_shape: tuple[int, ...] = (spec.outputs, spec.inputs)
        self.parameter_shape: tuple[int, ...] = (spec.outputs,)  # of beta and c

    def __call__(self, z: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        return functional.linear(z, weight, bias)

    def scaled(self, z: Tensor, weight: Tensor, factor: Tensor) -> Tensor:
        """The product times `factor` (outputs): there are fewer units in a batch than weights."""
        return functional.linear(z, weight).mul_(factor)

    def gradients(self, upstream: Tensor, z: Tensor, weight: Tensor, of_z: bool) -> tuple[Tensor | None, Tensor]:
        """Gradients with respect to z (None unless `of_z`) and weight."""
        return upstream @ weight if of_z else None, upstream.T @ z


class ConvProduct:
    """z (batch, inputs, height, width) and weight (outputs, inputs, kernel, kernel) to (batch, outputs, height, width),
    in channels-last layout."""

    def __init__(self, spec: ConvSpec, outputs: tuple[int, ...]):
        self.weight_shape: tuple[int, ...] = (spec.outputs, spec.inputs, spec.kernel, spec.kernel)
        self.parameter_shape: tuple[int, ...] = outputs if spec.beta == "position" else (spec.outputs,)
        self.stride, self.padding = (spec.stride, spec.stride), (spec.padding, spec.padding)

    def __call__(self, z: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        return functional.conv2d(channels_last(z), channels_last(weight), bias, self.stride, self.padding)

    def scaled(self, z: Tensor, weight: Tensor, factor: Tensor) -> Tensor:
        """The product times `factor` (outputs): there are far fewer weights than units in a batch."""
        return self(z, weight * per_output(factor, weight))

    def gradients(self, upstream: Tensor, z: Tensor, weight: Tensor, of_z: bool) -> tuple[Tensor | None, Tensor]:
        """Gradients with respect to z (None unless `of_z`) and weight."""
        given, of_weight, _ = torch.ops.aten.convolution_backward(
            channels_last(upstream), channels_last(z), channels_last(weight), None,
            self.stride, self.padding, (1, 1), False, (0, 0), 1, (of_z, True, False),
        )  # fmt: skip
        return given, of_weight


def channels_last(x: Tensor) -> Tensor:
    """x (n, channels, height, width) laid out as (n, height, width, channels).

    torch takes tensors of one channel for contiguous in both layouts; a first layer then gives and gets the other one,
    in five times the time. Strides that say so prevent it.
    """
    x = x.contiguous(memory_format=torch.channels_last)
    _, channels, height, width = x.shape
    return x.as_strided(x.shape, (channels * height * width, 1, width * channels, channels))


Product = DenseProduct | ConvProduct


def product_of(place: Placement) -> Product:
    """The product of a dense layer or convolution."""
    if isinstance(place.spec, ConvSpec):
        return ConvProduct(place.spec, place.outputs)
    assert isinstance(place.spec, DenseSpec)
    return DenseProduct(place.spec)


def fan_in(weight_shape: tuple[int, ...]) -> int:
    """Synapses of one unit."""
    return math.prod(weight_shape[1:])


def over_units(parameter: Tensor, units: Tensor) -> Tensor:
    """A parameter (channels) or (channels, height, width) in the shape that fits `units` (batch, channels, ...)."""
    return parameter.view(-1, *(1 for _ in range(units.ndim - 2))) if parameter.ndim == 1 else parameter


def per_output(vector: Tensor, like: Tensor) -> Tensor:
    """A vector (outputs) in the shape that fits a tensor `like` (outputs, ...)."""
    return vector.view(-1, *(1 for _ in range(like.ndim - 1)))


def sum_over(units: Tensor, parameter: Tensor) -> Tensor:
    """Sum of `units` (batch, channels, ...) over the batch and over what shares one entry of `parameter`."""
    return units.sum(dim=0) if parameter.ndim == units.ndim - 1 else units.sum(dim=(0, 2, 3))


def row_norm(weight: Tensor) -> Tensor:
    """||w|| of every output, shape (outputs)."""
    return torch.linalg.vector_norm(weight.flatten(1), dim=1)
