"""The JSON files in the folder of a training run, read back when the same command runs again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from device_models.files import check_output
from device_models.schema import Count, Fraction, NonNegative, Schema, Seed

RESULT, HISTORY = ("training result", 1), ("training history", 1)  # kinds of files, and versions of their form
FILES = {
    "best.safetensors": "checkpoint",
    "last.safetensors": "checkpoint",
    "history.json": HISTORY[0],
    "result.json": RESULT[0],
}


class Measured(Schema):
    """What `crossbar_nsm.experiment.train.measure_on_test` gives, these and others."""

    model_config = ConfigDict(extra="allow")

    error: Fraction
    nll: NonNegative
    ece: Fraction
    error_low: Fraction
    error_high: Fraction


class Tested(Schema):
    """The networks of the best and the last epoch on test images; settings: which images, and how."""

    settings: dict[str, Any]
    best: Measured
    last: Measured


class RunRecord(Schema):
    """result.json of one run."""

    seed: Seed
    checkpoint: str
    epochs: Count
    best_epoch: Count
    validation_error: Fraction
    validation_error_last_epochs: dict[str, NonNegative]
    test: Tested | None


def check_place(folder: Path) -> None:
    """Raises FileError when the files of a new run would take the place of others."""
    for name, kind in FILES.items():
        check_output(folder / name, kind)
