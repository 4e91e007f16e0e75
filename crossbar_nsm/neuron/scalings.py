"""Names of circuits, `neuron.scaling`: those that come with the package, and those that users register."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, GetJsonSchemaHandler

from device_models.errors import allowed, quoted
from device_models.registry import Registry

if TYPE_CHECKING:
    from crossbar_nsm.neuron.circuits import Circuit
    from crossbar_nsm.neuron.config import NeuronConfig

BuiltIn = Literal["none", "digital", "averaged", "paired", "replica", "row_mask"]
OF_USERS: Registry[Callable[[NeuronConfig], Circuit]] = Registry("circuit", get_args(BuiltIn))


def scalings() -> tuple[str, ...]:
    """All names that there are now."""
    return (*get_args(BuiltIn), *OF_USERS.names)


def _known(value: Any) -> Any:
    if not isinstance(value, str) or value not in scalings():
        raise ValueError(
            f"no circuit is called {quoted(value)}; {allowed(scalings(), value)} (one of your own is registered in a "
            "file that --laws names)"
        )
    return value


class _NamesInSchema:
    """The names that there are when a schema is asked for."""

    def __get_pydantic_json_schema__(self, _core: Any, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(scalings())}


Scaling = Annotated[BuiltIn | str, BeforeValidator(_known), _NamesInSchema()]
