"""JSON files of this program's own: each says what it is, and notices when it was edited.

Entries: `format` (see `device_models.files.signs`), what the file is about, and `digest` over all of that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from device_models.errors import ConfigError, RecordError
from device_models.files.digests import digest
from device_models.files.document import Document
from device_models.files.json_text import read_json
from device_models.files.reading import read_bytes
from device_models.files.signs import sign
from device_models.files.writing import write_text
from device_models.schema import Model, validate

OWN = ("format", "digest")
MOST_BYTES = 2**27  # a manifest of 10,000 points takes a hundredth of it


def write_record(path: Path, kind: str, version: int, content: Mapping[str, Any], owned: bool = False) -> Path:
    """Write `content` (JSON-able; without `format` and `digest`). Raises what `write_text` raises."""
    plain = json.loads(json.dumps({name: value for name, value in content.items() if name not in OWN}))
    entries = {"format": sign(kind, version), **plain, "digest": digest(plain)}
    return write_text(path, json.dumps(entries, indent=1) + "\n", owned)


def read_record(path: Path, kind: str, version: int, model: type[Model]) -> Model:
    """The content of a file of `write_record`. Raises RecordError when there is no such file, when it is damaged, does
    not fit `model` or was edited, and `OtherVersion` when it is of another version."""
    data = _read(path)
    written = data.pop("format", None)
    if written != sign(kind, version):
        raise RecordError(f"{path}: damaged (its format is {str(written)[:60]!r}, expected {sign(kind, version)!r})")
    signed = data.pop("digest", None)
    try:
        content = validate(model, Document(data, {(): str(path)}))
    except ConfigError as error:
        more = f", and {len(error.mistakes) - 1} more" if len(error.mistakes) > 1 else ""
        raise RecordError(f"{path}: damaged ({error.mistakes[0].removeprefix(f'{path}: ')[:200]}{more})") from None
    if signed != digest(data):
        raise RecordError(f"{path}: is not what this program wrote, edited perhaps")
    return content


def format_of(path: Path) -> str | None:
    """What a record says that it is. Raises RecordError for what is none."""
    given = _read(path).get("format")
    return None if given is None else str(given)[:60]


def _read(path: Path) -> dict[str, Any]:
    try:
        data = read_json(read_bytes(path, RecordError, MOST_BYTES))
    except ValueError as error:
        raise RecordError(f"{path}: damaged ({str(error)[:100]})") from None
    if not isinstance(data, dict):
        raise RecordError(f"{path}: damaged (it holds no entries)")
    return data
