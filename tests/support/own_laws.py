"""Laws, data sets and circuits of a part of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def laws_of_its_own() -> Iterator[None]:
    """What is registered within, and files that are loaded, are forgotten afterwards, as in a process of its own."""
    from device_models import laws, registry

    before, files = {kind: dict(known) for kind, known in laws._REGISTERED.items()}, dict(laws._FILES)
    others = registry.contents()
    try:
        yield
    finally:
        laws._REGISTERED.clear()
        laws._REGISTERED.update(before)
        laws._FILES.clear()
        laws._FILES.update(files)
        registry.restore(others)
