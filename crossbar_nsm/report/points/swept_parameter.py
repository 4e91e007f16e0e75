"""A swept parameter as people read it: its name with unit, and its values as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossbar_nsm.experiment.config.settings_text import is_time
from device_models.number_text import time_text

UNITS = {"ohm": "ohm", "v": "V", "a": "A", "k": "K", "ev": "eV", "lsb": "LSB"}  # by the ends of names
SIEMENS = ("g", "conductance")  # `_s` after these is a conductance
LONGEST_VALUE, LONGEST_KEY = 26, 44  # characters


@dataclass(frozen=True)
class SweptParameter:
    """One key of a sweep and its values, in order. parts: how many of the key's last parts tell it from other keys."""

    key: str
    values: list[Any]
    parts: int = 1

    @property
    def numeric(self) -> bool:
        """Whether all values are finite numbers; names, mappings, and numbers with null among them, are not."""
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)
        return numbers and bool(np.isfinite(self.values).all())

    @property
    def is_time(self) -> bool:
        """Whether all values are times [s], null among them or not."""
        return is_time(self.key)

    @property
    def unit(self) -> str:
        """Empty without one, and of times, whose text has it; relative numbers are in per cent, conductances in uS."""
        return self._shown_as[0]

    @property
    def factor(self) -> float:
        """What a value is multiplied with to be in `unit`."""
        return self._shown_as[1]

    @property
    def name(self) -> str:
        """The last parts of the key, without unit."""
        return self._without_unit(".".join(self.key.split(".")[-self.parts :]))

    @property
    def label(self) -> str:
        """The key with its unit, for an axis; what does not fit in a column is left out in front."""
        key = self._without_unit(self.key)
        while len(key) > LONGEST_KEY and "." in key.removeprefix("..."):
            key = "..." + key.removeprefix("...").split(".", 1)[1]
        return f"{key} ({self.unit})" if self.unit else key

    def text(self, value: Any) -> str:
        """A value by itself, without unit but for times: a tick of an axis."""
        if self.is_time and value is not None:
            return self._time_text(value)
        return f"{self.factor * value:.4g}" if self.numeric else _shortened(_plain(value))

    def amount(self, value: Any) -> str:
        """A value with its unit: `5 %`, `1 us`."""
        return f"{self.text(value)} {self.unit}".rstrip()

    def setting(self, value: Any) -> str:
        """A value with what it is of: `interval 1 us`; a name of which there is one kind speaks for itself."""
        if isinstance(value, str) and self.parts == 1:
            return self.text(value)
        return f"{self.name} {self.amount(value)}"

    @property
    def _shown_as(self) -> tuple[str, float]:
        if not self.numeric:
            return "", 1.0
        *before, last = self.key.rsplit(".", 1)[-1].split("_")
        if "relative" in before:
            return "%", 100.0
        if last == "s" and set(before) & set(SIEMENS):
            return "uS", 1e6
        return (UNITS[last] if before and last in UNITS else "", 1.0)

    def _without_unit(self, key: str) -> str:
        return key if self.unit in ("", "%") and not self.is_time else key.rsplit("_", 1)[0]

    def _time_text(self, seconds: float) -> str:
        """With as many digits as tell the values apart."""
        numbers = {value for value in self.values if value is not None}
        digits = next((few for few in (3, 6) if len({time_text(one, few) for one in numbers}) == len(numbers)), 17)
        return time_text(seconds, digits)


def swept_parameters(swept: Mapping[str, list[Any]]) -> dict[str, SweptParameter]:
    """By key, in order, with as many parts of the keys as tell them apart."""
    return {key: SweptParameter(key, values, _parts(key, list(swept))) for key, values in swept.items()}


def settings_text(parameters: Sequence[SweptParameter], settings: Mapping[str, Any]) -> str:
    """`paired, interval 1 us`: what the settings of a point have of some parameters."""
    return ", ".join(parameter.setting(settings[parameter.key]) for parameter in parameters)


def _parts(key: str, keys: list[str]) -> int:
    """`relative_sd` and the like say nothing without the law that they are of. All, where another key ends in all of
    them, as `layers.fc1.device` in `device`."""
    parts = key.split(".")
    fewest = 2 if "relative" in parts[-1] else 1
    endings = [[other.split(".")[-count:] for other in keys] for count in range(1, len(parts) + 1)]
    alone = [count for count, ends in enumerate(endings, 1) if ends.count(parts[-count:]) == 1]
    return min(max(fewest, alone[0] if alone else len(parts)), len(parts))


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(entry)}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return str(value).rsplit("/", 1)[-1].removesuffix(".yaml")


def _shortened(text: str) -> str:
    """Without the middle of long texts: names of presets differ at both ends."""
    half = (LONGEST_VALUE - 3) // 2
    return text if len(text) <= LONGEST_VALUE else f"{text[:half]}...{text[-half:]}"
