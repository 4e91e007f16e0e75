"""Stochastic selector in series with a differential pair: blank-out noise, xi ~ Bernoulli (scope read).

Memoryless: on every vector read the pair conducts with `keep_probability`, independently of the past; one selector
gates both cells of a pair, so xi multiplies G+ - G-.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from device_models.schema import Finite, Schema
from device_models.scope import Scope


class Selector(Schema):
    keep_probability: Annotated[Finite, Field(gt=0, le=1)] = 1.0

    @property
    def scopes(self) -> dict[str, Scope]:
        return {"selector": Scope.READ} if self.keep_probability < 1 else {}
