"""Checkpoints that come with the package, and where a name or path leads. Loads neither torch nor safetensors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from device_models.errors import CheckpointError, allowed
from device_models.files.json_text import read_json
from device_models.files.reading import open_regular

LARGEST_HEADER = 10_000_000


def bundled_checkpoints() -> dict[str, Path]:
    """Bundled checkpoints by name."""
    return {path.stem: path for path in sorted(Path(__file__).parent.glob("*.safetensors"))}


def find_checkpoint(name_or_path: str | Path) -> Path:
    """The file behind a bundled name or a path; raises CheckpointError when there is none."""
    bundled = bundled_checkpoints()
    path = bundled.get(str(name_or_path), Path(name_or_path))
    if os.path.isdir(path):
        raise CheckpointError(f"checkpoint {name_or_path}: is a folder; name the .safetensors or .pt file in it")
    if not os.path.isfile(path):  # a name that is too long is no file either
        hint = allowed(bundled, name_or_path).replace("allowed:", "bundled are")
        raise CheckpointError(
            f"checkpoint {name_or_path}: no such file, and no bundled checkpoint of that name; {hint}"
        )
    return path


def read_architecture(path: Path) -> dict[str, Any] | None:
    """The architecture that a .safetensors checkpoint says it has, unchecked, from its header alone; None when it says
    none."""
    try:
        with open_regular(path, CheckpointError) as file:
            size = int.from_bytes(file.read(8), "little")
            header = read_json(file.read(size)) if size < LARGEST_HEADER else {}
        architecture = read_json(header["__metadata__"]["architecture"])
    except (CheckpointError, OSError, ValueError, KeyError, TypeError):
        return None
    return architecture if isinstance(architecture, dict) else None


def layer_names(path: Path) -> list[str] | None:
    """Names of the layers that a .safetensors checkpoint says it has; None when it says none."""
    try:
        return [layer["name"] for layer in (read_architecture(path) or {})["layers"]]
    except (KeyError, TypeError):
        return None
