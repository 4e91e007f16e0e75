"""Which columns play which part in the table of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from device_models.fit.measurements.found import Found
from device_models.fit.measurements.headings import Heading

Place = int  # of a column, from 0
PRINTED = 12  # names of columns in a message


@dataclass
class Parts:
    """Columns by part. cells: how a table is read, `long`, `columns` or `rows`. headings: of the columns that are used.

    measured: columns of conductances (resistances, currents); of_pair: target and programmed by name. time: of each
    row, in a date and a clock where there are two; times: columns of times beside single measured ones; times_s: of
    each measured column, where a row is a cell. moments: whether times are dates. voltage: beside each current. names,
    runs: what tells cells apart, always or at need; called: these in words. doubts: warnings. unused: columns that play
    no part, and why.
    """

    headings: dict[Place, Heading] = field(default_factory=dict)
    cells: str = "long"
    time: tuple[Place, ...] = ()
    times: dict[Place, Place] = field(default_factory=dict)
    measured: list[Place] = field(default_factory=list)
    voltage: dict[Place, Place] = field(default_factory=dict)
    of_pair: dict[str, Place] = field(default_factory=dict)
    names: list[Place] = field(default_factory=list)
    runs: list[Place] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    moments: bool = False
    doubts: list[str] = field(default_factory=list)
    unused: dict[str, str] = field(default_factory=dict)
    called: dict[Place, str] = field(default_factory=dict)

    @property
    def numbers(self) -> set[Place]:
        """Columns that hold numbers."""
        times = () if self.moments else self.time
        return {*times, *self.times.values(), *self.measured, *self.voltage.values(), *self.of_pair.values()}


def shown(found: Found, k: Place) -> str:
    """`3 \\`current [nA]\\``, or `3` in a table without headings."""
    text = found.headings[k].text if found.headings else ""
    return f"{k + 1} `{text}`" if text else str(k + 1)


def listed(texts: Sequence[str]) -> str:
    """Headings in a message, the first dozen."""
    names = ", ".join(f"`{text[:40]}`" for text in texts[:PRINTED])
    return names + (f" and {len(texts) - PRINTED} more" if len(texts) > PRINTED else "")
