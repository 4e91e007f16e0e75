"""Rows of results as a table of polars."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from device_models.imports import uninterrupted

if TYPE_CHECKING:
    import polars


def frame(rows: Iterable[Mapping[str, Any]]) -> polars.DataFrame:
    """One row each; columns in order of appearance, null where a row has none.

    What is swept (a mapping under `set` or `settings`) has columns of its own, by key; of one under `first_set` they
    are called `first.<key>`, and of any other mapping `<name>.<key>`. A column of mixed kinds is text (JSON).
    """
    with uninterrupted():
        import polars

    rows = list(rows)
    swept = {name: list(dict.fromkeys(key for row in rows for key in row.get(name, ()))) for name in _swept(rows)}
    spread = [dict(_spread(row, swept)) for row in rows]
    names = list(dict.fromkeys(name for row in spread for name in row))
    columns = {}
    for name in names:
        values = [row.get(name) for row in spread]
        kind = polars.Null if all(value is None for value in values) else column_kind(values)
        columns[name] = polars.Series(name, [column_value(value, kind) for value in values], kind)
    return polars.DataFrame(columns)


def column_kind(values: Iterable[Any]) -> Any:
    """The column type that holds all values; text for what are no plain numbers, nor lists of them."""
    with uninterrupted():
        import polars

    known = [value for value in values if value is not None]
    if known and all(isinstance(value, (list, tuple)) for value in known):
        inside = column_kind(entry for value in known for entry in value)
        return polars.List(inside) if inside != polars.String else polars.String
    kinds = {type(value) for value in known}
    if kinds == {bool}:
        return polars.Boolean
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in known):
        return polars.Int64
    return polars.Float64 if kinds and kinds <= {int, float} else polars.String


def column_value(value: Any, kind: Any) -> Any:
    """`value` in a column of that type."""
    import polars

    if value is None:
        return None
    if isinstance(kind, polars.List):
        return [column_value(entry, kind.inner) for entry in value]
    if kind == polars.Float64:
        return float(value)
    return value if kind != polars.String or isinstance(value, str) else json.dumps(value, default=str)


def _swept(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Names of mappings of swept keys."""
    return {name for row in rows for name in row if name in ("set", "settings") or name.endswith("_set")}


def _spread(row: Mapping[str, Any], swept: Mapping[str, list[str]]) -> Iterable[tuple[str, Any]]:
    for name, value in row.items():
        if name in swept:
            prefix = f"{name.removesuffix('_set')}." if name.endswith("_set") else ""
            yield from ((prefix + key, value.get(key)) for key in swept[name])
        elif isinstance(value, Mapping):
            yield from ((f"{name}.{key}", entry) for key, entry in _spread(value, {}))
        else:
            yield name, value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
