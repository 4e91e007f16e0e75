"""The `sweep` section: which settings take which values.

    sweep:
      device.read_noise.relative_sd: {low: 0.005, high: 0.2, points: 6}      # a range, even in the logarithm
      neuron.scaling: [none, paired]                                         # a list
      zip: [{array.rows: [64, 128], array.cols: [64, 128]}]                  # groups of keys that move together

Every key, and every group of `zip`, is one factor of a grid: all combinations are run, the last factor fastest.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

from crossbar_nsm.experiment.config.settings_text import settings_text
from crossbar_nsm.experiment.config.sweep_range import MOST_POINTS, Range
from device_models.errors import quoted
from device_models.files.document import Document, Path_
from device_models.schema import mistakes

ZIP = "zip"
MOST_KEYS = 100


@dataclass(frozen=True)
class Factor:
    """Keys that move together: `values` by key, all of one length. path: where in the section its keys are."""

    values: dict[str, list[Any]]
    path: Path_ = ()

    def __len__(self) -> int:
        return min(map(len, self.values.values()))

    def settings(self) -> Iterator[dict[str, Any]]:
        """What is set at each of its places, in order."""
        for together in zip(*self.values.values(), strict=True):
            yield dict(zip(self.values, together, strict=True))


Mistake = tuple[Path_, str]  # where in the section, and what


def sweep_factors(sweep: Mapping[str, Any]) -> tuple[list[Factor], list[Mistake]]:
    """The factors of a section that can be used, in order, and what is wrong with the others."""
    factors: list[Factor] = []
    wrong: list[Mistake] = []
    keys = sum(len(group) if isinstance(group, dict) else 1 for _, group in _groups(sweep))
    if keys > MOST_KEYS:
        return [], [((), f"{keys} keys are more than the {MOST_KEYS} that can be swept together")]
    for path, group in _groups(sweep):
        if not isinstance(group, dict) or not group:
            wrong.append((path, f"expected groups of keys, [{{key: values, other key: values}}], got {quoted(group)}"))
            continue
        factor = Factor({}, path)
        problems = [((*path, key), problem) for key, given in group.items() for problem in _read(key, given, factor)]
        taken = {key for other in factors for key in other.values} & factor.values.keys()
        problems += [((*path, key), f"{key} is swept twice; leave it out here or there") for key in sorted(taken)]
        problems += _mistakes_together(factor)
        wrong += problems
        factors += [] if problems else [factor]
    if math.prod(map(len, factors)) > MOST_POINTS:
        count = " x ".join(str(len(factor)) for factor in factors)
        return [], [*wrong, ((), f"{count} points are more than {MOST_POINTS}; give fewer values")]
    return factors, wrong


def combinations(factors: list[Factor]) -> Iterator[dict[str, Any]]:
    """What is set at every point of the grid, the last factor fastest; none without factors."""
    for chosen in product(*(list(factor.settings()) for factor in factors)) if factors else ():
        yield {key: value for settings in chosen for key, value in settings.items()}


def path_of(sweep: Mapping[str, Any], key: str) -> Path_:
    """Where in the section a swept key is written."""
    inside = [path for path, group in _groups(sweep) if isinstance(group, dict) and key in group]
    return (*inside[0], key) if inside else (key,)


def _groups(sweep: Mapping[str, Any]) -> Iterator[tuple[Path_, Any]]:
    """Every factor as it is written, {key: values}, and where in the section; a `zip` that is no list, as it is."""
    for key, given in sweep.items():
        if key != ZIP:
            yield (), {key: given}
        elif isinstance(given, list) and given:
            yield from (((ZIP, index), group) for index, group in enumerate(given))
        else:
            yield (ZIP,), [given] if isinstance(given, dict) else given


def _read(key: str, given: Any, factor: Factor) -> list[str]:
    """Add a key's values to its factor, or say what is wrong with them."""
    if key == ZIP or key.split(".")[0] == "sweep":
        return [f"{quoted(key)} cannot be swept"]
    if key in ("dataset.root", "dataset") and _names_places(key, given):
        return ["dataset.root says where data are, not which: it cannot be swept; sweep dataset.name"]
    if isinstance(given, dict):
        try:
            given = Range.model_validate(given).values()
        except ValidationError as error:
            return [line.partition(": ")[2] for line in mistakes(Range, Document(given), error)]  # without a place
    if not isinstance(given, list) or not given:
        return [f"expected a list of values, or a range {{low: .., high: .., points: ..}}, got {quoted(given)}"]
    factor.values[key] = given
    return []


def _names_places(key: str, given: Any) -> bool:
    """Whether the values of a key choose between data folders, which results do not tell apart."""
    return key == "dataset.root" or (
        isinstance(given, list) and any(isinstance(v, dict) and "root" in v for v in given)
    )


def _mistakes_together(factor: Factor) -> list[Mistake]:
    """What is wrong with the values of a factor beside one another."""
    where = factor.path or tuple(factor.values)
    if len({len(values) for values in factor.values.values()}) > 1:
        counts = ", ".join(f"{key} has {len(values)}" for key, values in factor.values.items())
        return [(where, f"keys of a group move together and need as many values each; {counts}")]
    known = set()
    for settings in factor.settings():
        same = json.dumps([_whole(value) for value in settings.values()], sort_keys=True, default=repr)
        if same in known:
            return [(where, f"{settings_text(settings)} is given twice")]
        known.add(same)
    return []


def _whole(value: Any) -> Any:
    """A whole number as an integer: 1.0 and 1 are the same setting."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _without_mistakes(sweep: dict[str, Any]) -> dict[str, Any]:
    """Raises ValidationError with every mistake at its place in the section."""
    details = [
        InitErrorDetails(type=PydanticCustomError("value_error", message), loc=path, input=sweep)
        for path, message in sweep_factors(sweep)[1]
    ]
    if details:
        raise ValidationError.from_exception_data("sweep", details)
    return sweep


_VALUES = {"anyOf": [{"type": "array", "minItems": 1}, Range.model_json_schema()]}
_GROUP = {"type": "object", "minProperties": 1, "additionalProperties": _VALUES}
Sweep = Annotated[
    dict[str, Any],
    AfterValidator(_without_mistakes),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {ZIP: {"type": "array", "minItems": 1, "items": _GROUP}},
            "additionalProperties": _VALUES,
        }
    ),
]
