"""The line that describes a preset: files, what they do not tell, and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from device_models.fit.sections.entry import names

MOST_WARNING_CHARACTERS = 500


def described(files: Iterable[str], not_measured: Sequence[str], warnings: Sequence[str]) -> str:
    """The description: files, what they do not tell, and warnings, as many as 500 characters hold (one at least)."""
    listed = list(warnings)
    while len(listed) > 1 and len("; ".join(listed)) > MOST_WARNING_CHARACTERS:
        listed.pop()
    more = f"; ... ({len(warnings) - len(listed)} more)" if len(listed) < len(warnings) else ""
    about = f"Fitted to {names(files)}" + (f". Not measured: {', '.join(not_measured)}" if not_measured else "")
    return about + (f". Warnings: {'; '.join(listed)}{more}" if listed else "")
