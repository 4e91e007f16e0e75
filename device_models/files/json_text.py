"""JSON text of this program's own files as plain data; a key that is given twice is refused: JSON leaves open which one
counts."""

from __future__ import annotations

import json
from typing import Any

from device_models.errors import quoted


def read_json(text: str | bytes) -> Any:
    """The data in `text`. Raises ValueError for what is no JSON, nested too deeply, or has a key twice in one place."""
    try:
        return json.loads(text, object_pairs_hook=_entries)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _entries(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for name, value in pairs:
        if name in entries:
            raise ValueError(f"key {quoted(name)} is given twice")
        entries[name] = value
    return entries
