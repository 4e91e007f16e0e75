"""Laws of the multiplicative noise xi, and the exchange between (beta, c) and (a, b).

A threshold unit u = sum_j (xi_j + a) w_j z_j + b with z_j = +-1 fires with

    P(z = +1) = 1/2 [1 + erf(beta w.z/||w|| + c)],   beta = (m + a) / sqrt(2 v),   c = b / (||w|| sqrt(2 v)),

m and v the mean and variance of xi (Detorakis et al., NeurIPS 2019, eq. 3 to 5). beta and c belong to the trained
network; a and b belong to the substrate whose noise has mean m and variance v.

Equations: docs/physics.md#erf-law.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import Field

from device_models.schema import Finite, Positive, Schema

SMALLEST_SHARE = 1e-3  # a patch of which less is active counts as this noisy: no division by zero for grey patches
Array = TypeVar("Array", float, np.ndarray)


class _NoiseLaw(Schema):
    @property
    def mean(self) -> float:
        """m = E[xi]."""
        raise NotImplementedError

    @property
    def variance(self) -> float:
        """v = Var[xi]."""
        raise NotImplementedError

    def scaling(self, beta: Array) -> Array:
        """a = beta sqrt(2 v) - m."""
        return beta * math.sqrt(2 * self.variance) - self.mean

    def beta(self, scaling: Array) -> Array:
        """beta = (m + a) / sqrt(2 v)."""
        return (scaling + self.mean) / math.sqrt(2 * self.variance)

    def bias(self, c: Array, norm: Array) -> Array:
        """b = c ||w|| sqrt(2 v)."""
        return c * norm * math.sqrt(2 * self.variance)


class GaussianNoise(_NoiseLaw):
    """xi ~ N(1, sigma^2)."""

    law: Literal["gaussian"] = "gaussian"
    """the law: normal around 1"""
    sigma: Annotated[Positive, Field(le=1e6)] = 1.0
    """sd of xi"""

    @property
    def mean(self) -> float:
        return 1.0

    @property
    def variance(self) -> float:
        return self.sigma**2


class BernoulliNoise(_NoiseLaw):
    """Blank-out: xi = 1 with the KEEP probability p, else 0 (the opposite of torch's dropout p; no rescaling)."""

    law: Literal["bernoulli"] = "bernoulli"
    """the law: 1 or 0"""
    keep_probability: Annotated[Finite, Field(gt=0, lt=1)] = 0.5
    """probability that xi is 1"""

    @property
    def mean(self) -> float:
        return self.keep_probability

    @property
    def variance(self) -> float:
        return self.keep_probability * (1 - self.keep_probability)


NoiseLaw = Annotated[GaussianNoise | BernoulliNoise, Field(discriminator="law")]
