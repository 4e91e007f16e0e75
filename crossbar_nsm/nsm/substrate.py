"""A network in the parameters of its substrate: u = sum_j (xi_j + a) w_j z_j + b (eq. 5), instead of (w, beta, c).

For a noise law with mean m and variance v: a = beta sqrt(2 v) - m and b = c ||w|| sqrt(2 v). Scaling w and b together
changes nothing; scaling w alone multiplies c by the inverse factor.

Equations: docs/physics.md#network-and-substrate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.noise import NoiseLaw
from device_models.checks.arguments import instance_of
from device_models.errors import ConfigError, quoted
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Substrate:
    """One layer: weight (outputs, inputs) or (outputs, inputs, kernel, kernel), scaling a and bias b in the shape of
    the layer's beta, float64, and the law of xi."""

    weight: np.ndarray
    scaling: np.ndarray
    bias: np.ndarray
    law: NoiseLaw

    @classmethod
    def of_layer(cls, layer: NSMLayer) -> Substrate:
        """The substrate parameters that give `layer` its trained firing probabilities."""
        weight, beta, c = (
            parameter.detach().numpy().astype(np.float64) for parameter in (layer.weight, layer.beta, layer.c)
        )
        return cls(weight, layer.noise.scaling(beta), layer.noise.bias(c, _rows(row_norms(weight), c)), layer.noise)

    def with_weights(self, weight: np.ndarray) -> Substrate:
        """The same a and b with other weights."""
        return replace(self, weight=weight)

    def scaled(self, factor: np.ndarray | float, scale_bias: bool) -> Substrate:
        """Weight rows times `factor` (one number or one per output); b too if `scale_bias`, else left alone."""
        rows = np.broadcast_to(np.asarray(factor, np.float64), len(self.weight))
        bias = self.bias * _rows(rows, self.bias) if scale_bias else self.bias
        return replace(self, weight=self.weight * _rows(rows, self.weight), bias=bias)


Substrates = Mapping[str, Substrate]


def in_place_of(own: Substrates, substrates: Substrates) -> Substrates:
    """`substrates`, checked: raises ConfigError unless there is one for each layer of `own`, without NaN."""
    if substrates.keys() != own.keys():
        raise ConfigError(f"substrates: expected one for each of {', '.join([*own][:12])}, got {quoted([*substrates])}")
    of_a_layer = instance_of(Substrate, of="a Substrate (w, a, b)")
    given = {name: of_a_layer(name, substrates[name]) for name in own}
    for name, substrate in given.items():
        for part in ("weight", "scaling", "bias"):
            if np.isnan(getattr(substrate, part)).any():
                raise ConfigError(f"substrates: the {part} of {name} holds NaN; nothing can be computed with it")
    return given


def row_norms(weight: np.ndarray) -> np.ndarray:
    """||w|| of every row; a row of zeros counts as norm 1, so that its unit keeps the noise and the trained c."""
    norm: np.ndarray = np.linalg.norm(weight.reshape(len(weight), -1), axis=1)
    return np.where(norm > 0, norm, 1.0)


def _rows(values: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Values (outputs) in the shape that fits an array (outputs, ...)."""
    return values.reshape(-1, *(1 for _ in range(like.ndim - 1)))
