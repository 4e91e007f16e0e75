"""Files of the user's that hardware depends on: those of its laws and of its circuit."""

from __future__ import annotations

import hashlib
from pathlib import Path

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.neuron.scalings import OF_USERS
from device_models.laws import law_files_of, laws_without_file


def hardware_files(config: HardwareConfig) -> list[Path]:
    """Each once; none for what was registered in a running program."""
    circuit = OF_USERS.file_of(config.neuron.scaling)
    return sorted({*law_files_of(config), *([] if circuit is None else [circuit])})


def hardware_without_file(config: HardwareConfig) -> set[str]:
    """What only this process knows: `law NAME`, `circuit NAME`."""
    scaling = config.neuron.scaling
    alone = scaling in OF_USERS.names and OF_USERS.file_of(scaling) is None
    return {*(f"law {name}" for name in laws_without_file(config)), *([f"circuit {scaling}"] if alone else [])}


def file_digests(files: list[Path]) -> dict[str, str]:
    """SHA-256 of the files that are there, by path."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()}
