"""What several commands print in the same way."""

from __future__ import annotations

import json
from typing import Any


def print_comparison(result: Any, as_json: bool) -> None:
    """The table of a comparison, or its JSON."""
    from crossbar_nsm.report.tables import comparison_table, print_table

    if as_json:
        print_json(result.as_dict())
    else:
        print_table(comparison_table(result.rows))


def print_json(value: Any) -> None:
    """JSON on standard output; what JSON cannot hold becomes text or null."""
    print(json.dumps(_json_safe(value), indent=2, allow_nan=False))


def _json_safe(value: Any) -> Any:
    """Infinite numbers (beta of a noiseless device) become text, which JSON can hold."""
    if isinstance(value, dict):
        return {key: _json_safe(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_safe(entry) for entry in value]
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    return value
