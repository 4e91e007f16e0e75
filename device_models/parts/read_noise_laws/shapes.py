"""How fresh read noise is distributed around the cell's conductance: normal, Laplace, or by a table of quantiles.

A shape is a random number X of mean 0 and variance 1; a read adds sd X. That of a table is given by its quantile
function, which is cut into straight pieces (see `straight_pieces`). They are the law: whoever draws X, from a
generator's words or from a normal, follows the very same one, and its moments are exact.

Equations: docs/physics.md#shapes-of-read-noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
import scipy  # scipy.special is loaded where it is first used: it takes 0.2 s
from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from device_models.cells import CellArrays
from device_models.errors import quoted
from device_models.parts.read_noise_laws.straight_pieces import WORDS, StraightPieces, straight_pieces
from device_models.parts.tables.interpolation import between, check_rising, check_same_length
from device_models.schema import Finite, Schema
from device_models.shown import shown

MOST_POINTS = 4096
FARTHEST_OFF = 0.02  # sd: root mean square distance of straight pieces from the points
LARGEST_SCORE = 8.0


@shown
@dataclass(frozen=True, eq=False)
class NoiseShape:
    """name: as in `read_noise.shape`. skewness, excess_kurtosis: third and fourth cumulants of X."""

    name: str
    skewness: float
    excess_kurtosis: float

    def of_normals(self, normals: np.ndarray) -> np.ndarray:
        """X that stand in their law where these standard normals stand in theirs; any shape, float32 or float64."""
        raise NotImplementedError


class Laplace(NoiseShape):
    """Density exp(-sqrt2 |x|) / sqrt2."""

    def __init__(self) -> None:
        super().__init__("laplace", skewness=0.0, excess_kurtosis=3.0)

    def of_normals(self, normals: np.ndarray) -> np.ndarray:
        beyond = -(scipy.special.log_ndtr(-np.abs(normals)) + np.log(2)) / np.sqrt(2)
        result: np.ndarray = np.copysign(beyond, normals).astype(normals.dtype)
        return result


LAPLACE = Laplace()


class QuantileTable(NoiseShape):
    """X by straight pieces of its quantile function: `words` (pieces + 1) from 0 to 2^32, `values` (pieces + 1) there,
    `columns` (columns, 2); see `straight_pieces`."""

    words: np.ndarray
    values: np.ndarray
    columns: np.ndarray

    def __init__(self, pieces: StraightPieces):
        values, (skewness, excess_kurtosis) = _standardised(pieces.words, pieces.values)
        super().__init__("quantiles", skewness, excess_kurtosis)
        for name, array in (("words", pieces.words), ("values", values), ("columns", pieces.columns)):
            object.__setattr__(self, name, array)

    def of_normals(self, normals: np.ndarray) -> np.ndarray:
        words = scipy.special.ndtr(normals.astype(np.float64)) * WORDS
        result: np.ndarray = np.interp(words, self.words, self.values).astype(normals.dtype)
        return result


@lru_cache(maxsize=16)
def quantile_table(normal_score: tuple[float, ...], value: tuple[float, ...]) -> QuantileTable:
    """Near a curve that is linear in the normal score between the points, and beyond them goes on with the slope of the
    nearest piece. Raises ValueError for one that straight pieces do not come near."""
    table = np.array(value) / np.abs(value).max()

    def curve(z: np.ndarray) -> np.ndarray:
        below, share = between(z, list(normal_score))
        result: np.ndarray = table[below] + share * (table[below + 1] - table[below])
        return result

    pieces = straight_pieces(curve, np.array(normal_score))
    if pieces.distance > FARTHEST_OFF:
        raise ValueError(
            f"{len(pieces.words) - 1} straight pieces miss the {len(value)} points by {pieces.distance:.2g} sd (root "
            f"mean square; {FARTHEST_OFF:g} is allowed); give fewer points, or smoother ones"
        )
    return QuantileTable(pieces)


def _standardised(words: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Values with mean 0 and variance 1, and the skewness and excess kurtosis; each piece of q is uniform."""
    weights = np.diff(words) / WORDS
    values = values - (weights * (values[:-1] + values[1:]) / 2).sum()
    a, b = values[:-1], values[1:]
    sd = np.sqrt((weights * (a * a + a * b + b * b) / 3).sum())
    a, b = a / sd, b / sd
    third = (weights * (a + b) * (a * a + b * b) / 4).sum()
    fourth = (weights * (a**4 + a**3 * b + a * a * b * b + a * b**3 + b**4) / 5).sum()
    return values / sd, (float(third), float(fourth - 3))


@shown
@dataclass(frozen=True)
class ShapedNoise(CellArrays):
    """Fresh noise that is not normal: its shape, the same for all cells, and its sd [S]."""

    shape: NoiseShape
    sd_s: np.ndarray

    def cumulants(self) -> tuple[np.ndarray, np.ndarray]:
        """Third [S^3] and fourth [S^4] of every cell, float64."""
        sd_s = self.sd_s.astype(np.float64)
        return self.shape.skewness * sd_s**3, self.shape.excess_kurtosis * sd_s**4


class Quantiles(Schema):
    """Points of the quantile function of read noise."""

    probability: Annotated[list[Finite], Field(min_length=2, max_length=MOST_POINTS)] | None = None
    """probability that the noise is below each value, rising, between 0 and 1"""
    normal_score: Annotated[list[Finite], Field(min_length=2, max_length=MOST_POINTS)] | None = None
    """in place of probability: z for the probability Phi(z), rising"""
    value: Annotated[list[Finite], Field(min_length=2, max_length=MOST_POINTS)]
    """noise at each of them, in any unit, not falling: mean and sd are taken out, the sd is that of the law"""

    @model_validator(mode="after")
    def _is_a_table(self) -> Quantiles:
        given = [name for name in ("probability", "normal_score") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give one of probability | normal_score beside value")
        axis = getattr(self, given[0])
        check_same_length(**{given[0]: axis, "value": self.value})
        check_rising(given[0], axis)
        _check_inside(given[0], axis)
        for before, after in zip(self.value, self.value[1:], strict=False):
            if after < before:
                raise ValueError(f"value: falls from {before:g} to {after:g}; quantiles must not fall")
        if self.value[0] == self.value[-1]:
            raise ValueError(f"value: {self.value[0]:g} everywhere; noise must spread")
        return self

    @property
    def scores(self) -> np.ndarray:
        if self.normal_score is not None:
            return np.array(self.normal_score)
        result: np.ndarray = scipy.special.ndtri(np.array(self.probability))
        return result


def _check_inside(name: str, axis: Sequence[float]) -> None:
    low, high = (0.0, 1.0) if name == "probability" else (-LARGEST_SCORE, LARGEST_SCORE)
    wrong = axis[0] if not axis[0] > low else axis[-1]
    if not low < wrong < high:
        hint = "; leave the ends out, the table goes on beyond its points" if wrong in (low, high) else ""
        raise ValueError(f"{name}: {wrong:g} is not between {low:g} and {high:g}{hint}")


class QuantileShape(Schema):
    """A shape of read noise by its quantiles."""

    quantiles: Quantiles
    """points between which the noise is linear in the normal score; beyond them it goes on as in the piece before.
    Straight pieces stand for it, off by 0.005 sd (root mean square) where 128 of them do, and by 0.02 at most"""

    @model_validator(mode="after")
    def _is_near(self) -> QuantileShape:
        _ = self.table
        return self

    @property
    def table(self) -> QuantileTable:
        """The law."""
        return quantile_table(tuple(self.quantiles.scores.tolist()), tuple(self.quantiles.value))


def _known(value: Any) -> Any:
    if isinstance(value, (dict, QuantileShape)) or value in ("normal", "laplace"):
        return value
    raise ValueError(f"expected normal, laplace or {{quantiles: {{...}}}}, got {quoted(value)}")


def _kind(value: Any) -> str:
    return "name" if isinstance(value, str) else "table"


ShapeKey = Annotated[
    Annotated[Literal["normal", "laplace"], Tag("name")] | Annotated[QuantileShape, Tag("table")],
    Discriminator(_kind),
    BeforeValidator(_known),
]


def shape_of(key: str | QuantileShape) -> NoiseShape | None:
    """What `read_noise.shape` says; None for normal."""
    if isinstance(key, QuantileShape):
        return key.table
    return LAPLACE if key == "laplace" else None
