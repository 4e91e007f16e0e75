"""An error budget as a JSON file, so that a report need not take the same hardware apart again."""

from __future__ import annotations

from pathlib import Path

from pydantic import field_validator

from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.budget.rows import BudgetRow, Change, Measure
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from device_models.errors import RecordError
from device_models.files.records import read_record, write_record
from device_models.schema import Count, NonNegative, Schema

KIND, FORM = "budget", 1


class BudgetRecord(Schema):
    """What a file holds: the fields of `Budget`."""

    config: ExperimentConfig
    effects: dict[str, str]
    rows: list[BudgetRow]
    total: dict[Measure, Change]
    images: Count
    classes: Count | None = None  # older files have none
    samples: Count
    chips: Count
    seconds: NonNegative

    @field_validator("rows")
    @classmethod
    def _rows_are_measures(cls, rows: list[BudgetRow]) -> list[BudgetRow]:
        if not all(0 <= row.error <= 1 and 0 <= row.ece <= 1 and 0 <= row.nll < float("inf") for row in rows):
            raise ValueError("error and ece must be within 0 and 1, nll 0 or more")
        return rows


def save_budget(path: Path, budget: Budget) -> None:
    """Write `path`; infinite ratios of beta as Infinity, which Python's JSON reads back."""
    whole = budget.as_dict()
    write_record(path, KIND, FORM, {name: whole[name] for name in BudgetRecord.model_fields})


def load_budget(path: Path, config: ExperimentConfig) -> Budget | None:
    """The budget in `path`, when there is one of `config`.

    Raises RecordError for a file that is damaged or was edited.
    """
    if not path.exists():
        return None
    try:
        record = read_record(path, KIND, FORM, BudgetRecord)
    except RecordError as error:
        raise RecordError(f"{error}; delete it, or make it anew with --budget") from None
    return Budget(**dict(record)) if record.config == config else None
