"""A digest over what one of this program's own files holds: it tells what was edited from what was written."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np


def digest(content: Any) -> str:
    """24 hex digits over JSON-able data, in which NumPy arrays and torch tensors count by kind, shape and values; the
    order of entries does not. Raises TypeError or ValueError for anything else."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=_of_array).encode()).hexdigest()[:24]


def _of_array(value: Any) -> list[Any]:
    array = np.asarray(value)
    if array.dtype.hasobject:
        raise TypeError(f"no digest of {type(value).__name__}")
    return [array.dtype.str, array.shape, hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()]
