"""One measured quantity each, with its target; the table of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from benchmarks.measure import Timing

PER_SECOND = {"s": 1.0, "ms": 1e3, "ns": 1e9}
HEADER = ("workload", "what", "median", "least", "ratio", "to", "target", "")


@dataclass(frozen=True)
class Target:
    """At most `limit`, of the ratio or of the value itself."""

    limit: float
    of: Literal["ratio", "value"] = "ratio"


@dataclass(frozen=True)
class Row:
    """value: median over turns, in `unit`; least: of all turns. ratio: of the times, to what `to` names, measured in
    turns in the same process. A value of None was not measured, and `note` says why."""

    workload: str
    what: str
    value: float | None
    unit: str
    least: float | None = None
    ratio: float | None = None
    to: str = ""
    target: Target | None = None
    note: str = ""

    @classmethod
    def timed(
        cls,
        workload: str,
        what: str,
        timing: Timing,
        unit: str = "ms",
        to: tuple[str, Timing] | None = None,
        target: Target | None = None,
        note: str = "",
    ) -> Row:
        """From a timing, and from that of what it is compared with."""
        factor = PER_SECOND[unit]
        name, ratio = ("", None) if to is None else (to[0], timing.over(to[1]))
        return cls(workload, what, timing.median_s * factor, unit, timing.least_s * factor, ratio, name, target, note)

    @classmethod
    def absent(cls, workload: str, what: str, why: str, target: Target | None = None) -> Row:
        """Something that cannot be measured here."""
        return cls(workload, what, None, "", target=target, note=why)

    @property
    def passed(self) -> bool | None:
        """Whether the target is met; None without target or measurement."""
        judged = None if self.target is None else getattr(self, self.target.of)
        return None if self.target is None or judged is None else judged <= self.target.limit

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"passed": self.passed}


def table(rows: Iterable[Row], judge: bool = True) -> str:
    """Aligned text, notes numbered below; judge: whether sizes are those that the targets speak of."""
    rows, notes = list(rows), {}
    lines = [HEADER]
    for row in rows:
        number = notes.setdefault(row.note, len(notes) + 1) if row.note else None
        what = row.what if number is None else f"{row.what} [{number}]"
        lines.append((row.workload, what, *_numbers(row), row.to, *_judgement(row, judge)))
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    left = {0, 1, 5, 6, 7}
    text = ["  ".join(cell.ljust(w) if i in left else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths,
            strict=True))).rstrip() for line in lines]  # fmt: skip
    text.insert(1, "-" * max(map(len, text)))
    return "\n".join([*text, "", *(f"[{number}] {note}" for note, number in notes.items())])


def _numbers(row: Row) -> tuple[str, str, str]:
    if row.value is None:
        return "absent", "", ""
    least = "" if row.least is None else f"{row.least:.3g} {row.unit}"
    return f"{row.value:.3g} {row.unit}", least, "" if row.ratio is None else ratio_text(row.ratio)


def _judgement(row: Row, judge: bool) -> tuple[str, str]:
    if row.target is None:
        return "", ""
    limit = ratio_text(row.target.limit) if row.target.of == "ratio" else f"{row.target.limit:.3g} {row.unit}".strip()
    verdict = {True: "pass", False: "MISS", None: "-"}[row.passed] if judge else "-"
    return f"<= {limit}", verdict


def ratio_text(ratio: float) -> str:
    """1.23x, or 1/123 where it is much faster."""
    return f"1/{1 / ratio:.0f}" if 0 < ratio < 0.05 else f"{ratio:.3g}x"
