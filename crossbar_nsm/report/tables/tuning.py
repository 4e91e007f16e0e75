"""The table of a chip's tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.statistics.metrics import capped_note
from device_models.number_text import counted

if TYPE_CHECKING:
    from crossbar_nsm.experiment.tune import Tuning
    from crossbar_nsm.statistics.metrics import Metrics


def tuning_table(result: Tuning) -> TextTable:
    """The chip as calibrated and as tuned, on the evaluation images."""
    difference = result.difference
    text = f"{100 * difference.difference:+.2f} [{100 * difference.low:+.2f}, {100 * difference.high:+.2f}]"
    return make_table(
        counted(result.images, "image"),
        ["chip", "error %", "NLL", "ECE", "entropy", "difference %"],
        [_line("as calibrated", result.before, ""), _line("tuned", result.after, text)],
        capped_note((result.before.nll_capped, result.after.nll_capped), result.images),
        drop=["entropy", "ECE"],
        legend={"NLL": "nats", "difference %": "tuned less as calibrated, 95 % over images"},
    )


def _line(name: str, metrics: Metrics, difference: str) -> list[str]:
    numbers = (metrics.nll, metrics.ece, metrics.entropy)
    return [name, f"{100 * metrics.error:.2f}", *(f"{number:.4f}" for number in numbers), difference]
