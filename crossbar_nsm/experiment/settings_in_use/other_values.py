"""Other values that a setting could have: what is tried to find out whether it is asked for.

Small differences may not show in a small network (a stuck cell in a million), so values far apart are tried, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from device_models.files.document import Path_
from device_models.schema import sections_in

FACTORS = (2.0, 0.5, 10.0, 0.1, 1e3, 1e-3, 1e6)
NUMBERS = (0.5, 0.0, 1.0, 3.0)
COUNTS = (1, 2, 3, 10)
MOST_COUNT = 1000


def other_values(model: type[BaseModel], key: str, value: Any, swept: Sequence[Any] = ()) -> Iterator[Any]:
    """For a dotted key of a configuration: other values that it is swept over, its default, then what its kind allows
    and what is far from `value`. Not all of them may be valid beside the other settings."""
    field = field_of(model, key)
    tried: list[Any] = [value]
    for other in (*swept, *_default(field), *_choices(field.annotation if field else None), *_numbers(value, field)):
        if not any(other == known and type(other) is type(known) for known in tried):
            tried.append(other)
            yield other


def field_of(model: type[BaseModel], key: str) -> FieldInfo | None:
    """The field of a dotted key; names inside free mappings are stepped over. None for what no section has."""
    models, field = [model], None
    for part in key.split("."):
        fields = [one.model_fields[part] for one in models if part in one.model_fields]
        if fields:
            field, models = fields[0], sections_in(fields[0].annotation)
        elif field is None or get_origin(field.annotation) is not dict:
            return None
    return field


def choices(field: FieldInfo) -> list[Any]:
    """The words that a field may have; none where it takes numbers."""
    return [choice for choice in _choices(field.annotation) if isinstance(choice, str)]


def _default(field: FieldInfo | None) -> list[Any]:
    value = PydanticUndefined if field is None else field.get_default()
    return [] if value is PydanticUndefined or isinstance(value, (BaseModel, dict, list)) else [value]


def _choices(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if annotation is bool:
        return [True, False]
    return [choice for argument in get_args(annotation) for choice in _choices(argument)]


def _numbers(value: Any, field: FieldInfo | None) -> list[Any]:
    if isinstance(value, (bool, str)):
        return []
    integer = isinstance(value, int) if field is None else not _has(field.annotation, float)
    if value is None:
        return [*COUNTS, *([] if integer else [0.5, 1e-6])]
    if isinstance(value, (list, tuple)):
        return [*(_scaled(value, factor) for factor in (2.0, 0.5, 0.0)), _bent(value)] if _all_numbers(value) else []
    if not isinstance(value, (int, float)):
        return []
    if integer:
        return [*(count for count in (2 * value, value + 1, value - 1) if count <= MOST_COUNT), *COUNTS, 0]
    return [*(factor * value for factor in FACTORS if value), *NUMBERS]


def _all_numbers(values: Sequence[Any]) -> bool:
    """Whether a table, however deep, has numbers only."""
    return all(
        _all_numbers(value)
        if isinstance(value, (list, tuple))
        else isinstance(value, (int, float)) and not isinstance(value, bool)
        for value in values
    )


def _scaled(values: Sequence[Any], factor: float) -> list[Any]:
    return [_scaled(value, factor) if isinstance(value, (list, tuple)) else factor * value for value in values]


def _has(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_has(argument, kind) for argument in get_args(annotation))


def leaves(data: Any, path: Path_) -> Iterator[tuple[Path_, Any]]:
    """Every value that is no mapping, and its path."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    else:
        yield path, data


def _bent(values: Sequence[Any]) -> list[Any]:
    """A table of other proportions, in the same order: numbers times their size."""
    return [_bent(value) if isinstance(value, (list, tuple)) else value * abs(value) for value in values]
