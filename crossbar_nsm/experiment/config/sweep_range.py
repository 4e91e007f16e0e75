"""Ranges of swept values."""

from __future__ import annotations

from decimal import Context, Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from device_models.schema import Count, Finite, Schema

MOST_POINTS = 10_000
DIGITS = 6  # of the values between the ends of a range


class Range(Schema):
    """`points` values from low to high, both included, even in the logarithm or on the line; those between are rounded
    to 6 significant digits; whole numbers are integers."""

    low: Finite
    """first value"""
    high: Finite
    """last value"""
    points: Annotated[Count, Field(ge=2, le=MOST_POINTS)]
    """how many values, both ends included"""
    spacing: Literal["log", "linear"] = "log"
    """even in the logarithm (`log`, low above 0) or on the line (`linear`)"""

    @model_validator(mode="after")
    def _rises(self) -> Range:
        if self.low >= self.high:
            raise ValueError(f"low={self.low:g} must be below high={self.high:g}")
        if self.spacing == "log" and self.low <= 0:
            raise ValueError(f"low={self.low:g} has no logarithm; give a low above 0, or spacing: linear")
        if any(first >= second for first, second in pairwise(self.values())):
            raise ValueError(f"points={self.points} lie closer than {DIGITS} digits can tell apart; give fewer")
        return self

    def values(self) -> list[Any]:
        """low, ..., high. Decimal arithmetic gives the same bits on every machine, logarithms included."""
        low, high, spaces = Decimal(repr(self.low)), Decimal(repr(self.high)), self.points - 1
        exact, short = Context(prec=28), Context(prec=DIGITS)

        def between(index: int) -> float:
            share = exact.divide(index, spaces)
            if self.spacing == "log":
                return float(short.multiply(low, exact.power(exact.divide(high, low), share)))
            return float(short.add(low, exact.multiply(share, exact.subtract(high, low))))

        values = [self.low, *map(between, range(1, spaces)), self.high]
        return [int(value) if value.is_integer() else value for value in values]
