"""What a checkpoint says of itself, without its values: its format, its network, its facts. Loads no torch."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.bundled import LARGEST_HEADER
from device_models.errors import CheckpointError, quoted
from device_models.files.json_text import read_json
from device_models.files.lengths import length_problem
from device_models.files.reading import open_regular, size_text

FORMAT = "crossbar-nsm checkpoint 2"
IMAGES, DIGESTS = "calibration_images", "training_digests"
Shapes = Mapping[str, tuple[int, ...]]


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


def check_format(path: Path, metadata: Mapping[str, str]) -> None:
    """Raises CheckpointError for another form than this version's, and for other kinds of files: chips, for example."""
    if metadata.get("format", FORMAT) != FORMAT:
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


def architecture_from(path: Path, shapes: Shapes, metadata: Mapping[str, str]) -> Architecture:
    """The architecture in `metadata`, or else what the shapes of tensors say; `path` is named in errors."""
    try:
        if "architecture" in metadata:
            return Architecture.model_validate(_architecture_text(path, metadata["architecture"]))
        return Architecture.model_validate({"layers": list(_layers_from_shapes(path, shapes))})
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"])) or "architecture"
        raise CheckpointError(f"{path}: does not describe a network ({place[:60]}: {problem['msg'][:200]})") from None


def _architecture_text(path: Path, text: str) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise CheckpointError(f"{path}: the metadata entry `architecture` is not JSON ({str(error)[:100]})") from None


def _layers_from_shapes(path: Path, shapes: Shapes) -> Iterable[dict[str, Any]]:
    for name in dict.fromkeys(key.rpartition(".")[0] for key in shapes):
        if f"{name}.b" in shapes or f"{name}.magnitude" in shapes:
            raise CheckpointError(
                f"{path}: layer {quoted(name)} has a tensor `b` or `magnitude`, as in the authors' published code, "
                "where it is beta; convert the file with crossbar-nsm import"
            )
        weight = shapes.get(f"{name}.weight")
        if weight is not None and len(weight) == 4:
            raise CheckpointError(
                f"{path}: layer {quoted(name)} is a convolution, and a state_dict tells neither image size nor "
                "pooling; load it into a Network of the right architecture and save that with save_checkpoint (or, for "
                "files of the authors' published code, crossbar-nsm import, with --network)"
            )
        if weight is None or len(weight) != 2:
            raise CheckpointError(
                f"{path}: layer {quoted(name)} has no two-dimensional weight; a state_dict needs <layer>.weight, "
                ".beta, .c for NSM layers and <layer>.weight and .bias for the output layer"
            )
        kind = "dense" if f"{name}.beta" in shapes else "linear"
        yield {"type": kind, "name": name, "inputs": weight[1], "outputs": weight[0]}


def read_header(path: Path) -> tuple[Shapes, dict[str, str]]:
    """Shapes by name, and the metadata."""
    check_header(path)
    try:
        with safe_open(path, framework="np") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            metadata: dict[str, str] = file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise unreadable(path, error) from None
    check_names(path)
    return {name: shape for name, shape in shapes.items() if name not in (IMAGES, DIGESTS)}, metadata


def check_header(path: Path) -> None:
    """Raises CheckpointError for a safetensors file whose header is larger than one can mean."""
    with open_regular(path, CheckpointError) as file:
        header_bytes = int.from_bytes(file.read(8), "little")
    if header_bytes > LARGEST_HEADER:
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
