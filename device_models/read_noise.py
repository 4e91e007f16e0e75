"""Fresh read noise (scope read): every vector read adds an independent normal to every cell.

Two alternative laws for its sd at the cell's programmed conductance G [S]:

- `relative_sd`: sd = relative_sd * G (proportional noise, the multiplicative noise of an NSM).
- `law`: sd = relative_sd_at_g_max * G * (G / g_max)^exponent; exponent -1 is additive noise, 0 proportional.

Published laws that lump slow 1/f noise since programming are not fresh per read and have no place here. `window_s` and
`interval_s` say at which read window and interval the number was measured.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from device_models.conductance import ConductanceRange
from device_models.schema import Finite, NonNegative, Positive, Schema
from device_models.scope import Scope

ALTERNATIVES: list[set[str]] = [{"relative_sd"}, {"law"}]


class PowerLaw(Schema):
    """sd(G)/G = relative_sd_at_g_max * (G / g_max)^exponent."""

    relative_sd_at_g_max: NonNegative
    exponent: Annotated[Finite, Field(ge=-1, le=1)]


class ReadNoise(Schema):
    """See the module's text. Without a law reads are noiseless."""

    relative_sd: Annotated[NonNegative, Field(le=10)] | None = None
    law: PowerLaw | None = None
    window_s: Positive | None = None
    interval_s: Positive | None = None

    @model_validator(mode="after")
    def _one_law(self) -> ReadNoise:
        if self.relative_sd is not None and self.law is not None:
            raise ValueError("give one law only: relative_sd | law")
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        return {"read noise": Scope.READ} if self.relative_sd or self.law else {}

    def sd_s(self, g_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """sd of one read [S] of cells at `g_s` [S]."""
        if self.relative_sd is not None:
            return self.relative_sd * g_s
        if self.law is not None:
            ratio = g_s / conductance.g_max_s
            return self.law.relative_sd_at_g_max * conductance.g_max_s * ratio ** (1 + self.law.exponent)
        return np.zeros_like(g_s)
