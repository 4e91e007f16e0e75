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
from device_models.fit.measurements.parts.model import Place, listed, shown
from device_models.fit.measurements.units import read_unit
from device_models.fit.measurements.words import words_of

WIDE = 6  # columns without a heading, from which they may be the reads of a cell in each row


@dataclass
class Refusals:
    """Messages about one table. chosen: its columns as they are taken; of_pair: those of targets, by part."""

    found: Found
    layout: Layout
    chosen: dict[Place, Heading]
    of_pair: dict[str, Place]

    def scale(self) -> str:
        """A doubt about numbers without a heading that look as if they had been divided by their range."""
        numbers = [float(text) for text in self.found.first if is_number(text)]
        if numbers and min(numbers) < 0 and max(map(abs, numbers)) <= 2:
            return " (of both signs and about 1: normalised? a fit needs conductances, resistances or currents)"
        return ""

    def in_rows(self) -> str:
        numbers = [float(text) for text in self.found.first[1:] if is_number(text)]
        if len(numbers) == self.found.width - 1 > 1 and all(a < b for a, b in pairwise(numbers)):
            return '; or, with times above the reads, --columns "cell=1,conductance [UNIT]=2-,time [UNIT]=heading"'
        if self.found.width < WIDE:
            return ""
        first = self.found.first[0] if self.found.first else ""
        named = "cell=1,conductance [UNIT]=2-" if first.isdigit() or not is_number(first) else "conductance [UNIT]=1-"
        return (
            f'; or, with the reads of a cell in each row, --cells rows --interval 1ms --columns "{named}" (a map of an '
            "array, one number for each cell, has no errors to fit: crossbar-nsm docs exchange_conductances)"
        )

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
        others = [k for k in [k for k, heading in self.chosen.items() if heading.role == "time"][:1] if k not in at]
        parts = ",".join([*(f"time={k + 1}" for k in others), f"{role}={at[0] + 1}"])
        which = f'say which, as --columns "{parts}"' + (f", {otherwise}" if otherwise else "")
        return self.refused(f"{len(at)} columns of {what}: {names}", which)

    def no_times(self, measured: list[Place]) -> ConfigError:
        fix = "say how far apart the reads are, as --interval 1ms"
        if self.found.width > len(measured) and not self.layout.columns:
            role = self.chosen[measured[0]].kind
            fix += f', or which column they are in, as --columns "time [UNIT]=..,{role}={measured[0] + 1}"'
        counted = [
            k for k in self.chosen if {"level", "levels", "state", "states"} & set(words_of(self.chosen[k].text))
        ]
        if counted:
            named = f"no column of times, and {self.column(counted[0])} has levels"
            return self.refused(named, f"pairs need `target`, a conductance, in its place; or, of reads, {fix}")
        return self.refused("no column of times", fix)

    def nothing(self) -> ConfigError:
        texts = [heading.text for heading in self.found.headings]
        return self.refused(f"nothing measured in the columns {listed(texts)}", self.form())
