"""How objects show themselves: a line that says what they are, and a table in a notebook, whatever is in them.

`shown` is for classes whose objects users hold: a study's results hold a million probabilities, a configuration a
hundred defaults. The `repr` names fields, and says of arrays shape and range, of lists how many are in them, of
settings those that differ from the defaults. A class that is no dataclass and no section of settings names what it
shows in `_shown_fields`.

In a notebook the object is a table, which `crossbar_nsm.report.notebook` makes, above everything that is shown. It is
looked up by name when somebody looks: this is the only way up in the project, and nothing below imports the report.
"""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any, TypeVar

import numpy as np

from device_models.checks.equality import compare_by_fields
from device_models.errors import quoted
from device_models.imports import uninterrupted

LONGEST = 700  # characters of a repr
SHARE = 3  # what one field has of the room of its object: a third
LEAST = 24  # characters that a field has anyway
MOST_SEARCHED = 20_000_000  # values of an array that are looked through for its range
FEW = 4  # values of an array, and objects by name, that are shown themselves

T = TypeVar("T", bound=type)
E = TypeVar("E")


def shown(kind: T) -> T:
    """Class decorator, above that of dataclasses (whose `repr` it replaces): objects show themselves in short, and
    those that have a `table()` print it with what is said of it. Dataclasses are equal that hold the same arrays."""
    own_text = {} if "__str__" in vars(kind) else {"__str__": _text if hasattr(kind, "table") else _repr}
    for name, function in {"__repr__": _repr, **own_text, "_repr_html_": _html}.items():
        setattr(kind, name, function)
    compare_by_fields(kind)
    return kind


def from_notebook(name: str) -> Any:
    """What `crossbar_nsm.report.notebook` calls `name`."""
    with uninterrupted():
        return getattr(importlib.import_module("crossbar_nsm.report.notebook"), name)


def is_shown(value: object) -> bool:
    """Whether the class of an object is `shown`, or one that it was made of."""
    return type(value).__repr__ is _repr


def shown_fields(value: Any) -> dict[str, Any]:
    """What is named of an object, in order."""
    if hasattr(value, "_shown_fields"):
        return dict(value._shown_fields())
    if isinstance(value, (Mapping, list)):
        entries = value.items() if isinstance(value, Mapping) else enumerate(value)
        return {str(key): entry for key, entry in entries}
    settings = getattr(type(value), "model_fields", None)
    if settings is not None:
        given = {name: getattr(value, name) for name in settings}
        return {name: entry for name, entry in given.items() if _is_set(settings[name], entry)}
    fields = getattr(type(value), "__dataclass_fields__", {})
    return {name: getattr(value, name, None) for name, field in fields.items() if field.repr}


def value_text(value: Any, room: int = LONGEST) -> str:
    """Any value in about `room` characters."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.6g}"
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return _array_text(value)
    if _has_fields(value):
        return _object_text(value, room)
    if isinstance(value, Mapping):
        kinds = {type(entry).__name__ for entry in value.values() if _has_fields(entry)}
        if len(kinds) == 1 and len(value) > FEW:
            return f"{{{len(value)} {kinds.pop()}}}"
        entries = (f"{quoted(key, LEAST)}: {value_text(entry, _part(room))}" for key, entry in value.items())
        return _joined(entries, len(value), room, "{}")
    if isinstance(value, (list, tuple, Set)):
        return _several_text(value, room)
    return quoted(os.fspath(value) if isinstance(value, os.PathLike) else value, max(room, LEAST))


def _repr(self: Any) -> str:
    try:
        return _object_text(self, LONGEST)
    except Exception:  # of an object that is only half made, in a debugger say
        return f"{type(self).__name__}(...)"


def _text(self: Any) -> str:
    text: str = from_notebook("text_of")(self)
    return text


def _html(self: Any) -> str:
    html: str = from_notebook("html_of")(self)
    return html


def _is_set(field: Any, value: Any) -> bool:
    return field.is_required() or bool(value != field.get_default(call_default_factory=True))


def _has_fields(value: Any) -> bool:
    kinds = ("__dataclass_fields__", "model_fields")
    return is_shown(value) or any(hasattr(type(value), kind) for kind in kinds)


def _part(room: int) -> int:
    return max(room // SHARE, LEAST)


def _object_text(value: Any, room: int) -> str:
    if isinstance(value, list):
        return _several_text(value, room)
    fields = shown_fields(value)
    texts = (f"{name}={value_text(entry, _part(room))}" for name, entry in fields.items())
    return type(value).__name__ + _joined(texts, len(fields), room - len(type(value).__name__), "()")


def _several_text(values: Sequence[Any] | Set[Any], room: int) -> str:
    """The entries where there is room; of objects their number: [12 Row]."""
    kinds = {type(value).__name__ for value in values if _has_fields(value)}
    ends = "()" if isinstance(values, tuple) else "{}" if isinstance(values, Set) else "[]"
    if len(kinds) == 1:
        return f"{ends[0]}{len(values)} {kinds.pop()}{ends[1]}"
    return _joined((value_text(value, _part(room)) for value in values), len(values), room, ends)


def _joined(texts: Iterator[str], count: int, room: int, ends: str) -> str:
    """As many of `count` texts as there is room for, and how many more there are."""
    parts: list[str] = []
    used = 2
    for number, text in enumerate(texts):
        rest = f"... {count - number} more"
        used += len(text) + 2
        if used + (len(rest) + 2 if number < count - 1 else 0) > room:
            parts.append(rest if parts else f"{count} entries" if ends != "()" else "...")
            break
        parts.append(text)
    return ends[0] + ", ".join(parts) + ends[1]


def _array_text(array: Any) -> str:
    """float32 (200, 10), 0 to 0.998; the values themselves of a few."""
    kind, shape = str(array.dtype).removeprefix("torch."), tuple(array.shape)
    said = f"{kind} {shape}" if shape else kind
    size = math.prod(shape)
    if not 0 < size <= MOST_SEARCHED:
        return said
    try:
        values = np.asarray(array.detach() if hasattr(array, "detach") else array)
    except Exception:  # on another device, sparse
        return said
    if values.dtype.kind not in "buif":
        return said
    if size <= FEW:
        return f"{values.tolist()}" if values.dtype.kind != "f" else _few(values.tolist(), lambda v: f"{v:.6g}")
    return f"{said}, {_range_text(values)}"


def _few(values: Any, form: Callable[[float], str]) -> str:
    return f"[{', '.join(_few(value, form) for value in values)}]" if isinstance(values, list) else form(values)


def _range_text(values: np.ndarray) -> str:
    if values.dtype.kind == "b":
        return f"{int(values.sum())} True"
    unknown = int(np.isnan(values).sum()) if values.dtype.kind == "f" else 0
    if unknown == values.size:
        return "all NaN"
    low, high = np.nanmin(values), np.nanmax(values)
    return f"{low:.4g} to {high:.4g}" + (f", {unknown} NaN" if unknown else "")


@shown
class Several(list[E]):
    """A list of objects whose `repr` says how many of which there are."""


@shown
class ByName(dict[str, E]):
    """Objects by name, as short as one that has them as fields."""
