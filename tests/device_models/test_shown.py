"""How objects show themselves: short whatever is in them, and otherwise as they were."""

import pickle
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from device_models import ReadConditions, Stream, load_device
from device_models.schema import Schema
from device_models.shown import LONGEST, ByName, Several, is_shown, shown, value_text


@shown
@dataclass(frozen=True)
class Held:
    """What the tests put things into."""

    name: str
    value: Any = None
    more: dict[str, Any] = field(default_factory=dict)


class Settings(Schema):
    a: int = 1
    b: float = 0.5
    inside: "Settings | None" = None


HUGE = {
    "array": np.zeros((1000, 1000)),
    "array of texts": np.array([["x" * 1000] * 10] * 10),
    "tensor": torch.arange(100_000.0).reshape(100, 1000),
    "text": "x" * 100_000,
    "number": 10**5000,
    "list": list(range(100_000)),
    "list of objects": [Held("x", np.zeros(5))] * 1000,
    "mapping": {f"key {k}" * 50: "x" * 1000 for k in range(1000)},
    "mapping of objects": {f"key {k}": Held("x" * 100) for k in range(1000)},
    "set": set(range(10_000)),
    "objects in objects": Held("a", Held("b", Held("c", Held("d", Held("e", [Held("f")] * 9))))),
    "a list of lists": [[[[list(range(100))] * 100] * 100] * 10] * 10,
    "settings": Settings(inside=Settings(inside=Settings(a=10**9))),
    "bytes": b"x" * 10_000,
}


@pytest.mark.parametrize("what", HUGE)
def test_a_repr_is_short_whatever_is_held(what):
    held = Held("x" * 1000, HUGE[what], {f"field {k}": HUGE[what] for k in range(50)})
    for text in (repr(held), str(held), f"{held}"):
        assert text.startswith("Held(name='xxx")
        assert len(text) <= 2 * LONGEST <= 2000
        assert "\n" not in text


SAID = [
    (np.arange(12, dtype=np.float32).reshape(3, 4) / 11, "float32 (3, 4), 0 to 1"),
    (np.array([1.5, np.nan, np.inf, 0.0, 2.0]), "float64 (5,), 0 to inf, 1 NaN"),
    (np.full(9, np.nan), "float64 (9,), all NaN"),
    (np.zeros((0, 5)), "float64 (0, 5)"),
    (np.array([True] * 3 + [False] * 4), "bool (7,), 3 True"),
    (np.array([1, 2, 3]), "[1, 2, 3]"),
    (np.array(7.25), "7.25"),
    (np.float64(0.1) + np.float64(0.2), "0.3"),
    (torch.linspace(0, 1, 6, requires_grad=True), "float32 (6,), 0 to 1"),
    (torch.zeros(2, 3, device="meta"), "float32 (2, 3)"),
    ([Held("a"), Held("b")], "[2 Held]"),
    ({"a": Held("b")}, "{'a': Held(name='b', value=None, more={})}"),
    ({f"{k}": Held("b") for k in range(5)}, "{5 Held}"),
    ([1, 2.5, "x", None], "[1, 2.5, 'x', None]"),
    ((), "()"),
    (OrderedDict(a=1), "{'a': 1}"),
    (Path("a/b"), "'a/b'"),
    ("two\nlines", "'two\\nlines'"),
    (True, "True"),
    (float("nan"), "nan"),
]


@pytest.mark.parametrize(("value", "text"), SAID, ids=[text for _, text in SAID])
def test_what_is_said(value, text):
    assert value_text(value) == text


def test_lists_and_mappings_of_objects_are_short_and_still_lists_and_mappings():
    many = [Held("a", np.arange(9))] * 1000
    several, by_name = Several(many), ByName({f"layer {number}": one for number, one in enumerate(many)})
    assert (repr(several), repr(Several())) == ("[1000 Held]", "[]")
    assert repr(by_name).startswith("ByName(layer 0=Held(name='a', value=int64 (9,), 0 to 8, more={}), layer 1=")
    assert max(len(text) for of in (several, by_name) for text in (repr(of), str(of))) <= LONGEST
    assert (several, by_name) == (many, dict(by_name))
    assert pickle.loads(pickle.dumps([several, by_name])) == [several, by_name]
    for of, first in ((several, ">0<"), (by_name, ">layer 0<")):
        assert first in of._repr_html_()
        assert "more rows" in of._repr_html_()
    assert value_text({"a": several}) == "{'a': [1000 Held]}"


def test_of_settings_those_that_are_not_as_by_default_are_named():
    assert repr(Settings()) == "Settings()"
    assert repr(Settings(b=2, inside=Settings(a=3))) == "Settings(b=2, inside=Settings(a=3))"
    device = load_device("rram_wan2022")
    assert repr(device).startswith("Device(name='rram_wan2022', ")
    assert "conductance=ConductanceRange(g_min_s=1e-06, g_max_s=3.93e-05)" in repr(device)
    assert str(device) == repr(device)


def test_objects_are_otherwise_as_they_were():
    """Equality, hashes, pickles and plain data."""
    held, stream = Held("a", (1, 2)), Stream(seed=3)
    assert held == Held("a", (1, 2)) != Held("a", (1, 3))
    assert {Stream(seed=3)} == {stream}
    assert pickle.loads(pickle.dumps(held)) == held
    assert asdict(held) == {"name": "a", "value": (1, 2), "more": {}}
    device = load_device("rram_milo2021")
    assert type(device).model_validate_json(device.model_dump_json()) == device


def test_an_object_that_is_half_made_is_shown_too():
    half = object.__new__(Held)
    assert repr(half) == "Held(name=None, value=None, more=None)"

    @shown
    class Failing:
        def _shown_fields(self):
            raise RuntimeError

    assert repr(Failing()) == "Failing(...)"
    assert is_shown(half)
    assert not is_shown(5)


def test_a_text_of_its_own_stays():
    @shown
    @dataclass
    class Named:
        name: str

        def __str__(self) -> str:
            return self.name

    assert str(Named("a")) == "a"
    assert repr(ReadConditions()) == "ReadConditions(voltage_v=0.2, window_s=1e-07, interval_s=1e-06, age_s=0)"
