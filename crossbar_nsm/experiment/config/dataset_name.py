"""The name of a data set in a configuration."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler

from crossbar_nsm.datasets.catalogue import NAMES, OF_USERS
from device_models.schema import PathText


class _NamesInSchema:
    """The names that there are when a schema is asked for; files have others."""

    def __get_pydantic_json_schema__(self, _core: Any, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "examples": [*NAMES, *OF_USERS.names]}


DatasetName = Annotated[PathText, _NamesInSchema()]
