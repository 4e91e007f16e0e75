import json
import pickle
import re

import pytest
from pydantic import model_validator

from device_models import load_device
from device_models.device import Device
from device_models.errors import ConfigError
from device_models.files.document import parse_document
from device_models.parts.read_noise_laws.polynomial import Polynomial
from device_models.parts.read_noise_laws.power_law import PowerLaw
from device_models.parts.read_noise_laws.table import Table
from device_models.schema import Finite, Positive, Schema, sections_in, validate


class Inner(Schema):
    window_s: Positive = 1.0


class Outer(Schema):
    inner: Inner = Inner()
    size: Finite


def test_all_mistakes_at_once_each_with_line_and_fix():
    text = "size: 1e-4\ninner:\n  windows_s: 3\n  window_s: -1\nextra: 1\n"
    with pytest.raises(ConfigError) as caught:
        validate(Outer, parse_document(text, "f.yaml"))
    assert sorted(caught.value.mistakes) == [
        "f.yaml:3: inner.windows_s: unknown key, did you mean window_s?",
        "f.yaml:4: inner.window_s: input should be greater than 0, got -1",
        "f.yaml:5: extra: unknown key; allowed: inner, size",
    ]


@pytest.mark.parametrize(
    ("value", "message"), [("'1'", "expected a number"), ("true", "expected a number"), (".nan", "finite")]
)
def test_numbers_must_be_finite_numbers(value, message):
    with pytest.raises(ConfigError, match=message):
        validate(Outer, parse_document(f"size: {value}", "f.yaml"))


def test_a_number_with_its_unit_is_told_in_the_unit_of_its_key():
    told = "f.yaml:1: inner.window_s: expected a number, got '100 ns'; _s is in s, without the unit: 1e-07"
    with pytest.raises(ConfigError, match=f"^{re.escape(told)}$"):
        validate(Outer, parse_document("inner: {window_s: 100 ns}\nsize: 1", "f.yaml"))
    with pytest.raises(ConfigError, match=r"expected a number, got '1uA'$"):
        validate(Outer, parse_document("size: 1uA", "f.yaml"))


def test_missing_key():
    with pytest.raises(ConfigError, match=r"f\.yaml:1: size: is missing"):
        validate(Outer, parse_document("inner: {}", "f.yaml"))


WRONG_UNITS = {
    "conductance.g_max_s": (100, "100 S is no cell's conductance (at most 0.1 S); is the unit right?"),
    "conductance.g_min_s": (1, "1 S is no cell's conductance"),
    "read_noise.relative_sd": (5, "5 is no relative sd, which is a fraction and not in per cent (at most 1)"),
    "read_noise.window_s": (100, "100 s is no read window or pulse (at most 10 s)"),
    "read_noise.law": ({"name": "power_law", "relative_sd_at_g_max": 5, "exponent": 0}, "5 is no relative sd"),
    "programming.relative_sd": (2, "2 is no relative sd"),
    "programming.error_polynomial_s": ({"coefficients": [1e-6], "valid_s": [0, 40]}, "40 S is no cell's conductance"),
    "programming.set.compliance": (
        {"cell_voltage_v": 500, "reference_current_a": 1e-4, "relative_sd": 4}, "500 V is no voltage of a cell",
    ),
    "programming.verify": ({"acceptance_s": 2}, "2 S is no cell's conductance"),
    "relaxation": ({"mean_per_ln_s": -0.2}, "-0.2 S is no cell's conductance"),
    "flicker": ({"relative": {"coefficient": 3}, "read_time_s": 250}, "250 s is no read window or pulse"),
    "programming.pulses.cycle_sd_v": (250, "250 V is no voltage of a cell"),
    "selector.threshold.mean_v": (-300, "-300 V is no voltage of a cell"),
}  # fmt: skip


@pytest.mark.parametrize("key", WRONG_UNITS)
def test_a_wrong_unit_is_asked_for(key):
    """Microsiemens typed as siemens, per cent as fractions, millivolts as volts, nanoseconds as seconds."""
    value, message = WRONG_UNITS[key]
    for part in reversed(key.split(".")):
        value = {part: value}
    with pytest.raises(ConfigError) as caught:
        load_device({"preset": "ideal", **value})
    assert any(message in line for line in caught.value.mistakes)


def test_every_key_of_a_kind_is_bounded():
    """By its name: what is in siemens or volts, a relative sd, a window. The conductances of a selector are not: an
    ideal switch has no limit."""
    kinds = re.compile(r"g_\w+_s|\w*valid_s|\w*_v|(\w+_)?relative_sd\w*|window_s|width_s|read_time_s|acceptance_s")
    seen = {}
    for model in _sections(Device) | {PowerLaw, Polynomial, Table}:
        for name, schema in model.model_json_schema()["properties"].items():
            if kinds.fullmatch(name):
                seen[f"{model.__name__}.{name}"] = '"maximum"' in json.dumps(schema)
    assert len(seen) > 15
    assert [key for key, bounded in seen.items() if not bounded] == []


def _sections(model, found=()):
    found = {model, *found}
    for field in model.model_fields.values():
        for inner in sections_in(field.annotation):
            if inner not in found:
                found |= _sections(inner, found)
    return found


@pytest.mark.parametrize(
    ("make", "mistakes"),
    [
        (
            lambda: Outer(inner={"windows_s": 3, "window_s": -1}, extra=1),
            ["Outer: size: is missing", "Outer: inner.window_s: input should be greater than 0, got -1",
             "Outer: inner.windows_s: unknown key, did you mean window_s?",
             "Outer: extra: unknown key; allowed: inner, size"],
        ),
        (lambda: Outer(size="3"), ["Outer: size: expected a number, got '3'"]),
        (lambda: setattr(Outer(size=3), "size", 4),
         ["Outer.size: settings do not change once they are made; make others with another value"]),
        (lambda: Whole(outer={"size": 0.5}),
         ["Whole: outer: inner: window_s: input should be greater than 0, got 0.0"]),
        (lambda: validate(Whole, parse_document("outer: {size: 0.5}", "f.yaml")),
         ["f.yaml:1: outer: inner: window_s: input should be greater than 0, got 0.0"]),
    ],
)  # fmt: skip
def test_sections_made_in_python_say_their_mistakes_in_our_words(make, mistakes):
    """pydantic's own lines, with a link to its manual, reached whoever made a configuration or a device in Python."""
    with pytest.raises(ConfigError) as caught:
        make()
    assert sorted(caught.value.mistakes) == sorted(mistakes)


class Halving(Schema):
    size: Finite

    @model_validator(mode="after")
    def _has_a_half(self):
        Inner(window_s=self.size // 1)
        return self


class Whole(Schema):
    outer: Halving


def test_a_mistake_of_a_section_made_in_python_goes_between_processes():
    with pytest.raises(ConfigError) as caught:
        Outer(size="3", extra=1)
    assert pickle.loads(pickle.dumps(caught.value)).mistakes == caught.value.mistakes
    assert not Outer.__pydantic_custom_init__  # or each section in a section would be refused before the next is seen
