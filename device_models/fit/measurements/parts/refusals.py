"""What is said where columns leave open which part they play, with the option that mends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from device_models.errors import ConfigError
from device_models.files.table_text import is_number
from device_models.fit.measurements.found import Found
from device_models.fit.measurements.headings import MEASURED, Heading
from device_models.fit.measurements.layout import Layout
from device_models.fit.measurements.parts.glance import (
    alike_from,
    counts,
    kind_by_size,
    likely_parts,
    looks,
    numbers,
    one_row_each,
    period,
    programmed_between,
    whole,
)
from device_models.fit.measurements.parts.model import Place, listed, shown
from device_models.fit.measurements.units import read_unit
from device_models.fit.measurements.words import words_of

DESCRIBED = 6  # columns of a table without a heading
MAP = "one number for each cell (a map of an array) has no errors to fit: crossbar-nsm docs exchange_conductances"
PROGRAMMED = "if cells are programmed between rows, these are no reads of a cell left alone, and no noise"
AVERAGES = {"average", "avg", "mean", "median"}
MANY = 13  # columns, from which hardly each is something else
FEWEST_IN_ROWS = 4  # columns alike, from which they may be the reads of a cell in each row


@dataclass
class Refusals:
    """Messages about one table. chosen: its columns as they are taken; of_pair: those of targets, by part."""

    found: Found
    layout: Layout
    chosen: dict[Place, Heading]
    of_pair: dict[str, Place]

    def scale(self) -> str:
        """A doubt about numbers without a heading that look as if they had been divided by their range."""
        first = [float(text) for text in self.found.first if is_number(text)]
        if first and min(first) < 0 and max(map(abs, first)) <= 2:
            return " (of both signs and about 1: normalised? of pulse responses say --kind pulses --range 1uS,100uS)"
        return ""

    def no_heading(self) -> ConfigError:
        """What the columns of a table without a heading look like, and the options that may say what they are."""
        found, likely = self.found, likely_parts(self.found)
        if length := period(found):
            fix = f"write each read, {length} values, in a row of its own"
            return self.refused(f"one line of {found.width} values that come again every {length}", fix)
        described = found.width if found.width <= DESCRIBED else DESCRIBED - 2
        seen = "; ".join(f"{k + 1}: {looks(found, k)}" for k in range(described))
        seen += "; ..." if found.width > described else ""
        parts = ",".join(part + ("" if part == "cell" else " [UNIT]") + f"={k + 1}" for k, part in likely.items())
        if not {"resistance", "conductance"} & set(likely.values()):
            parts = "time [UNIT]=1,current [UNIT]=2"
        options = [f'--columns "{parts}"' + ("" if "time" in parts else " --interval 1ms")]
        named = "time" not in parts or (likely.get(0) == "time" and whole(found, 0))
        if named and "time" in parts:
            options.append("cell=1 and --interval 1ms if the first names cells")
        in_rows = found.width - alike_from(found) >= FEWEST_IN_ROWS or self._times_above()
        if in_rows:
            options = [*(options if found.width < MANY else []), f"{self._in_rows()} if each row is a cell"]
        told = f"; {MAP}" if named or in_rows else ""
        many = "a column" if found.width == 1 else f"{found.uneven or found.width} columns"
        problem = f"no heading above the numbers{self.scale()}, {many} ({seen})"
        return self.refused(problem, f"say what they are, as {', or '.join(options)}{told}")

    def uneven(self) -> ConfigError:
        """Of lines that differ in their number of values."""
        fix = "only reads of a cell in each row may differ in their number, with --cells rows"
        return self.refused(f"lines of {self.found.uneven} values", fix)

    def _times_above(self) -> bool:
        """Whether the first line may be a heading of times."""
        times = [float(text) for text in self.found.first[1:] if is_number(text)]
        return len(times) == self.found.width - 1 > 1 and all(a < b for a, b in pairwise(times))

    def _in_rows(self) -> str:
        """The option for a table with the reads of a cell in each row."""
        if self._times_above():
            return '--columns "cell=1,conductance [UNIT]=2-,time [UNIT]=heading"'
        first = alike_from(self.found)
        reads = f"{kind_by_size(self.found, first) or 'conductance'} [UNIT]={first + 1}-"
        named = f"cell=1,{reads}" if first else reads
        return f'--cells rows --interval 1ms --columns "{named}"'

    def sweep(self, k: Place, steps: str) -> ConfigError:
        """Of a column of voltages that is a sweep's."""
        fix = (
            "keep the reads at one voltage, as --read-voltage 0.1 (in V)" if self._of("time") else "a trace needs reads"
        )
        fix += "" if self._of("time") else " of a cell at one voltage, with their times"
        return self.refused(f"{self.column(k)} {steps}, as a sweep does", fix)

    def voltages_alone(self, volts: Sequence[Place]) -> ConfigError:
        names = ", ".join(shown(self.found, k) for k in volts[:4])
        return self.refused(
            f"voltages ({names}) and no current",
            "a conductance needs the current, in a column such as `current [A]`; of an oscilloscope it is the voltage "
            "over the series resistor, by its resistance",
        )

    def _of(self, role: str) -> list[Place]:
        return [k for k, heading in self.chosen.items() if heading.role == role]

    def called(self, k: Place) -> str:
        text = self.chosen[k].text
        return f"`{text}`" if self.found.headings else f"column {k + 1}"

    def column(self, k: Place) -> str:
        return f"column {self.called(k)}" if self.found.headings else self.called(k)

    def form(self, used: Sequence[Place] = ()) -> str:
        """The option that says what columns are, with the units that are known."""
        if not used and self.of_pair:
            return 'say what the columns are, as --columns "target [UNIT]=1,programmed [UNIT]=2" (numbers, or headings)'
        if not used:
            return (
                'say what the columns are, as --columns "time [UNIT]=1,current [UNIT]=2" (numbers from 1, or headings)'
            )
        parts = []
        for k in dict.fromkeys(used):
            heading = self.chosen[k]
            role = heading.kind if heading.role in ("measured", "before", "after") else heading.role
            unit = heading.unit.text if heading.unit and not heading.problem else self._beside(k)
            parts.append(f"{role} [{unit}]={k + 1}")
        more = ",..." if len(parts) > 6 else ""
        said = ",".join(parts[:6]) + more
        return f'{"say it in place of UNIT:" if "UNIT" in said else "say so, as"} --columns "{said}"'

    def _beside(self, k: Place) -> str:
        """The unit that the first row has in a column behind `k`, `UNIT` where it has none."""
        text = self.found.first[k + 1] if k + 1 < len(self.found.first) else ""
        unit = read_unit(text) if text and not is_number(text) else None
        return unit.text if unit and unit.kind in (self.chosen[k].kind, *MEASURED) else "UNIT"

    def refused(self, problem: str, fix: str) -> ConfigError:
        return ConfigError(f"{self.found.place}: {problem}; {fix}")

    def several(self, at: Sequence[Place], what: str, otherwise: str = "") -> ConfigError:
        names = ", ".join(shown(self.found, k) for k in at[:4]) + (", ..." if len(at) > 4 else "")
        role = self.chosen[at[0]].kind if self.chosen[at[0]].role == "measured" else self.chosen[at[0]].role
        others = [k for k in self._of("time")[:1] if k not in at]
        parts = ",".join([*(f"time={k + 1}" for k in others), f"{role}={at[0] + 1}"])
        which = f'say which, as --columns "{parts}"' + (f", {otherwise}" if otherwise else "")
        return self.refused(f"{len(at)} columns of {what}: {names}", which)

    def each_a_cell(self, measured: Sequence[Place]) -> str:
        """What else several columns side by side may be."""
        names = self._of("cell") + self._of("address")
        if len(measured) >= FEWEST_IN_ROWS and names and one_row_each(self.found, names):
            return "or --cells rows --interval 1ms if each row is a cell"
        return "or --cells columns if each is a cell"

    def no_times(self, measured: list[Place]) -> ConfigError:
        fix = "say how far apart the reads are, as --interval 1ms"
        if self.found.width > len(measured) and not self.layout.columns:
            role = self.chosen[measured[0]].kind
            fix += f', or which column they are in, as --columns "time [UNIT]=..,{role}={measured[0] + 1}"'
        counted = [
            k for k in self.chosen if {"level", "levels", "state", "states"} & set(words_of(self.chosen[k].text))
        ]
        names = self._of("cell") + self._of("address")
        indexed = len(names) == 1 and self._of("address") and counts(numbers(self.found, names[0]))
        if names and not indexed and one_row_each(self.found, names):
            if len(measured) > 1:
                return self.refused(f"{len(measured)} columns in a row for each cell, and no times", self._in_rows())
            return self.refused(f"no column of times, and a row for each {self.chosen[names[0]].text or 'cell'}", MAP)
        if why := programmed_between(self.found):
            return self.refused(f"no column of times, and {why}", f"{PROGRAMMED}; otherwise --interval 1ms")
        if means := [k for k in measured if AVERAGES & set(words_of(self.chosen[k].text))]:
            return self.refused(f"no column of times, and {self.column(means[0])} has means", "give single reads")
        if counted:
            named = f"no column of times, and {self.column(counted[0])} has levels"
            return self.refused(named, f"pairs need `target`, a conductance, in its place; or, of reads, {fix}")
        return self.refused("no column of times", fix)

    def nothing(self) -> ConfigError:
        texts = [heading.text for heading in self.found.headings]
        return self.refused(f"nothing measured in the columns {listed(texts)}", self.form())
