"""The range of the preset and the levels in it."""

from __future__ import annotations

from collections.abc import Iterator

from device_models.fit.sections.entry import NO_RANGE, NOT_MEASURED, Entry


def conductance_entries(
    g_min_s: float, g_max_s: float, levels: int | None, origins: tuple[str, str]
) -> Iterator[Entry]:
    for end, value, origin in zip(("g_min_s", "g_max_s"), (g_min_s, g_max_s), origins, strict=True):
        provenance = "illustrative" if origin in (NOT_MEASURED, NO_RANGE) else "user"
        yield Entry(f"conductance.{end}", value, "S", origin, provenance)
    yield Entry("conductance.levels", levels, "" if levels is None else "count", "given")
