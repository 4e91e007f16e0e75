"""The files in the folder of a training run: what may be written where, and the JSON ones, which are read back when the
same command runs again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from crossbar_nsm.experiment.config.training import TrainConfig
from device_models.files.writing import check_folder, check_output, check_owned
from device_models.schema import Count, Fraction, NonNegative, Schema, Seed

RESULT, HISTORY = ("training result", 1), ("training history", 1)  # kinds of files, and versions of their form
STATE = "state.pt"
FILES = {
    STATE: "training state",
    "best.safetensors": "checkpoint",
    "last.safetensors": "checkpoint",
    "history.json": HISTORY[0],
    "result.json": RESULT[0],
}


class TestedNetwork(Schema):
    """What `crossbar_nsm.experiment.training.final_test.measure_on_test` gives, these and others."""

    model_config = ConfigDict(extra="allow")

    error: Fraction
    nll: NonNegative
    ece: Fraction
    error_low: Fraction
    error_high: Fraction


class Tested(Schema):
    """The networks of the best and the last epoch on test images; settings: which images, and how."""

    settings: dict[str, Any]
    best: TestedNetwork
    last: TestedNetwork


class RunRecord(Schema):
    """result.json of one run."""

    seed: Seed
    checkpoint: str
    epochs: Count
    best_epoch: Count
    validation_error: Fraction
    validation_error_last_epochs: dict[str, NonNegative]
    test: Tested | None


def run_folders(config: TrainConfig) -> dict[int, Path]:
    """The folder of each run, by seed."""
    seeds, folder = range(config.training.seed, config.training.seed + config.runs), Path(config.output)
    return {seed: folder if config.runs == 1 else folder / f"seed_{seed}" for seed in seeds}


def check_places(config: TrainConfig) -> None:
    """Raises FileError, before work is spent, when a file of the training cannot be written: another one or something
    else is in its way, or its folder cannot be. Leaves nothing."""
    folder = check_folder(config.output)
    if config.runs > 1:
        check_output(folder / "result.json", RESULT[0])
    for of_run in run_folders(config).values():
        check_folder(of_run)
        for name, kind in FILES.items():
            if name == STATE and (of_run / STATE).exists():
                check_owned(of_run / STATE)  # read before it is written: damaged ones are told there
            else:
                check_output(of_run / name, kind)
