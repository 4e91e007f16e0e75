"""Points of a sweep that share all settings but those of an axis: a line, or a panel, of a figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.points.swept_parameter import SweptParameter, settings_text, swept_parameters
from device_models.errors import ConfigError

Item = TypeVar("Item")


@dataclass(frozen=True)
class PointGroup:
    """label: the settings that the points share, empty where nothing else is swept."""

    label: str
    points: list[PointResults]


def swept_parameter(results: Results, key: str) -> SweptParameter:
    """Raises ConfigError for a key that is not swept."""
    parameters = swept_parameters(results.swept)
    if key not in parameters:
        raise ConfigError(f"{key} is not swept; swept are {', '.join(parameters) or 'no keys'}")
    return parameters[key]


def leading_parameters(results: Results) -> dict[str, SweptParameter]:
    """By key, without those that change with an earlier one alone, as the keys of a group of `zip` do: every factor of
    the sweep once."""
    leading: dict[str, SweptParameter] = {}
    for key, parameter in swept_parameters(results.swept).items():
        if not any(_follows(key, [earlier], results.points) for earlier in leading):
            leading[key] = parameter
    return leading


def point_groups(results: Results, *keys: str) -> list[PointGroup]:
    """One for each combination of the other swept keys, in order; keys that change with `keys` alone (zipped with them,
    say) make no groups."""
    parameters = [p for key, p in swept_parameters(results.swept).items() if not _follows(key, keys, results.points)]
    groups: dict[str, PointGroup] = {}
    for point in results.points:
        label = settings_text(parameters, point.settings)
        group = groups.setdefault(_identity(point, [p.key for p in parameters]), PointGroup(label, []))
        group.points.append(point)
    return list(groups.values())


def numeric_series(results: Results, *keys: str) -> bool:
    """Whether groups follow from one parameter whose values are numbers, so that they have an order of their own."""
    rest = [key for key in results.swept if not _follows(key, keys, results.points)]
    return len(rest) == 1 and swept_parameter(results, rest[0]).numeric


def spread_choice(ordered: Sequence[Item], most: int) -> list[Item]:
    """At most `most` of them, evenly spread, the first and the last included."""
    if len(ordered) <= most:
        return list(ordered)
    return [ordered[round(index * (len(ordered) - 1) / (most - 1))] for index in range(most)]


def _follows(key: str, keys: Sequence[str], points: Sequence[PointResults]) -> bool:
    values: dict[str, str] = {}
    return all(values.setdefault(_identity(point, keys), of := _identity(point, [key])) == of for point in points)


def _identity(point: PointResults, keys: Sequence[str]) -> str:
    return json.dumps([point.settings[key] for key in keys], sort_keys=True, default=str)
