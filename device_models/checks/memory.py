"""What a calculation would hold in memory, looked at before any of it is taken: a system promises more than it has, and
ends programs that use it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from device_models.errors import CrossbarError
from device_models.files.reading import size_text

CONTAINER = Path("/sys/fs/cgroup/memory.max")


def memory_bytes() -> int:
    """Memory of this machine, or of the container that this process is in where that has less."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    with suppress(OSError, ValueError):  # no container, or one without a limit: `max`
        limits.append(int(CONTAINER.read_text()))
    return min(limits)


def check_memory(needed_bytes: int, what: str, error: type[CrossbarError]) -> None:
    """Raises `error`, beginning with `what`, when this machine does not have so much."""
    if needed_bytes > (there := memory_bytes()):
        raise error(f"{what} would take {size_text(needed_bytes)} of memory; this machine has {size_text(there)}")
