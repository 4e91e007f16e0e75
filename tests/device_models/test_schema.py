import pytest

from device_models.document import parse_document
from device_models.errors import ConfigError
from device_models.schema import Finite, Positive, Schema, validate


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


def test_missing_key():
    with pytest.raises(ConfigError, match=r"f\.yaml:1: size: is missing"):
        validate(Outer, parse_document("inner: {}", "f.yaml"))
