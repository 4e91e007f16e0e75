"""The table of training runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossbar_nsm.report.tables.terminal import TextTable, make_table

if TYPE_CHECKING:
    from crossbar_nsm.experiment.training.training_result import TrainingResult


def training_table(result: TrainingResult) -> TextTable:
    """One line per run, and mean and spread over runs when there are several; errors in per cent."""
    columns = ["run", "epochs", "best epoch", "validation error %", "test error %, best", "test error %, last"]
    lines = []
    for run in result.runs:
        tests = [_percent(run.test[which]["error"]) if run.test else "" for which in ("best", "last")]
        best = run.best
        lines.append(
            [f"seed {run.seed}", str(len(run.reports)), str(best.epoch), _percent(best.validation_error), *tests]
        )
    spreads = result.as_dict()["over_runs"]
    if len(result.runs) > 1:
        names = ("validation_error", "test_error_best", "test_error_last")
        cells = [_percent_spread(spreads[name]) if name in spreads else "" for name in names]
        lines.append([f"mean of {len(result.runs)} ± sd", "", "", *cells])
    caption = "best: the epoch that held-out images chose, which chose nothing else; last: the last epoch"
    return make_table("training", columns, lines, caption, drop=["epochs", "best epoch", "test error %, last"])


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f}"


def _percent_spread(spread: dict[str, float]) -> str:
    return f"{100 * spread['mean']:.2f} ± {100 * spread['sd']:.2f}"
