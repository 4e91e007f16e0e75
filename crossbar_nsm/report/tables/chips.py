"""The table of a run chip by chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crossbar_nsm.experiment.config.settings_text import label
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.statistics.metrics import capped_note
from device_models.number_text import number, signed


def chips_table(rows: Sequence[Mapping[str, Any]], swept: Sequence[str]) -> TextTable:
    """rows of `Results.table()`, with columns `swept`: errors in per cent, NLL and entropy in nats, the difference of
    error to ideal software with McNemar's p."""
    columns = [
        "network", "chip", "error %", "NLL", "ECE", "entropy", "difference %", "McNemar p", "beta/trained", "clipped %",
        "reader",
    ]  # fmt: skip
    failed = any(row.get("failure") for row in rows)
    lines = [_line(row, swept) + ([row.get("failure") or ""] if failed else []) for row in rows]
    images = max((row["images"] or 0 for row in rows), default=0)
    note = capped_note((row["nll_capped"] or 0 for row in rows), images)
    return make_table("chip by chip", [*columns, *(["failure"] if failed else [])], lines, note)


def _line(row: Mapping[str, Any], swept: Sequence[str]) -> list[str]:
    return [
        label(row["network"], {key: row[key] for key in swept if row[key] is not None}),
        "" if row["chip"] is None else str(row["chip"]),
        number(row["error"], ".2f", 100),
        *(number(row[name], ".4f") for name in ("nll", "ece", "entropy")),
        "" if row["difference"] is None else signed(100 * row["difference"], 2),
        number(row["mcnemar_p"], ".2g"),
        number(row["beta_ratio"], ".3f"),
        number(row["clipped"], ".1f", 100),
        row["engine"] or "",
    ]
