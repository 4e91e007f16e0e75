"""What every configuration schema shares: strict pydantic models, and mistakes told in one line each."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema

from device_models.checks.key_units import number_in_unit
from device_models.errors import MOST_MISTAKES, ConfigError, FileError, allowed, quoted
from device_models.files.document import Document, Path_
from device_models.files.home import at_home
from device_models.files.key_texts import key_texts
from device_models.printable import printable
from device_models.shown import shown

NO_NUMBER = "expected a number"
SMALLEST, LARGEST = 1e-30, 1e30  # squares and quotients of these are far from the ends of float64
JSON_WORDS = {
    "ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum", "multiple_of": "multipleOf",
}  # fmt: skip


def _number_not_text(value: Any) -> Any:
    if isinstance(value, (str, bool)):
        raise ValueError(f"{NO_NUMBER}, got {quoted(value)}")
    if isinstance(value, (int, float)) and (LARGEST < abs(value) < math.inf or 0 < abs(value) < SMALLEST):
        raise ValueError(f"{quoted(value)} is too {'large' if abs(value) > 1 else 'small'}: numbers are 0 or from "
                         f"{SMALLEST:g} to {LARGEST:g} in size")  # fmt: skip
    return value


def _on_one_line(value: str) -> str:
    if printable(value) != value:
        raise ValueError("line ends and control characters are no part of a name")
    return value


def _at_home(value: str) -> str:
    try:
        return at_home(value)
    except FileError as error:
        raise ValueError(str(error)) from None


Finite = Annotated[float, BeforeValidator(_number_not_text), Field(allow_inf_nan=False)]
NonNegative = Annotated[Finite, Field(ge=0)]
Positive = Annotated[Finite, Field(gt=0)]
Fraction = Annotated[Finite, Field(ge=0, le=1)]
LogSd = Annotated[NonNegative, Field(le=5)]  # sd of the logarithm of a log-normal number
Whole = Annotated[int, BeforeValidator(_number_not_text)]
Count = Annotated[Whole, Field(ge=1, le=1_000_000_000)]
Seed = Annotated[Whole, Field(ge=0, lt=2**63)]
Name = Annotated[str, AfterValidator(_on_one_line)]
PathText = Annotated[str, AfterValidator(_at_home)]  # the path of a file, or a name that may stand in its place
Switch = Annotated[bool, Field(strict=True)]  # neither 1 nor "yes"


def _at_most(limit: float, unit: str, what: str) -> tuple[AfterValidator, Any]:
    """Refuses what a wrong unit makes of a number: powers of ten above all that the quantity can be."""

    def check(value: float) -> float:
        if abs(value) > limit:
            raise ValueError(f"{value:g}{unit} is {what} (at most {limit:g}{unit}); is the unit right?")
        return value

    return AfterValidator(check), Field(json_schema_extra={"maximum": limit})


SMALLEST_CONDUCTANCE_S, LARGEST_CONDUCTANCE_S = 1e-12, 0.1
_conductance = _at_most(LARGEST_CONDUCTANCE_S, " S", "no cell's conductance")
_relative_sd = _at_most(1.0, "", "no relative sd, which is a fraction and not in per cent")
_voltage = _at_most(30.0, " V", "no voltage of a cell")
_current = _at_most(10.0, " A", "no current of a column")
_window = _at_most(10.0, " s", "no read window or pulse")
Conductance = Annotated[NonNegative, *_conductance]
SignedConductance = Annotated[Finite, *_conductance]
RelativeSd = Annotated[NonNegative, *_relative_sd]
Voltage = Annotated[Positive, *_voltage]
SignedVoltage = Annotated[Finite, *_voltage]
VoltageSd = Annotated[NonNegative, *_voltage]
Current = Annotated[NonNegative, *_current]
Window = Annotated[Positive, *_window, Field(ge=1e-15)]


def _in_json_words(schema: Any) -> Any:
    """A JSON schema in which limits that pydantic puts behind a validator have the names that the standard gives."""
    if isinstance(schema, dict):
        return {JSON_WORDS.get(key, key): _in_json_words(value) for key, value in schema.items()}
    return [_in_json_words(value) for value in schema] if isinstance(schema, list) else schema


class SettingsError(ConfigError, ValueError):
    """Settings that a section made in Python does not take; the validator of a section around it sees a ValueError."""


@shown
class Schema(BaseModel):
    """Base of all configuration sections: unknown keys are refused, values never change after loading.

    Making one in Python, or changing one, raises SettingsError with one line for each mistake. `model_validate` raises
    pydantic's ValidationError, for those who put the place of a mistake to it: see `validate`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    def __init__(self, /, **settings: Any):
        try:
            super().__init__(**settings)
        except ValidationError as error:
            made = Document(settings, {(): type(self).__name__})
            raise SettingsError(list(islice(mistakes(type(self), made, error), MOST_MISTAKES + 1))) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # sections in sections are not made by it

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """With the text of every key, and limits in the words that editors know."""
        schema = handler(core)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for key, given in properties.items():
            text = key_texts(cls).get(key)
            properties[key] = {**_in_json_words(given), **({} if text is None else {"description": text})}
        return schema

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except ValidationError:
            change = f"{type(self).__name__}.{name}: settings do not change once they are made"
            raise SettingsError(f"{change}; make others with another value") from None


Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], document: Document, prefix: Path_ = ()) -> Model:
    """`document.data` as a `model`; raises ConfigError with one "file:line: key: problem" line per mistake."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(list(islice(mistakes(model, document, error, prefix), MOST_MISTAKES + 1))) from None


def first_mistake(model: type[BaseModel], data: Any, error: ValidationError) -> str:
    """The first problem that pydantic found in `data`, as "key: problem"."""
    document = Document(data if isinstance(data, dict) else {})
    return next(iter(mistakes(model, document, error))).partition(": ")[2]


def mistakes(model: type[BaseModel], document: Document, error: ValidationError, prefix: Path_ = ()) -> Iterable[str]:
    """One line for each problem that pydantic found."""
    seen = set()
    for problem in error.errors(include_url=False):
        path = _written_path(document.data, problem["loc"])
        name = ".".join(_key(part) for part in (*prefix, *path)) or "configuration"
        message = _explain(model, path, problem)
        place = _place(document, path, message) if problem["type"] == "value_error" else document.place(path)
        line = f"{place}: {message}" if place == name else f"{place}: {name}: {message}"
        if line not in seen:
            seen.add(line)
            yield line


def _key(part: str | int) -> str:
    return str(part) if len(str(part)) <= 60 else quoted(part)


def _written_path(data: Any, loc: tuple[int | str, ...]) -> Path_:
    """`loc` without the union tags that pydantic adds and the user never wrote."""
    path: list[int | str] = []
    for index, part in enumerate(loc):
        inside = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            data = data[part]
            path.append(part)
        elif index == len(loc) - 1 and isinstance(part, str) and isinstance(data, dict):
            path.append(part)
    return tuple(path)


def _explain(model: type[BaseModel], path: Path_, problem: Any) -> str:
    kind, given = problem["type"], problem.get("input")
    if kind == "extra_forbidden":
        return _explain_unknown_key(model, path)
    if kind == "missing":
        return "is missing"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return _explain_no_section(path, given)
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        tag = str(problem["ctx"]["discriminator"]).strip("'")
        tags, wrong = problem["ctx"].get("expected_tags"), problem["ctx"].get("tag")
        return (f"needs {tag}: {tags}" + (f", got {quoted(wrong)}" if wrong else "")) if tags else f"{tag} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if kind == "value_error" and (isinstance(given, (dict, BaseModel)) or quoted(given) in message):
        return _with_unit(message, path, given)
    return f"{message}, got {quoted(given)}"


def _explain_no_section(path: Path_, given: Any) -> str:
    if isinstance(given, str) and path[-1:] == ("device",):  # a name, in Python: in YAML it has been looked up
        return f"expected a device, got {quoted(given)}; load_device gives it (or load_config({{'device': ...}}) all)"
    what = "nothing" if given is None else quoted(given)
    return f"expected a section, {{key: value, ...}}, got {what}; fill it or leave it out"


def _with_unit(message: str, path: Path_, given: Any) -> str:
    """`expected a number, got '1uA'`, and what that is in the unit of its key."""
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if not isinstance(given, str) or not message.startswith(NO_NUMBER):
        return message
    return "; ".join(filter(None, (message, number_in_unit(key, given))))


def _explain_unknown_key(model: type[BaseModel], path: Path_) -> str:
    known = sorted(set(_allowed_keys(model, path[:-1])))
    key = str(path[-1])
    if key in known:
        return "does not belong to the kind chosen in its section"
    advice = allowed(known, key, most=20)
    return f"unknown key{', ' if advice.startswith('did') else '; '}{advice}"


def _allowed_keys(model: type[BaseModel], path: Path_) -> list[str]:
    """Keys of the section at `path`; list indices and keys of free mappings are stepped over."""
    annotations: list[Any] = [model]
    for part in path:
        fields = [inner.model_fields for annotation in annotations for inner in sections_in(annotation)]
        inside = [field[part].annotation for field in fields if part in field]
        annotations = inside or annotations
    return [key for annotation in annotations for inner in sections_in(annotation) for key in inner.model_fields]


def sections_in(annotation: Any) -> list[type[BaseModel]]:
    """Every section type inside an annotation such as `list[A | B]` or `dict[str, A]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in sections_in(argument)]


def _place(document: Document, path: Path_, message: str) -> str:
    """Where a mistake was written: for a rule about a whole section, the override, however deep in it, or else the
    field that its message names."""
    named = [key for key in document.where if key[: len(path)] == path and _names(message, key[len(path) :])]
    overrides = [key for key in named if document.where[key].startswith("--set")]
    fields = overrides or [key for key in named if len(key) == len(path) + 1]
    return document.where[fields[0]] if fields else document.place(path)


def _names(message: str, below: Path_) -> bool:
    """Whether a message has the last key of a path in it as a word."""
    return bool(below) and re.search(rf"\b{re.escape(str(below[-1]))}\b", message) is not None
