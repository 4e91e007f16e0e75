"""Configuration of the fine-tuning of a programmed chip."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from device_models.schema import Count, Positive, Schema, Seed


class TuningConfig(Schema):
    """Adam on the cross-entropy of one pass per image. held_out: share of the images, the last ones, whose NLL over
    `samples` passes chooses the epoch, the chip as it was calibrated among them."""

    epochs: Count = 5
    batch_size: Annotated[Count, Field(le=400)] = 100
    learning_rate: Annotated[Positive, Field(le=1e3)] = 1e-2
    held_out: Annotated[Positive, Field(lt=1)] = 0.2
    samples: Count = 20
    seed: Seed = 0
