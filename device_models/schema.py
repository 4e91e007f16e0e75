"""What every configuration schema shares: strict pydantic models, and mistakes told in one line each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from device_models.document import Document, Path_
from device_models.errors import ConfigError


def _number_not_text(value: Any) -> Any:
    if isinstance(value, (str, bool)):
        raise ValueError(f"expected a number, got {value!r}")
    return value


Finite = Annotated[float, BeforeValidator(_number_not_text), Field(allow_inf_nan=False)]
NonNegative = Annotated[Finite, Field(ge=0)]
Positive = Annotated[Finite, Field(gt=0)]
Fraction = Annotated[Finite, Field(ge=0, le=1)]
Count = Annotated[int, BeforeValidator(_number_not_text), Field(ge=1)]


class Schema(BaseModel):
    """Base of all configuration sections: unknown keys are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], document: Document, prefix: Path_ = ()) -> Model:
    """`document.data` as a `model`; raises ConfigError with one "file:line: key: problem" line per mistake."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(list(mistakes(model, document, error, prefix))) from None


def mistakes(model: type[BaseModel], document: Document, error: ValidationError, prefix: Path_ = ()) -> Iterable[str]:
    """One line for each problem that pydantic found."""
    seen = set()
    for problem in error.errors(include_url=False):
        path = _written_path(document.data, problem["loc"])
        name = ".".join(str(part) for part in (*prefix, *path)) or "configuration"
        line = f"{document.place(path)}: {name}: {_explain(model, path, problem)}"
        if line not in seen:
            seen.add(line)
            yield line


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
        allowed = _allowed_keys(model, path[:-1])
        close = difflib.get_close_matches(str(path[-1]), allowed, n=1)
        return "unknown key" + (f", did you mean {close[0]}?" if close else f"; allowed: {', '.join(sorted(allowed))}")
    if kind == "missing":
        return "is missing"
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if kind == "value_error" and (isinstance(given, (dict, BaseModel)) or repr(given) in message):
        return message
    return f"{message}, got {given!r}"


def _allowed_keys(model: type[BaseModel], path: Path_) -> list[str]:
    """Keys of the section at `path`, as far as the schema tells."""
    schema = model.model_json_schema()
    nodes = [schema]
    for part in path:
        steps = [child for node in nodes for child in _variants(schema, node)]
        nodes = [
            child
            for node in steps
            for child in [node.get("properties", {}).get(part) or node.get("items") or node.get("additionalProperties")]
            if isinstance(child, dict)
        ]
    return [key for node in nodes for variant in _variants(schema, node) for key in variant.get("properties", {})]


def _variants(schema: dict[str, Any], node: dict[str, Any]) -> list[dict[str, Any]]:
    """`node` with references followed and unions opened."""
    if "$ref" in node:
        return _variants(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    options = [*node.get("anyOf", []), *node.get("oneOf", []), *node.get("allOf", [])]
    return [variant for option in options for variant in _variants(schema, option)] or [node]
