"""What the user said of the columns, `--columns "time [ms]=1,current [nA]=3"`, found in the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from device_models.errors import ConfigError, quoted
from device_models.fit.measurements.found import DELIMITERS, Found
from device_models.fit.measurements.headings import OF_NUMBERS, Heading
from device_models.fit.measurements.layout import IN_HEADING, Layout, Named
from device_models.fit.measurements.parts.model import Place, listed


@dataclass
class Given:
    """chosen: columns as the user named them; times_in_heading: the part whose numbers are the headings of reads."""

    chosen: dict[Place, Heading] = field(default_factory=dict)
    times_in_heading: Heading | None = None


def given_parts(found: Found, layout: Layout) -> Given:
    """Raises ConfigError for a column that the file does not have, or that is given twice."""
    made = Given()
    for named in layout.columns:
        if named.heading == IN_HEADING and named.part.role == "time":
            made.times_in_heading = named.part
            continue
        for k in _where(found, named):
            if k in made.chosen:
                raise ConfigError(f"{found.place}: --columns: column {k + 1} is given twice")
            made.chosen[k] = _merged(found, named.part, k)
    return made


def _where(found: Found, named: Named) -> Sequence[Place]:
    width = found.width
    if not named.heading:
        last = width if named.last is None else named.last
        if max(named.first, last) > width:
            here = f"the table has {width} columns (parted by {DELIMITERS[found.delimiter]})"
            raise ConfigError(f"{found.place}: --columns: no column {max(named.first, last)}; {here}")
        return range(named.first - 1, last)
    texts = [heading.text for heading in found.headings]
    bare = [text.split("[")[0].split("(")[0].strip().lower() for text in texts]
    at = [k for k, text in enumerate(texts) if text == named.heading]
    at = at or [k for k, text in enumerate(texts) if text.lower() == named.heading.lower()]
    at = at or [k for k, text in enumerate(bare) if text == named.heading.lower()]
    if len(at) != 1:
        what = f"{len(at)} columns are" if at else "no column is"
        there = f"; there are {listed(texts)}" if texts else "; the table has no heading, give numbers from 1"
        raise ConfigError(f"{found.place}: --columns: {what} called {quoted(named.heading)}{there}")
    return at


def _merged(found: Found, part: Heading, k: Place) -> Heading:
    """A part as the user named it, with the unit that they left to the file's heading."""
    own = found.headings[k] if found.headings else Heading("")
    merged = replace(
        part,
        text=own.text or part.text,
        at_s=own.at_s,
        stem=own.stem,
        numbered=own.numbered or part.numbered,
        again=own.again,
    )
    if part.unit is not None or own.unit is None or part.role not in OF_NUMBERS:
        return merged
    if own.unit.kind != part.kind and not {own.unit.kind, part.kind} <= {"conductance", "resistance"}:
        return merged
    return replace(merged, unit=own.unit, kind=own.unit.kind, log10=own.log10 or part.log10, problem="")
