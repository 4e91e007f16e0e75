"""Devices that a configuration names, replaced by their full descriptions before it is checked."""

from __future__ import annotations

from typing import TypeVar

from device_models.catalogue import device_document
from device_models.errors import ConfigError
from device_models.files.document import Document, Path_, nested
from device_models.schema import Schema, validate

Resolved = TypeVar("Resolved", bound=Schema)


def validated(document: Document, model: type[Resolved], hardware: Path_ = ()) -> Resolved:
    """The configuration of a document, which names devices in its section `hardware` (or at its top); a device that
    cannot be loaded does not hide the other mistakes."""
    full, wrong = _with_devices(document, hardware)
    try:
        config = validate(model, full)
    except ConfigError as error:
        wrong = [*wrong, *error.mistakes]
    if wrong:
        raise ConfigError(wrong)
    return config


def _with_devices(document: Document, hardware: Path_) -> tuple[Document, list[str]]:
    """`document` with every device name or partial mapping replaced by the full description, and what went wrong."""
    document, mistakes = document.copy(), []
    layers = document.get((*hardware, "layers"))
    names = list(layers) if isinstance(layers, dict) else []
    for path in [(*hardware, "device"), *((*hardware, "layers", name, "device") for name in names)]:
        given = document.get(path)
        if not isinstance(given, (str, dict)):
            continue
        try:
            full = device_document(given if isinstance(given, str) else document.part(path), document.place(path))
        except ConfigError as error:
            mistakes += error.mistakes
            full = device_document("ideal")
        document.drop(path)
        document.lay_over(_moved(full, path))
    return document, mistakes


def _moved(document: Document, path: Path_) -> Document:
    moved = nested(path, document.data, document.place(()))
    moved.where.update({(*path, *key): place for key, place in document.where.items()})
    return moved
