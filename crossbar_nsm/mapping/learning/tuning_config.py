"""Configuration of the fine-tuning of a programmed chip."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from device_models.schema import Count, Positive, Schema, Seed


class TuningConfig(Schema):
    """Adam on the cross-entropy of one pass per image."""

    epochs: Count = 5
    """passes through the images that are trained on"""
    batch_size: Annotated[Count, Field(le=400)] = 100
    """images of one update"""
    learning_rate: Annotated[Positive, Field(le=1e3)] = 1e-2
    """step of Adam at the start"""
    held_out: Annotated[Positive, Field(lt=1)] = 0.2
    """share of the images, the last ones, whose NLL chooses the epoch, the chip as it was calibrated among them"""
    samples: Count = 20
    """Monte Carlo passes per held-out image"""
    seed: Seed = 0
    """of the order of the images"""
