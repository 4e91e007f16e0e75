"""What a checkpoint says of itself, without its values: its format, its network, its facts. Loads no torch."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.bundled import LARGEST_HEADER
from device_models.errors import CheckpointError, quoted
from device_models.files.contents import other_content
from device_models.files.json_text import read_json
from device_models.files.lengths import length_problem
from device_models.files.reading import open_regular, size_text
from device_models.schema import first_mistake

PROGRAM = "crossbar-nsm"
FORMAT = f"{PROGRAM} checkpoint 2"
IMAGES, DIGESTS = "calibration_images", "training_digests"


def is_safetensors(path: Path) -> bool:
    """Whether a checkpoint is a safetensors file, by content: a torch.save file is a zip archive or starts as a pickle.
    Refuses one named .safetensors."""
    with open_regular(path, CheckpointError) as file:
        head = file.read(9)
    safetensors = head[8:9] == b"{" and not zipfile.is_zipfile(path)
    if path.suffix != ".safetensors":
        return safetensors
    if not safetensors and (zipfile.is_zipfile(path) or head[:1] == b"\x80"):
        raise CheckpointError(
            f"{path}: a pickle or torch file under the name of safetensors, refused; rename it to .pt"
        )
    return True


def is_own(metadata: Mapping[str, str]) -> bool:
    """Whether this program wrote a safetensors file; others say "pt" as their format, or nothing."""
    return "architecture" in metadata or metadata.get("format", "").startswith(PROGRAM)


def check_format(path: Path, metadata: Mapping[str, str]) -> None:
    """Raises CheckpointError for another form than this version's, and for other kinds of files: chips, for example."""
    if is_own(metadata) and metadata.get("format", FORMAT) != FORMAT:
        raise CheckpointError(f"{path}: format {quoted(metadata['format'])}, this version reads {FORMAT!r}")


def facts_from(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    """What is known of the training; raises CheckpointError."""
    try:
        facts = read_json(metadata.get("facts", "{}"))
    except ValueError as error:  # also of a whole number of thousands of digits
        raise CheckpointError(f"{path}: the metadata entry `facts` is not JSON ({str(error)[:100]})") from None
    if not isinstance(facts, dict):
        raise CheckpointError(f"{path}: the metadata entry `facts` holds no entries by name")
    return facts


def architecture_from(path: Path, metadata: Mapping[str, str]) -> Architecture:
    """The architecture in `metadata`; `path` is named in errors."""
    if "architecture" not in metadata:
        raise CheckpointError(f"{path}: does not describe a network (no `architecture` in its metadata)")
    given = _architecture_text(path, metadata["architecture"])
    try:
        return Architecture.model_validate(given)
    except ValidationError as error:
        problem = first_mistake(Architecture, given, error)[:250]
        raise CheckpointError(f"{path}: does not describe a network ({problem})") from None


def _architecture_text(path: Path, text: str) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise CheckpointError(f"{path}: the metadata entry `architecture` is not JSON ({str(error)[:100]})") from None


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file; raises CheckpointError when its header is damaged."""
    check_header(path)
    try:
        with safe_open(path, framework="np") as file:
            metadata: dict[str, str] = file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise unreadable(path, error) from None
    check_names(path)
    return metadata


def check_header(path: Path) -> None:
    """Raises CheckpointError for a safetensors file whose header is larger than one can mean, and for other files."""
    with open_regular(path, CheckpointError) as file:
        head = file.read(64)
    header_bytes = int.from_bytes(head[:8], "little")
    large = header_bytes > LARGEST_HEADER
    if (large or head[8:9] != b"{") and (other := other_content(head)):
        raise CheckpointError(f"{path}: not a safetensors file but {other[0]}: refused; {other[1]}")
    if large:
        problem = f"its header says {size_text(header_bytes)}, at most {size_text(LARGEST_HEADER)} are read"
        raise CheckpointError(f"{path}: not a readable safetensors file ({problem})")


def check_names(path: Path) -> None:
    """Raises CheckpointError where a name is given twice, of which the library took the last."""
    with open_regular(path, CheckpointError) as file:
        header = file.read(int.from_bytes(file.read(8), "little"))
    try:
        read_json(header)
    except ValueError as error:
        raise CheckpointError(f"{path}: its header is not what safetensors writes ({str(error)[:100]})") from None


def unreadable(path: Path, error: Exception) -> CheckpointError:
    """What is said of a damaged safetensors file."""
    try:
        problem = _length_problem(path)
    except (CheckpointError, OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):  # any header
        problem = ""
    return CheckpointError(f"{path}: not a readable safetensors file, {problem or f'damaged ({error})'}")


def _length_problem(path: Path) -> str:
    """Whether a file is longer or shorter than its header says; empty where it is as long."""
    with open_regular(path, CheckpointError) as file:
        size, start = path.stat().st_size, 8 + int.from_bytes(file.read(8), "little")
        if size < start:
            return length_problem(size, start, "its header has") if size > 8 and start < LARGEST_HEADER else ""
        header = read_json(file.read(start - 8))
    ends = [int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"]
    needed = start + max(ends, default=0)
    return "" if size == needed else length_problem(size, needed)
