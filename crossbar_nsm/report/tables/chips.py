"""The table of a run chip by chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crossbar_nsm.report.tables.swept_columns import SweptColumns
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.statistics.metrics import capped_note
from device_models.number_text import number, signed

LEGEND = {
    "NLL": "nats",
    "difference %": "error less that of ideal software on the same images",
    "McNemar p": "of no difference",
    "beta/trained": "recovered beta over trained, median neuron",
    "clipped %": "of neurons, whose beta is out of reach",
}
DROP = ["reader", "entropy", "ECE", "McNemar p", "clipped %", "beta/trained", "difference %"]


def chips_table(rows: Sequence[Mapping[str, Any]], swept: Sequence[str]) -> TextTable:
    """rows of `Results.table()`, with columns `swept`: errors in per cent, NLL and entropy in nats, the difference of
    error to ideal software with McNemar's p."""
    before = ["network"]
    after = [
        "chip", "error %", "NLL", "ECE", "entropy", "difference %", "McNemar p", "beta/trained", "clipped %", "reader",
        *(["failure"] if any(row.get("failure") for row in rows) else []),
    ]  # fmt: skip
    settings = [{key: row[key] for key in swept if row[key] is not None} for row in rows]
    of_settings = SweptColumns.of(
        [(row["network"], of) for row, of in zip(rows, settings, strict=True)], before + after
    )
    lines = [
        [row["network"], *of_settings.cells(row["network"], of), *_line(row, "failure" in after)]
        for row, of in zip(rows, settings, strict=True)
    ]
    images = max((row["images"] or 0 for row in rows), default=0)
    return make_table(
        "chip by chip", before + of_settings.columns + after, lines,
        capped_note((row["nll_capped"] or 0 for row in rows), images),
        drop=[*DROP, *of_settings.followers], shared=["reader"], legend=LEGEND | of_settings.legend,
    )  # fmt: skip


def _line(row: Mapping[str, Any], failed: bool) -> list[str]:
    return [
        "" if row["chip"] is None else str(row["chip"]),
        number(row["error"], ".2f", 100),
        *(number(row[name], ".4f") for name in ("nll", "ece", "entropy")),
        "" if row["difference"] is None else signed(100 * row["difference"], 2),
        number(row["mcnemar_p"], ".2g"),
        number(row["beta_ratio"], ".3f"),
        number(row["clipped"], ".1f", 100),
        row["engine"] or "",
        *([row.get("failure") or ""] if failed else []),
    ]
