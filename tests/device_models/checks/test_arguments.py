import os
from pathlib import Path

import numpy as np
import pytest

from device_models.checks.arguments import (
    a_flag,
    a_function,
    a_number,
    a_path,
    a_text,
    by_name,
    checked,
    each,
    instance_of,
    one_of,
    optional,
    path_or,
    whole_number,
)
from device_models.errors import ConfigError


class Strange:
    """Whatever is asked of it raises."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError


class Broken:
    """Is a number and a path, and fails to say which."""

    def __index__(self):
        raise LookupError

    __float__ = __fspath__ = __index__


class PathOfNothing(os.PathLike):
    def __fspath__(self):
        raise LookupError


GOOD = [
    (whole_number(1, 9), np.int8(3), 3),
    (a_number(0), np.float32(0.5), 0.5),
    (a_number(), 7, 7.0),
    (a_text, "a", "a"),
    (a_path, Path("a"), Path("a")),
    (a_flag, False, False),
    (one_of(["a", "b"]), "b", "b"),
    (optional(a_flag), None, None),
    (each(a_number()), np.array([1, 2]), [1.0, 2.0]),
    (each(a_flag, least=1), (True,), [True]),
    (by_name(a_number()), {"a": 1}, {"a": 1.0}),
    (path_or(dict), {}, {}),
    (instance_of(dict, of="a mapping"), {}, {}),
]


@pytest.mark.parametrize(("kind", "value", "expected"), GOOD)
def test_what_is_good_comes_back_as_pythons_own(kind, value, expected):
    found = kind("x", value)
    assert found == expected
    assert type(found) is type(expected)


BAD = [
    (
        whole_number(1, 9),
        [0, 10, 1.0, True, "1", None, 10**5000, np.nan, Strange(), Broken()],
        "x=.*expected a whole number from 1 to 9",
    ),
    (whole_number(), [-1, 1.5], "x=.*expected a whole number from 0$"),
    (whole_number(), [2**63, 2**70], "x=.*expected a whole number from 0 to 9223372036854775807$"),
    (
        a_number(0, 1),
        [-1, 2, np.nan, np.inf, "1", True, 1j, None, [1], 10**400, Strange(), Broken()],
        "x=.*expected a number from 0 to 1",
    ),
    (a_text, [1, None, b"a", "a\0", "\udcff"], "x=.*expected text"),
    (a_path, [1, None, b"a", "", "a\0b", ["a"], PathOfNothing()], "x=.*expected the path"),
    (a_flag, [0, 1, "yes", None, np.bool_(True)], "x=.*expected True or False"),
    (a_function, [1, "print", None], "x=.*expected a function"),
    (one_of(["a", "b"]), ["c", None, [], np.zeros(3), Strange()], "x=.*expected a or b"),
    (each(a_number()), ["12", {}, 5, None, range(10**6), Strange()], "x=.*expected a list"),
    (each(a_number()), [["a"], [None]], "x=.*expected a number"),
    (each(a_number(), least=1), [[], ()], "x=.*expected a list of 1 to"),
    (by_name(a_number()), [{}, {1: 2}, [1], None, "a", Strange()], "x=.*expected a mapping of one or more names"),
    (by_name(a_number()), [{"a": None}], r"x\['a'\]=None: expected a number"),
    (path_or(dict), [5, None, [], Strange()], "x=.*expected a configuration or the path of one"),
    (instance_of(dict, of="a mapping"), [[], None, Strange()], "x=.*expected a mapping"),
]


@pytest.mark.parametrize(
    ("kind", "value", "message"), [(k, v, m) for k, values, m in BAD for v in values], ids=lambda _: "-"
)
def test_what_is_bad_is_refused_with_the_arguments_name(kind, value, message):
    with pytest.raises(ConfigError, match=message) as caught:
        kind("x", value)
    assert len(str(caught.value)) < 300


def test_arguments_are_checked_wherever_they_are_given():
    @checked(a=whole_number(), more=a_text, b=a_flag)
    def function(a, *more, b=None):
        """Text."""
        return a, more, b

    assert function(np.int64(1), "x", "y", b=True) == (1, ("x", "y"), True)
    assert function(a=1) == (1, (), None)  # defaults are the function's own
    assert function.__doc__ == "Text."
    for arguments, named, message in (((1.5,), {}, "a=1.5"), ((1, "x", 3), {}, "more=3"), ((1,), {"b": 1}, "b=1")):
        with pytest.raises(ConfigError, match=message):
            function(*arguments, **named)
    with pytest.raises(TypeError, match="c"):
        function(1, c=2)
