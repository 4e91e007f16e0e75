"""The words of pulse responses in headings and options."""

from __future__ import annotations

from typing import Literal

from device_models.errors import ConfigError, quoted
from device_models.fit.measurements.headings import Heading
from device_models.fit.measurements.units import read_unit
from device_models.fit.measurements.words import words_of
from device_models.schema import LARGEST_CONDUCTANCE_S

Direction = Literal["potentiation", "depression"]
UP, DOWN = {"up", "potentiation", "ltp", "set"}, {"down", "depression", "ltd", "reset"}
PLAIN = {"up", "down", "potentiation", "depression", "ltp", "ltd"}  # of nothing but pulses
COUNTERS = {"pulse", "pulses"}
OF_A_PULSE = {"width", "time", "amplitude", "voltage", "height", "duration", "period", "rise", "fall", "delay"} | {
    *("v", "mv", "volt", "volts", "s", "ms", "us", "ns"),
}
WAYS = {"direction", "polarity"}
PULSES = ("potentiation", "depression", "pulse", "direction")  # parts that nothing else has
OTHER_KINDS = ("time", "voltage", "temperature")
NO_RANGE = (
    "normalised? say which conductances the ends of the staircase are, as --range 1uS,100uS; or write the unit into "
    "the heading, as `up [uS]`"
)


def way_of(text: str) -> Direction | None:
    """The direction that a heading, or a field, names."""
    words = set(words_of(text))
    if words & UP or text.strip() in ("+", "+1", "1"):
        return "potentiation"
    return "depression" if words & DOWN or text.strip() in ("-", "-1") else None


def part_of(heading: Heading) -> str:
    """`potentiation`, `depression`, `pulse` (a counter), `direction`, `cell`, `run`, `measured`, or nothing."""
    words = set(words_of(heading.text))
    if (heading.kind in OTHER_KINDS or (heading.unit and heading.unit.kind in OTHER_KINDS)) and not words & COUNTERS:
        return ""
    if words & COUNTERS:
        return "" if words & OF_A_PULSE or heading.unit else "pulse"
    if words & WAYS:
        return "direction"
    if way := way_of(heading.text.split("[")[0]):
        return way
    return {"cell": "cell", "address": "cell", "run": "run", "measured": "measured"}.get(heading.role, "")


def of_pulses(headings: list[Heading]) -> bool:
    """Whether headings are those of pulse responses: columns `up`, `down` and the like, or a counter of pulses and no
    times."""
    if any(heading.role == "time" for heading in headings):
        return False
    parts = [part_of(heading) for heading in headings]
    plain = any(
        part in ("potentiation", "depression") and set(words_of(heading.text.split("[")[0])) & PLAIN
        for part, heading in zip(parts, headings, strict=True)
    )
    return plain or ("pulse" in parts and bool({"potentiation", "depression", "measured"} & set(parts)))


def conductance_range(text: str, option: str = "--range") -> tuple[float, float]:
    """`1uS,100uS` in siemens. Raises ConfigError for anything else."""
    ends = []
    for piece in text.split(","):
        number = piece.strip().rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\u00b5\u03bc")
        unit = read_unit(piece.strip()[len(number) :])
        try:
            ends.append(float(number) * unit.factor if unit and unit.kind == "conductance" else -1.0)
        except ValueError:
            ends.append(-1.0)
    if len(ends) != 2 or not 0 <= ends[0] < ends[1] <= LARGEST_CONDUCTANCE_S:
        allowed = "the lowest and the highest conductance, with units, such as 1uS,100uS"
        raise ConfigError(f"{option} {quoted(text)}: expected {allowed}")
    return ends[0], ends[1]
