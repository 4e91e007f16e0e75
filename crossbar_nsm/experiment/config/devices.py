"""Devices that a configuration names, replaced by their full descriptions before it is checked."""

from __future__ import annotations

import re
from typing import TypeVar

from device_models.catalogue import device_document
from device_models.errors import ConfigError
from device_models.files.document import Document, Path_, nested
from device_models.schema import Schema, validate

Resolved = TypeVar("Resolved", bound=Schema)
ABOUT_A_DEVICE = re.compile(r": (hardware\.)?(layers\.[\w-]+\.)?device\b")  # a mistake in one


def validated(document: Document, model: type[Resolved], hardware: Path_ = ()) -> Resolved:
    """The configuration of a document, which names devices in its section `hardware` (or at its top); a device that
    cannot be loaded does not hide the other mistakes."""
    full, errors = _with_devices(document, hardware)
    try:
        config = validate(model, full)
    except ConfigError as error:
        errors.append(error)
    if errors:
        wrong = [line for error in errors for line in error.mistakes]
        page = errors[0].page or ("devices" if ABOUT_A_DEVICE.search(wrong[0]) else None)
        raise ConfigError(wrong).see(page)
    return config


def _with_devices(document: Document, hardware: Path_) -> tuple[Document, list[ConfigError]]:
    """`document` with every device name or partial mapping replaced by the full description, and what went wrong."""
    document, errors = document.copy(), list[ConfigError]()
    layers = document.get((*hardware, "layers"))
    names = list(layers) if isinstance(layers, dict) else []
    for path in [(*hardware, "device"), *((*hardware, "layers", name, "device") for name in names)]:
        given = document.get(path)
        if not isinstance(given, (str, dict)):
            continue
        try:
            full = device_document(given if isinstance(given, str) else document.part(path), document.place(path))
        except ConfigError as error:
            errors.append(error)
            full = device_document("ideal")
        document.drop(path)
        document.lay_over(_moved(full, path))
    return document, errors


def _moved(document: Document, path: Path_) -> Document:
    moved = nested(path, document.data, document.place(()))
    moved.where.update({(*path, *key): place for key, place in document.where.items()})
    return moved
