"""Readers as a column of a table names them."""

from __future__ import annotations

from collections.abc import Iterable

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def short_readers(engines: Iterable[str]) -> tuple[dict[str, str], str]:
    """What to call each reader, and a note: names with a number, at which the note says what the reader approximates.
    A reader that is the only one keeps its whole text. engines: as `MappedNetwork.engine` tells them."""
    distinct = [engine for engine in dict.fromkeys(engines) if engine]
    names = {engine: engine for engine in ("", *distinct)}
    notes: list[str] = []
    for engine in distinct if len(distinct) > 1 else []:
        parts = [part.partition(", ")[::2] for part in engine.split("+")]
        if any(approximated for _, approximated in parts):
            mark = str(len(notes) + 1).translate(RAISED)
            names[engine] = "+".join(dict.fromkeys(name for name, _ in parts)) + mark
            notes.append(f"{mark} {engine}")
    return names, "; ".join(notes) + "." if notes else ""
