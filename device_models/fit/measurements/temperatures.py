"""The temperature at which each row was measured, of a column that has one with its unit."""

from __future__ import annotations

import re

import numpy as np

from device_models.files.table_text import is_number
from device_models.fit.measurements.body import Body
from device_models.fit.measurements.headings import split_heading
from device_models.fit.measurements.units import is_temperature, plain_text
from device_models.fit.measurements.words import kind_of, words_of

ZERO_CELSIUS_K = 273.15
HOTTEST_K = 1000.0
TAIL = re.compile(r"(.+?)[\s_.\-]+([^\s_.\-]+)", re.DOTALL)


def temperatures_k(body: Body, columns: list[int]) -> tuple[np.ndarray, list[str]]:
    """Temperatures of rows [K], NaN where none is told, and what was understood. columns: those of names and runs."""
    found = np.full(len(body.lines), np.nan)
    if not body.found.headings:
        return found, []
    units = {k: unit for k in columns if (unit := _unit(body.found.headings[k].text)) is not None}
    if not units:
        return found, []
    (k, unit), *others = units.items()
    texts = [text.strip().replace(",", ".") for text in body.texts[k]]
    numbers = np.array([float(text) if is_number(text) else np.nan for text in texts])
    kelvin = _kelvin(numbers, unit)
    known = (kelvin > 0) & (kelvin <= HOTTEST_K)
    found[known] = kelvin[known]
    name = f"`{body.found.headings[k].text}`"
    more = f"; {len(others)} more columns of temperature are not used" if others else ""
    return found, [f"temperature: {name}, in {unit}{more}"]


def _unit(text: str) -> str | None:
    """The unit of a heading of temperatures, as it is written; None of anything else."""
    name, unit, _ = split_heading(plain_text(text))
    if not unit and (tail := TAIL.fullmatch(name)):
        name, unit = tail[1], tail[2]
    words = words_of(name)
    called = kind_of(words) == "temperature" or words[-1:] == ["t"]
    return unit if unit and called and is_temperature(unit) else None


def _kelvin(numbers: np.ndarray, unit: str) -> np.ndarray:
    letter = plain_text(unit).lower()[-1]
    if letter == "k":
        return numbers
    celsius = numbers if letter == "c" else (numbers - 32) / 1.8
    return np.asarray(celsius + ZERO_CELSIUS_K)
