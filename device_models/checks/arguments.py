"""Arguments of public functions, checked where they enter: `@checked(samples=whole_number(1), out=a_path)`.

A kind is a function of (name, value) that gives the value back, as a plain one of Python's, or raises ConfigError with
the argument's name, what is allowed and what was given.
"""

from __future__ import annotations

import inspect
import math
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import numpy as np

from device_models.errors import ConfigError, quoted
from device_models.files.home import at_home
from device_models.files.yaml_text import is_text

Kind = Callable[[str, Any], Any]
P = ParamSpec("P")
R = TypeVar("R")
MOST_ENTRIES = 10_000
LONGEST_PATH = 4096
MOST_DIMENSIONS = 64  # of numpy


def checked(**kinds: Kind) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: the named arguments are of these kinds; of `*overrides` and the like, each."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        several = {p.name for p in signature.parameters.values() if p.kind is inspect.Parameter.VAR_POSITIONAL}

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError as error:  # what is missing or unknown, as everywhere
                raise TypeError(f"{function.__name__}() {error}") from None
            for name, value in bound.arguments.items():
                if kind := kinds.get(name):
                    is_tuple = name in several
                    bound.arguments[name] = tuple(kind(name, v) for v in value) if is_tuple else kind(name, value)
            return function(*bound.args, **bound.kwargs)

        return call

    return decorate


def refuse(name: str, value: object, expected: str) -> NoReturn:
    """Raises ConfigError."""
    raise ConfigError(f"{name}={quoted(value)}: expected {expected}")


def whole_number(least: int = 0, most: int = 2**63 - 1) -> Kind:
    """An integer, of Python or numpy, as Python's."""

    def check(name: str, value: Any) -> int:
        try:
            number = operator.index(value)
        except Exception:  # of whatever was given
            number = None
        if number is None or isinstance(value, bool) or not least <= number <= most:
            limited = most < 2**62 or (number is not None and number > most)
            refuse(name, value, f"a whole number from {least}{f' to {most}' if limited else ''}")
        return number

    return check


def a_number(least: float = -math.inf, most: float = math.inf) -> Kind:
    """A finite real number as a float."""

    def check(name: str, value: Any) -> float:
        try:
            result = math.nan if isinstance(value, (bool, str, bytes)) else float(value)
        except Exception:  # of whatever was given
            result = math.nan
        if not (math.isfinite(result) and least <= result <= most):
            within = f" of at least {least:g}" if math.isfinite(least) and math.isinf(most) else ""
            refuse(name, value, f"a number{f' from {least:g} to {most:g}' if math.isfinite(most) else within}")
        return result

    return check


def a_text(name: str, value: Any) -> str:
    """A str that can be a name."""
    if not isinstance(value, str) or not is_text(value):
        refuse(name, value, "text")
    return value


def an_override(name: str, value: Any) -> str:
    """Text: `dotted.key=value`."""
    if isinstance(value, str):
        return a_text(name, value)
    key, given = next(iter(value.items())) if isinstance(value, Mapping) and value else ("evaluation.images", 300)
    refuse(name, value, f'text such as "{quoted(key)[1:-1]}={quoted(given)}"')


def a_path(name: str, value: Any) -> str | Path:
    """A str or Path that can be the name of a file, `~` replaced by the home folder."""
    try:
        given = os.fspath(value) if isinstance(value, os.PathLike) else value
    except Exception:  # of whatever was given
        given = None
    if not isinstance(given, str) or not given or "\0" in given or len(given) > LONGEST_PATH:
        refuse(name, value, "the path of a file or folder")
    return Path(at_home(given)) if isinstance(value, Path) else at_home(given)


def a_name_or_path(name: str, value: Any) -> str:
    """Text: a name, or the path of a file, `~` replaced by the home folder."""
    return at_home(a_text(name, value))


def a_flag(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        refuse(name, value, "True or False")
    return value


def a_function(name: str, value: Any) -> Any:
    """Something to be called."""
    if not callable(value):
        refuse(name, value, "a function")
    return value


def one_of(names: Iterable[str]) -> Kind:
    """One of a few names."""
    known = tuple(names)

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            refuse(name, value, " or ".join(known))
        return value

    return check


def instance_of(*types: type, of: str) -> Kind:
    """An object of a class of this project, called `of` in messages."""

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, types):
            refuse(name, value, of)
        return value

    return check


def optional(kind: Kind) -> Kind:
    """None, or of this kind."""
    return lambda name, value: None if value is None else kind(name, value)


def path_or(*types: type, of: str = "a configuration or the path of one, or a dict") -> Kind:
    """An object of these types, a mapping that describes it, or the path of its file; called `of` in messages."""

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, (*types, Mapping, str, os.PathLike)):
            refuse(name, value, of)
        return value if isinstance(value, (*types, Mapping)) else a_path(name, value)

    return check


def lengths(value: Any) -> tuple[int, ...]:
    """The shape of the array that numpy would make of `value`, which may be lists of lists, by its first entries; ()
    where it says none, or fails to."""
    try:
        shape = getattr(value, "shape", None)
    except Exception:  # of whatever was given
        return ()
    if isinstance(shape, tuple) and all(isinstance(size, int) for size in shape):
        return tuple(shape)
    found: list[int] = []
    while isinstance(value, (list, tuple, range)):
        if len(found) == MOST_DIMENSIONS:
            return tuple(found)
        found.append(len(value))
        value = value[0] if len(value) else None
    return (*found, *lengths(value)) if found else ()


def real_array(value: Any) -> np.ndarray | None:
    """The array that numpy makes of `value`, when it is one of real numbers and nothing gets lost on the way (imaginary
    parts, masks); else None."""
    try:
        array = np.asanyarray(value)
    except Exception:  # rows of unequal length, and whatever else is asked of what was given
        return None
    return None if isinstance(array, np.ma.MaskedArray) or array.dtype.kind not in "buif" else np.asarray(array)


def real_numbers(name: str, value: Any) -> np.ndarray:
    """Real numbers as an array: floats as they are, others as float64."""
    array = real_array(value)
    if array is None:
        refuse(name, value, "an array of real numbers")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def each(kind: Kind, least: int = 0) -> Kind:
    """Several of this kind, as a list; a text is not several letters."""

    def check(name: str, value: Any) -> list[Any]:
        try:
            values = None if isinstance(value, (str, bytes, dict)) or len(value) > MOST_ENTRIES else list(value)
        except Exception:  # of whatever was given
            values = None
        if values is None or len(values) < least:
            refuse(name, value, f"a list of {f'{least} to' if least else 'at most'} {MOST_ENTRIES} entries")
        return [kind(name, entry) for entry in values]

    return check


def by_name(kind: Kind) -> Kind:
    """A mapping of one or more names to values of this kind."""

    def check(name: str, value: Any) -> dict[str, Any]:
        named = value if isinstance(value, Mapping) else {}
        if not named or any(not isinstance(key, str) for key in named):
            refuse(name, value, "a mapping of one or more names")
        return {key: kind(f"{name}[{quoted(key)}]", entry) for key, entry in named.items()}

    return check
