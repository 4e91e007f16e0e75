import pickle
import traceback

import pytest

from device_models.errors import (
    LONGEST_LINE,
    MOST_MISTAKES,
    ConfigError,
    DatasetError,
    MappingError,
    allowed,
    explained_by,
    quoted,
)


@pytest.mark.parametrize(
    "name", ["a\nerror: everything is fine", "\x1b[31mred", "\u2028", "\u202ebidi", "\udcff", "\0"]
)
def test_a_name_cannot_break_the_line(name):
    for error in (DatasetError(f"data set {name}: no such file"), ConfigError(f"{name}: no"), ConfigError([name, "b"])):
        assert str(error).replace("\n", "", len(getattr(error, "mistakes", [""])) - 1).isprintable()


def test_a_line_keeps_its_ends_whatever_is_quoted_in_it():
    text = str(DatasetError(f"c.yaml:3: {'x' * 10_000}: give less"))
    assert len(text) <= LONGEST_LINE
    assert text.startswith("c.yaml:3: xxx")
    assert text.endswith("x: give less")


def test_only_the_first_mistakes_are_listed():
    mistakes = ConfigError([f"line {k}" for k in range(1000)]).mistakes
    assert mistakes[:2] == ["line 0", "line 1"]
    assert len(mistakes) == MOST_MISTAKES + 1


@pytest.mark.parametrize("error", [ConfigError(["a", "b"]), ConfigError("a"), DatasetError("a\nb")])
def test_errors_pass_between_processes(error):
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert getattr(again, "mistakes", None) == getattr(error, "mistakes", None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"), (1.5, "1.5"), ([1, 2], "[1, 2]"), ({"a": None}, "{'a': None}"), ("a\nb", r"'a\nb'"),
        ("\ud800", r"'\ud800'"), pytest.param(10**5000, "<int>", id="digits"),
    ],
)  # fmt: skip
def test_quoted_is_what_python_writes(value, text):
    assert quoted(value) == text


@pytest.mark.parametrize("value", ["x" * 10**6, list(range(10**6)), {k: k for k in range(10**5)}, b"x" * 10**6])
def test_quoted_is_short(value):
    assert len(quoted(value)) <= 60
    assert "..." in quoted(value)


def test_allowed_names_the_close_one_or_the_first_few():
    assert allowed(["mnist", "cifar10"], "mnits") == "did you mean mnist?"
    assert allowed(["a", "b"], "zzz") == "allowed: a, b"
    assert allowed(range(100), "zzz", most=2) == "allowed: 0, 1 and 98 more"


@explained_by("outer")
def raise_within_two_pages(error):
    with explained_by("inner"):
        raise error


@pytest.mark.parametrize(
    ("error", "page"),
    [
        (MappingError("a"), "inner"), (ConfigError("a"), "inner"), (DatasetError("a"), "use_your_images"),
        (DatasetError("a").see("own"), "own"),
    ],
)  # fmt: skip
def test_the_page_of_an_error_is_the_nearest(error, page):
    with pytest.raises(type(error)) as caught:
        raise_within_two_pages(error)
    assert caught.value.page == page
    assert pickle.loads(pickle.dumps(caught.value)).page == page
    assert str(caught.value) == "a"
    assert traceback.format_exception(caught.value)[-1] == f"more: crossbar-nsm docs {page}\n"
