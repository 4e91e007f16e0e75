"""Damage to files of this program's own: hypothesis strategies, and what they do to JSON, arrays and bytes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from device_models.files.digests import digest
from device_models.files.records import OWN

SCALARS: list[Any] = [
    None, True, False, 0, -1, 3, 2**31, 2**63, 2**64, 2**100, 10**400, 0.5, -1.0, 1e300, -1e308, float("nan"),
    float("inf"), "", "1", "nan", "x" * 2000, "../../x", "\x1b[2J\nerror: forged", "\ud800", "a\0b", [], {}, [[]], [1],
    {"a": 1}, {"": None},
]  # fmt: skip
values = st.one_of(st.sampled_from(SCALARS), st.recursive(st.sampled_from(SCALARS), lambda inner: st.lists(inner)))
places = st.integers(0, 10**6)
spoilt = st.fixed_dictionaries(
    {"place": places, "what": st.sampled_from(["set", "drop", "cut", "twice"]), "to": values}
)
ARRAY = {
    "NaN": lambda a: np.where(True, np.nan, a.astype(float)).astype(a.dtype if a.dtype.kind == "f" else float),
    "one NaN": lambda a: _with(a, np.nan),
    "infinite": lambda a: _with(a, np.inf),
    "huge": lambda a: _with(a, 1e300),
    "negative": lambda a: -1 - np.abs(a.astype(float)),
    "negative, of its kind": lambda a: (-1 - np.abs(a.astype(float))).astype(a.dtype),
    "zero": lambda a: np.zeros_like(a),
    "large": lambda a: np.full_like(a, 100),
    "cut": lambda a: a[: len(a) // 2] if a.ndim else a,
    "empty": lambda a: a[:0] if a.ndim else a,
    "flat": lambda a: a.ravel(),
    "deep": lambda a: a[None],
    "scalar": lambda a: a.ravel()[0] if a.size else a,
    "transposed": lambda a: a.T,
    "repeated": lambda a: np.concatenate([a, a]) if a.ndim else a,
    "int8": lambda a: a.astype(float).clip(-100, 100).astype(np.int8),
    "uint64": lambda a: np.full(a.shape, 2**64 - 1, np.uint64),
    "int64": lambda a: np.full(a.shape, 2**63 - 1, np.int64),
    "float16": lambda a: a.astype(float).clip(-1e4, 1e4).astype(np.float16),
    "float64": lambda a: a.astype(np.float64),
    "float32": lambda a: a.astype(float).clip(-1e30, 1e30).astype(np.float32),
    "bool": lambda a: a.astype(bool),
    "complex": lambda a: a.astype(np.complex64),
}
OF_TORCH = {
    name: lambda t, dtype=dtype: t.to(dtype)
    for name, dtype in {
        "bfloat16": torch.bfloat16, "float8_e4m3fn": torch.float8_e4m3fn, "float8_e5m2": torch.float8_e5m2,
        "half": torch.float16, "complex64": torch.complex64,
    }.items()
}  # fmt: skip
IN_MEMORY = {  # what torch.save writes and safetensors does not
    "spread": lambda t: torch.zeros(1, dtype=t.dtype).expand(t.shape) if t.ndim else t,
    "sparse": lambda t: t.to_sparse() if t.ndim else t,
    "number": lambda t: 3,
    "text": lambda t: "x",
    "list": lambda t: [t],
}


def spoil(data: Any, place: int, what: str, to: Any) -> Any:
    """A copy of nested mappings and lists with one place changed, dropped, cut short or doubled."""
    data = copy.deepcopy(data)
    spots = list(_spots(data))
    container, key = spots[place % len(spots)]
    if what == "drop":
        del container[key]
    elif what == "cut" and isinstance(container[key], (str, list)):
        container[key] = container[key][: len(container[key]) // 2]
    elif what == "twice" and isinstance(container, list):
        container.append(container[key])
    else:
        container[key] = to
    return data


def signed(record: dict[str, Any]) -> dict[str, Any]:
    """The content of a record of `device_models.files.records` with the digest that this program would have written."""
    plain = {name: value for name, value in record.items() if name not in OWN}
    return record | {"digest": digest(plain)}


def spoil_array(array: np.ndarray, how: str) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.ascontiguousarray(ARRAY[how](np.asarray(array)))


def spoil_tensor(tensor: torch.Tensor, how: str) -> Any:
    """As `spoil_array` for tensors, and with kinds of numbers that numpy does not have."""
    if how in OF_TORCH:
        return OF_TORCH[how](tensor)
    if how in IN_MEMORY:
        return IN_MEMORY[how](tensor)
    return torch.from_numpy(spoil_array(tensor.numpy(), how))


def spoil_bytes(content: bytes, place: int, to: bytes, cut: bool) -> bytes:
    """Bytes overwritten at a place, and the file cut there or not."""
    at = place % max(len(content), 1)
    return content[:at] + to + (b"" if cut else content[at + len(to) :])


def _with(array: np.ndarray, value: float) -> np.ndarray:
    changed = array.astype(array.dtype if array.dtype.kind == "f" else float).copy()
    changed.flat[: min(1, changed.size)] = value
    return changed


def _spots(data: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything inside nested mappings and lists."""
    keys = data.keys() if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in list(keys):
        yield data, key
        yield from _spots(data[key])
