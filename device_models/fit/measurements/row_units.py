"""A column of units beside a column of numbers: the same in every row, and that of the column."""

from __future__ import annotations

from device_models.errors import ConfigError
from device_models.fit.measurements.body import Body
from device_models.fit.measurements.found import Found
from device_models.fit.measurements.parts.model import Parts, shown
from device_models.fit.measurements.units import Unit, read_unit
from device_models.fit.measurements.words import words_of

CALLED = (["unit"], ["units"], ["einheit"])


def unit_columns(found: Found) -> list[int]:
    """Columns that hold units, by their heading."""
    return [k for k, heading in enumerate(found.headings) if words_of(heading.text) in CALLED]


def check_row_units(body: Body, parts: Parts, at: list[int]) -> None:
    """Raises ConfigError where units differ from row to row, or from that of the column that they stand behind."""
    for k in at:
        place = f"column {shown(body.found, k)}"
        first: tuple[str, Unit] | None = None
        for line, text in zip(body.lines, body.texts[k], strict=True):
            unit = read_unit(text) if text else None
            if unit is None:
                continue
            first = first or (text, unit)
            if (unit.kind, unit.factor) != (first[1].kind, first[1].factor):
                problem = f"{place}: {text} here, {first[0]} above; write the numbers in one unit"
                raise ConfigError(f"{body.found.path}:{line}: {problem}")
        heading = parts.headings.get(k - 1)
        taken = heading.unit if heading else None
        if first and taken and taken.kind == first[1].kind and taken.factor != first[1].factor:
            problem = f"{place} has {first[0]}, but column {shown(body.found, k - 1)} is taken in {taken.text}"
            raise ConfigError(f"{body.found.place}: {problem}; give it that unit in --columns")
