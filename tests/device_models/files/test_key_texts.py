"""Texts of keys are those below them in the source."""

from typing import Literal

from pydantic import Field

from device_models.files.key_texts import key_texts
from device_models.schema import Positive, Schema


class Base(Schema):
    first: int = 0
    """the first, whose text
    goes on"""
    second: Positive = 1.0
    third: float = Field(default=0.0)
    """the third"""


class Derived(Base):
    second: Literal[1] = 1
    """given here"""
    third: float = 1.0
    """another text"""


def test_a_text_stands_below_its_key_in_one_line():
    assert key_texts(Base) == {"first": "the first, whose text goes on", "third": "the third"}


def test_a_section_has_those_of_its_bases_and_its_own_before_them():
    assert key_texts(Derived) == {
        "first": "the first, whose text goes on",
        "second": "given here",
        "third": "another text",
    }


def test_a_class_without_source_has_none():
    space: dict = {"__name__": "nowhere"}
    exec("from device_models.schema import Schema\nclass Typed(Schema):\n    a: int = 0\n    'text'\n", space)
    assert key_texts(space["Typed"]) == {}


def test_the_json_schema_has_texts_and_limits_in_words_that_editors_know():
    properties = Base.model_json_schema()["properties"]
    assert properties["first"]["description"] == "the first, whose text goes on"
    assert properties["second"]["exclusiveMinimum"] == 0
    assert "description" not in properties["second"]
    assert "gt" not in properties["second"]
