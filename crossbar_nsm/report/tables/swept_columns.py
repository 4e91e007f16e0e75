"""Swept settings as columns of a table, and the settings of a point in few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossbar_nsm.experiment.config.settings_text import is_time, value_text
from crossbar_nsm.report.points.swept_parameter import swept_parameters


@dataclass(frozen=True)
class SweptColumns:
    """headings: by key, as much of it as tells it from other columns. followers: those of settings that move together
    with one of a column before them."""

    headings: dict[str, str]
    followers: tuple[str, ...] = ()

    @classmethod
    def of(cls, points: Iterable[tuple[str, Mapping[str, Any]]], taken: Sequence[str] = ()) -> SweptColumns:
        """Of the names and settings of points; what the names `<device>/<scaling>` say has no column. taken: headings
        of other columns."""
        values: dict[str, list[Any]] = {}
        points = list(points)
        for name, settings in points:
            for key, value in settings.items():
                values.setdefault(key, []).extend([] if _said(name, key, value) else [value])
        headings = {}
        for key, parameter in swept_parameters({key: of for key, of in values.items() if of}).items():
            short = ".".join(key.split(".")[-parameter.parts :])
            shown = key if short in taken else short
            headings[key] = shown.removesuffix("_s") if is_time(key) else shown
        followers = [
            heading
            for index, (key, heading) in enumerate(headings.items())
            if any(_tells(leader, key, [settings for _, settings in points]) for leader in list(headings)[:index])
        ]
        return cls(headings, tuple(followers))

    @property
    def columns(self) -> list[str]:
        return list(self.headings.values())

    @property
    def legend(self) -> dict[str, str]:
        """Which settings they are, where a heading does not say it all."""
        return {heading: f"setting {key}" for key, heading in self.headings.items() if heading != key}

    def cells(self, name: str, settings: Mapping[str, Any]) -> list[str]:
        """Empty for what a point does not have, or says by its name."""
        return [
            value_text(settings[key], key) if key in settings and not _said(name, key, settings[key]) else ""
            for key in self.headings
        ]

    def label(self, name: str, settings: Mapping[str, Any]) -> str:
        """`name, heading=value, ...`."""
        cells = zip(self.columns, self.cells(name, settings), strict=True)
        return ", ".join([name, *(f"{heading}={text}" for heading, text in cells if text)])


def _said(name: str, key: str, value: Any) -> bool:
    """Whether the name `<device>/<scaling>` of a point says a setting."""
    return key == "neuron.scaling" or (key == "device" and name.startswith(f"{value_text(value)}/"))


def _tells(leader: str, key: str, points: Sequence[Mapping[str, Any]]) -> bool:
    """Whether points that have the same value of one setting, of which there are some, have the same of another."""
    values = {str(one.get(leader)) for one in points}
    both = {(str(one.get(leader)), str(one.get(key))) for one in points}
    return len(values) == len(both) < len({str(one) for one in points})
