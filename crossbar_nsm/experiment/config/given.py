"""A configuration given in Python as a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossbar_nsm.experiment.config.overrides import set_value
from device_models.errors import ConfigError, quoted
from device_models.files.document import Document, key_path, plain_data
from device_models.files.yaml_text import MOST_DEPTH

PLACE = "config"  # where its mistakes are


def given_document(config: Mapping[str, Any]) -> Document:
    """Sections nested as in YAML, or dotted keys (`neuron.scaling`) at the top, which are laid over the sections in
    order as overrides are. Raises ConfigError for keys that name nothing and for what is no plain data."""
    data = plain_data(config, PLACE)
    document = Document({key: value for key, value in data.items() if "." not in key}, {(): PLACE})
    for key in (key for key in data if "." in key):
        parts = key.split(".")
        if not all(parts) or len(parts) > MOST_DEPTH:
            raise ConfigError(f"{PLACE}: key {quoted(key)}: expected a dotted key, for example read.engine")
        set_value(document, key_path(parts), data[key], PLACE)
    return document
