"""Configuration of how many passes an image gets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from device_models.files.document import Document
from device_models.schema import Count, Finite, Schema, validate

MOST_SAMPLES = 10_000_000  # Monte Carlo passes of an image


class EarlyStoppingConfig(Schema):
    """Passes are made in blocks; from the second block on, an image whose decision is sure gets no more.

    See `crossbar_nsm.engine.sampling.early_stopping`.
    """

    confidence: Annotated[Finite, Field(ge=0.5, lt=1)] = 0.99
    """the chance, at least, that the decision of an image that stops is that of all samples"""
    block: Count = 10
    """samples of a block"""
    effective_share: Annotated[Finite, Field(gt=0, le=1)] = 1.0
    """effective number of samples per sample: below 1 where slow noise makes successive passes of the hardware alike"""


def early_stopping(**settings: float) -> EarlyStoppingConfig:
    """Settings given in Python; raises ConfigError with one line per mistake."""
    return validate(EarlyStoppingConfig, Document(settings))
