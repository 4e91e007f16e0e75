"""A configuration given in Python as a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossbar_nsm.experiment.config.overrides import set_value
from device_models.files.document import Document
from device_models.files.dotted import split_dotted

PLACE = "config"  # where its mistakes are


def given_document(config: Mapping[str, Any], place: str = PLACE) -> Document:
    """Sections nested as in YAML, or dotted keys (`neuron.scaling`), which are laid over the sections in order as
    overrides are. Raises ConfigError as `split_dotted` does."""
    sections, dotted = split_dotted(config, place)
    document = Document(sections, {(): place})
    for path, value in dotted:
        set_value(document, path, value, place)
    return document
