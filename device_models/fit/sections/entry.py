"""Numbers of a preset and where they come from.

Every number is an entry: its dotted key, value, unit and source. `document` nests the entries and lists the sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_models.fit.interval import Estimate
from device_models.fit.one_cell.trace_fit import TraceFit

DIGITS = 7
NOT_MEASURED = "not measured: taken as 0"
NO_RANGE = "as given: the measurement is normalised and holds no conductances"
REJECTED = 1e-3


@dataclass(frozen=True)
class Entry:
    """One number of a preset and where it comes from; without a unit it is a name and needs no source."""

    key: str
    value: Any
    unit: str = ""
    source: str = ""
    provenance: str = "user"


def document(head: dict[str, Any], entries: Iterable[Entry]) -> dict[str, Any]:
    """`head`, the nested entries, and their sources."""
    data, sources = dict(head), {}
    for entry in entries:
        section = data
        *parents, last = entry.key.split(".")
        for parent in parents:
            section = section.setdefault(parent, {})
        section[last] = _rounded(entry.value)
        if entry.unit:
            sources[entry.key] = {"unit": entry.unit, "provenance": entry.provenance, "source": entry.source}
    return {**data, "sources": sources}


def spread_entry(key: str, spread: Estimate | None, unit: str, fitted: str, count: str) -> Entry:
    """A spread over cells; 0 and not measured for too few."""
    if spread is None:
        return Entry(key, 0.0, unit, "not measured (too few cells): taken as 0", "illustrative")
    return Entry(key, spread.value, unit, f"{fitted}, 95 % interval {spread.interval_text()}, {count}")


def tested(**p_values: float | None) -> str:
    """Goodness of fit to end a source with; nothing for a test that could not be made."""
    tests = {"KS": "KS", "chi2": "chi-square"}
    return "".join(f", {tests[key]} p = {p:.2g}{_rejected(p)}" for key, p in p_values.items() if p is not None)


def _rejected(p: float) -> str:
    return " (rejected)" if p < REJECTED else ""


def traces_tested(traces: Sequence[TraceFit]) -> str:
    smallest = min(trace.goodness_p for trace in traces)
    return f", {'trace' if len(traces) == 1 else 'smallest trace'} KS p = {smallest:.2g}{_rejected(smallest)}"


def fitted_to(files: Iterable[str], what: str) -> str:
    """what: kind of measurement."""
    return f"fitted to {names(files)}, {what}"


def names(files: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(Path(file).name for file in files))


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
