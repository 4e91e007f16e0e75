"""What training runs give."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crossbar_nsm.nsm.training.state import EpochReport
from device_models.files.frames import frame
from device_models.shown import shown

if TYPE_CHECKING:
    import polars

LAST_EPOCHS = 50  # the paper averages its errors over the last 50 epochs (Table 1)


@shown
@dataclass(frozen=True)
class Run:
    """One finished run. errors are fractions; test: see `measure_on_test` (None without test images)."""

    seed: int
    folder: Path
    reports: list[EpochReport]
    test: dict[str, Any] | None

    @property
    def checkpoint(self) -> Path:
        """The network of the epoch with the lowest validation error."""
        return self.folder / "best.safetensors"

    @property
    def best(self) -> EpochReport:
        return min(self.reports, key=lambda report: report.validation_error)

    def as_dict(self) -> dict[str, Any]:
        """What `result.json` holds; nothing of it depends on how long the run took or whether it was interrupted."""
        last = [report.validation_error for report in self.reports[-LAST_EPOCHS:]]
        return {
            "seed": self.seed,
            "checkpoint": str(self.checkpoint),
            "epochs": len(self.reports),
            "best_epoch": self.best.epoch,
            "validation_error": self.best.validation_error,
            "validation_error_last_epochs": {"epochs": len(last), "mean": float(np.mean(last))},
            "test": self.test,
        }


@shown
@dataclass(frozen=True)
class TrainingResult:
    """All runs of one configuration."""

    runs: list[Run]

    @property
    def checkpoint(self) -> Path:
        """The checkpoint of the run with the lowest validation error."""
        return min(self.runs, key=lambda run: run.best.validation_error).checkpoint

    def as_dict(self) -> dict[str, Any]:
        """What `train --json` prints beside the configuration; spreads are standard deviations over runs."""
        errors = {"validation_error": [run.best.validation_error for run in self.runs]}
        if all(run.test is not None for run in self.runs):
            errors |= {f"test_error_{which}": [run.test[which]["error"] for run in self.runs if run.test]
                       for which in ("best", "last")}  # fmt: skip
        return {
            "rows": [run.as_dict() for run in self.runs],
            "checkpoint": str(self.checkpoint),
            "over_runs": {name: _mean_and_sd(values) for name, values in errors.items()},
        }

    def table(self) -> polars.DataFrame:
        """One row per run; errors on test images are columns `test.best.error` and so on."""
        return frame(run.as_dict() for run in self.runs)


def _mean_and_sd(values: list[float]) -> dict[str, float | None]:
    """Mean and, from two values on, sample standard deviation."""
    return {"mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None}
