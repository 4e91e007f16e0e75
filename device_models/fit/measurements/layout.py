"""What a user says of a file that its headings do not say: columns, units, intervals, the voltage of the reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from device_models.errors import ConfigError, quoted
from device_models.fit.measurements.headings import NAMES, NO_UNIT, OF_NUMBERS, Heading, read_heading
from device_models.fit.measurements.pulses.words import PULSES, part_of
from device_models.fit.measurements.units import read_unit

Cells = Literal["auto", "columns", "rows"]
IN_HEADING = "heading"  # in place of a number: what the headings of the reads are
PARTS = ("time", "conductance", "resistance", "current", "voltage", "target", "target_low", "target_high", "programmed",
         "cell")  # fmt: skip
NEXT = re.compile(r",(?=[^,=]+=)")
NUMBERS = re.compile(r"(\d{1,7})(?:(-)(\d{0,7}))?")
QUANTITY = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s].*)?", re.ASCII)
FORM = '"time [UNIT]=1,current [UNIT]=2" (numbers from 1, or headings of the file)'


@dataclass(frozen=True)
class Named:
    """One part that a user named. first, last: numbers of its columns from 1 (last None: to the end); heading: instead
    of them, a heading of the file."""

    part: Heading
    first: int = 0
    last: int | None = 0
    heading: str = ""


@dataclass(frozen=True)
class Layout:
    """columns: parts and where they are, none where headings say it. interval_s: between reads without times.
    read_voltage_v: of all currents. cells: whether each column, or each row, is a cell."""

    columns: tuple[Named, ...] = ()
    interval_s: float | None = None
    read_voltage_v: float | None = None
    cells: Cells = "auto"


OneFile = str | Mapping[str, int | str]
Columns = OneFile | Mapping[str, OneFile]  # of all files, or by the name of each


def columns_by_file(columns: Columns | None, names: Sequence[str]) -> dict[str, OneFile | None]:
    """What was said of the columns of each file. names: of the files, without their folders. Raises ConfigError for a
    file that is not among them."""
    if isinstance(columns, Mapping):
        several = cast(Mapping[str, OneFile], columns)
        if set(several) & set(names) or any(isinstance(said, Mapping) for said in several.values()):
            for name in several:
                if name not in names:
                    raise ConfigError(
                        f"columns of {quoted(name)}: no such file given; there are {', '.join(names[:8])}"
                    )
            return {name: several.get(name) for name in names}
    return dict.fromkeys(names, cast(OneFile | None, columns))


def read_layout(
    columns: OneFile | None,
    interval_s: float | None,
    read_voltage_v: float | None,
    cells: Cells,
) -> Layout:
    """Options to a layout. Raises ConfigError for what is none."""
    if cells not in get_args(Cells):
        raise ConfigError(f"cells {quoted(cells)}: expected one of {', '.join(get_args(Cells))}")
    if interval_s is not None and not 0 < interval_s <= 1e8:
        raise ConfigError(f"interval {interval_s:g} s: expected a time above 0, at most 1e8 s")
    if read_voltage_v is not None and not 1e-6 <= abs(read_voltage_v) <= 30:
        raise ConfigError(f"read voltage {read_voltage_v:g} V: expected 1e-6 to 30 V")
    pairs = _pairs(columns) if isinstance(columns, str) else list((columns or {}).items())
    return Layout(tuple(_named(str(part), where) for part, where in pairs), interval_s, read_voltage_v, cells)


def seconds(text: str, option: str = "--interval") -> float:
    """`1ms` in seconds. Raises ConfigError without a number and a unit of time."""
    return _quantity(text, option, "time", "a number and its unit, such as 1 ms or 2 h")


def volts(text: str, option: str = "--read-voltage") -> float:
    """`0.1` or `100mV` in volts. Raises ConfigError for anything else."""
    return _quantity(text, option, "voltage", "volts, such as 0.1 or 100mV")


def _quantity(text: str, option: str, kind: str, expected: str) -> float:
    found = QUANTITY.fullmatch(text)
    unit = read_unit(found[2]) if found and found[2] else read_unit("V") if kind == "voltage" else None
    if found is None or unit is None or unit.kind != kind:
        raise ConfigError(f"{option} {quoted(text)}: expected {expected}")
    return float(found[1]) * unit.factor


def _pairs(text: str) -> Sequence[tuple[str, str]]:
    parts = [piece.partition("=") for piece in NEXT.split(text) if piece.strip()]
    if not parts or any(not mark for _, mark, _ in parts):
        raise ConfigError(f"--columns {quoted(text)}: expected {FORM}")
    return [(part.strip(), where.strip()) for part, _, where in parts]


def _named(part: str, where: int | str) -> Named:
    heading = read_heading(part)
    known = heading.role in (*OF_NUMBERS, *NAMES) and heading.role not in ("run", "before", "after")
    if not known and part_of(heading) not in PULSES:
        raise ConfigError(
            f"--columns: no part {quoted(part)}; parts are {', '.join(PARTS)}, each with its unit in brackets"
        )
    if heading.problem and heading.problem != NO_UNIT:
        raise ConfigError(f"--columns: part `{heading.text}`{heading.problem}")
    numbers = NUMBERS.fullmatch(str(where).strip())
    if numbers is None:
        if not str(where).strip():
            raise ConfigError(f"--columns: part `{heading.text}` has no column; expected {FORM}")
        return Named(heading, heading=str(where).strip())
    first = int(numbers[1])
    last = first if not numbers[2] else int(numbers[3]) if numbers[3] else None
    if first < 1 or (last is not None and last < first):
        raise ConfigError(f"--columns: `{where}` for `{heading.text}`: columns are counted from 1, the lower one first")
    return Named(heading, first, last)
