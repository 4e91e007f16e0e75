"""Strategies of hostile inputs, for the tests in tests/fuzz."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

letters = st.characters(exclude_categories=())  # halves of characters, NUL and control characters among them
texts = st.one_of(
    st.text(letters, max_size=20), st.sampled_from(["", " ", "\0", "\n", "\ud800", "\x1b[2J", "a" * 5000])
)
numbers = st.one_of(
    st.integers(-3, 5), st.integers(-(2**70), 2**70), st.floats(), st.floats(width=32).map(np.float32),
    st.sampled_from([0, -1, 1e-308, 1e308, 1e30, 2**31, 2**63, 2**64, 10**400, np.int64(3), np.nan, np.inf]),
)  # fmt: skip


class Strange:
    """An object that raises whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __len__(self) -> int:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError

    def __eq__(self, _other: object) -> bool:
        raise RuntimeError

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return "Strange()"  # hypothesis shows it


class BrokenError(Exception):
    """What a `Broken` raises."""


class Broken:
    """An object of which one of the ways in which Python asks for numbers, texts, lengths and entries is broken, and
    only that way is there."""

    def __init__(self, way: str):
        def fail(*_: Any, **__: Any) -> Any:
            raise BrokenError(way)

        self.way, self.__class__ = way, type("Broken", (Broken,), {way: fail})

    def __repr__(self) -> str:
        return f"Broken({self.way!r})"


WAYS = [
    "__len__", "__iter__", "__array__", "__index__", "__fspath__", "__float__", "__int__", "__getitem__", "__bool__",
    "__str__", "__call__", "__array_interface__", "__torch_function__", "keys", "tolist", "__format__", "__enter__",
]  # fmt: skip
shapes = st.lists(st.integers(0, 40), max_size=4).map(tuple)
types = st.sampled_from(["f4", "f8", ">f8", "f2", "u1", "i8", "?", "c16", "U3", "O", "M8[s]", "V4"])


@st.composite
def arrays(draw: st.DrawFn) -> Any:
    """Arrays of any type and shape, of numpy and torch, a few of them contiguous, masked, sparse or empty."""
    shape, fill = (
        draw(st.one_of(shapes, st.sampled_from([(2, 30), (1, 30), (0, 30), (2, 5, 6)]))),
        draw(st.floats(-2, 2)),
    )
    try:
        array = np.full(shape, fill).astype(draw(types))
    except (TypeError, ValueError):
        array = np.full(shape, fill)
    form = draw(st.sampled_from(["array", "list", "masked", "strided", "torch", "sparse", "meta", "scaled", "nan"]))
    if form == "list":
        return array.tolist()
    if form == "masked":
        return np.ma.masked_array(array, mask=array == array)
    if form == "strided":
        return np.asfortranarray(array)[::-1]
    if form == "nan":
        return np.full(shape, np.nan)
    if form == "scaled":
        return np.full(shape, 255, np.uint8)
    if form in ("torch", "sparse", "meta"):
        tensor = torch.full(shape, fill)
        return {"torch": tensor, "sparse": tensor.to_sparse() if shape else tensor, "meta": tensor.to("meta")}[form]
    return array


scalars = st.one_of(st.none(), st.booleans(), numbers, texts, st.binary(max_size=9), st.builds(Strange), st.just(len),
                    st.sampled_from(WAYS).map(Broken))  # fmt: skip
anything = st.one_of(
    scalars, st.lists(scalars, max_size=3), st.dictionaries(st.one_of(texts, st.integers(0, 3)), scalars, max_size=3),
    arrays(), st.just(object), st.just(range(10**5)),
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file with a few of its bytes changed, added, repeated or left out, or its end cut off."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        kind = draw(st.sampled_from(["set", "insert", "delete", "cut", "repeat", "number"]))
        if kind == "set":
            content[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif kind == "insert":
            content[at:at] = draw(st.binary(max_size=8))
        elif kind == "delete":
            del content[at : at + draw(st.integers(1, 64))]
        elif kind == "cut":
            del content[at:]
        elif kind == "repeat":
            content[at:at] = content[at : at + draw(st.integers(1, 64))]
        else:
            content[at : at + 4] = draw(
                st.sampled_from([b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f", b"\0\0\0\x80"])
            )
    return bytes(content)


plain = st.one_of(st.none(), st.booleans(), numbers, texts)
nested = st.recursive(
    plain,
    lambda inside: st.one_of(st.lists(inside, max_size=4), st.dictionaries(texts, inside, max_size=4)),
    max_leaves=8,
)
