"""An error budget as a JSON file, so that a report need not take the same hardware apart again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossbar_nsm.experiment.budget import Budget
from crossbar_nsm.experiment.budget_rows import BudgetRow, Change, Measure
from crossbar_nsm.experiment.config import ExperimentConfig
from device_models.errors import CrossbarError
from device_models.files import write_text


def save_budget(path: Path, budget: Budget) -> None:
    """Write `path`; infinite ratios of beta as Infinity, which Python's JSON reads back."""
    write_text(path, json.dumps(budget.as_dict(), indent=1))


def load_budget(path: Path, config: ExperimentConfig) -> Budget | None:
    """The budget in `path`, when there is one of `config`.

    Raises CrossbarError for a file that cannot be read.
    """
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found["config"] = ExperimentConfig.model_validate(found["config"])
        found["rows"] = [_row(row) for row in found["rows"]]
        found["total"] = _changes(found["total"])
        budget = Budget(**found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CrossbarError(f"{path}: cannot be read ({error}); delete it, or make it anew with --budget") from None
    return budget if budget.config == config else None


def _row(found: dict[str, Any]) -> BudgetRow:
    row = BudgetRow(**found)
    ratio = row.beta_ratio
    return replace(row, change=row.change and _changes(row.change), beta_ratio=ratio and (ratio[0], ratio[1], ratio[2]))


def _changes(found: Any) -> dict[Measure, Change]:
    return {name: Change(**change) for name, change in found.items()}
