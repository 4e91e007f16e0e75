"""What a file of this program says of itself, so that no other file is ever written over: `crossbar-nsm <kind> <n>`, n
the version of its form, in the one place that its format has for such words. The same words anywhere else, in notes
about such files say, mean nothing.

People edit text: behind the sign in one (YAML, SVG, HTML, markdown) stands its seal, a digest over all else, and a text
that was edited is no longer this program's.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from device_models.errors import RecordError
from device_models.files.archives import read_arrays

WINDOW = 2**22  # bytes at either end in which a sign is looked for
MOST_TEXT = 2**28  # bytes of a text that is read for its seal
_NAMED = rb"(?P<name>crossbar-nsm (?P<kind>[a-z]+(?: [a-z]+)*) \d+)"
_SEALED = _NAMED + rb"(?P<seal> [0-9a-f]{16})?"
_SIGN = re.compile(_NAMED)
_HEADS = [  # how files begin, up to their sign
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rb'\{\s*"format": "' + _NAMED + rb'"',  # JSON, with a digest of its own
        rb"\x89PNG\r\n\x1a\n.{29}tEXtSoftware\0" + _NAMED,
        rb"# " + _SEALED + rb"\b",  # YAML
        rb"<!DOCTYPE html>.{1,4000}?<meta name=\"generator\" content=\"" + _SEALED + rb'">',
        rb"<\?xml .{1,4000}?<dc:creator>\s*<cc:Agent>\s*<dc:title>" + _SEALED + rb"</dc:title>",  # SVG
    )
]
_PDF = re.compile(rb"<< /Creator \(" + _NAMED + rb"\)\n/Producer \(Matplotlib")
_MARKDOWN = re.compile(rb"\n<!-- " + _SEALED + rb" -->\n\Z")  # at the end of the text
_ZIP_END = re.compile(rb"PK\x05\x06.{16}(..)" + _NAMED + rb"\Z", re.DOTALL)
_PARQUET = re.compile(rb"format\x18." + _NAMED, re.DOTALL)


@dataclass(frozen=True)
class Signed:
    """kind: of file. edited: it is a text, and not as this program wrote it."""

    kind: str
    edited: bool


def sign(kind: str, version: int = 1) -> str:
    """The text that a file of this kind has in it."""
    return f"crossbar-nsm {kind} {version}"


def sealed(text: str) -> str:
    """`text`, with a seal behind the sign that it has. Raises ValueError when it has none in its place."""
    content = text.encode()
    found = _found(content, content)
    if found is None:
        raise ValueError("no sign in this text")
    end = found.end("name")
    return f"{content[:end].decode()} {_seal(content)}{content[end:].decode()}"


def sign_in(content: bytes) -> Signed | None:
    """What kind of file of this program has this content; None: it is no file of this program."""
    return _read(content[:WINDOW], content[-WINDOW:], content)


def sign_of(path: Path) -> Signed | None:
    """The same of a file. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        size = path.stat().st_size
        head = file.read(WINDOW)
        file.seek(max(size - WINDOW, 0))
        tail = file.read(WINDOW)
        file.seek(0)
        return _read(head, tail, None if size > MOST_TEXT else file.read() if size > WINDOW else head)


def npz_bytes(kind: str, arrays: Mapping[str, np.ndarray]) -> bytes:
    """A compressed .npz file with its sign as the comment of the archive, which other programs read over."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    with zipfile.ZipFile(content, "a") as archive:
        archive.comment = sign(kind).encode()
    return content.getvalue()


def npz_arrays(path: Path, kind: str, most: int | None = None) -> dict[str, np.ndarray]:
    """The arrays of a file of `npz_bytes`. Raises RecordError for one that is missing, damaged or of another kind, and
    for one that would unpack to more than `most` bytes (default: by the size of the file)."""
    arrays = read_arrays(path, RecordError, most=most)
    signed = sign_of(path)
    if signed is None or signed.kind != kind:
        raise RecordError(f"{path}: is no {kind} of this program")
    return arrays


def _read(head: bytes, tail: bytes, whole: bytes | None) -> Signed | None:
    found = _found(head, tail)
    if found is None or "seal" not in found.re.groupindex:
        return None if found is None else Signed(found["kind"].decode(), edited=False)
    seal = found["seal"]
    as_written = seal is not None and whole is not None and seal[1:].decode() == _seal(whole.replace(seal, b"", 1))
    return Signed(found["kind"].decode(), edited=not as_written)


def _found(head: bytes, tail: bytes) -> re.Match[bytes] | None:
    """The sign in its place, with what stands around it."""
    if head[8:9] == b"{":
        return _SIGN.fullmatch(_safetensors_format(head))
    if head[:4] == b"PK\x03\x04":
        return _ZIP_END.search(tail)
    if head[:4] == b"PAR1":
        return _PARQUET.search(tail)
    if head[:5] == b"%PDF-":
        return _PDF.search(head) or _PDF.search(tail)
    return next(filter(None, (pattern.match(head) for pattern in _HEADS)), None) or _MARKDOWN.search(tail)


def _safetensors_format(head: bytes) -> bytes:
    """The entry `format` of the metadata, which come first in the header; nothing for another file."""
    start = b'{"__metadata__":'
    if head[8 : 8 + len(start)] != start:
        return b""
    try:
        length = int.from_bytes(head[:8], "little")
        metadata, _ = json.JSONDecoder().raw_decode(head[8 + len(start) : 8 + length].decode())
        return str(metadata["format"]).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return b""


def _seal(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]
