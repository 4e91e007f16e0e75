"""What to cite: the papers behind a device's numbers (its preset says) and behind its laws (each law says).

The bibliography is `references.bib`. A preset, or a law of your own, names its entries by key, or holds a whole BibTeX
entry of a paper that is not there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from device_models.catalogue import preset_paths
from device_models.errors import ConfigError, quoted

if TYPE_CHECKING:
    from device_models.device import Device

MOST_CHARACTERS = 20_000
_HEAD = re.compile(r"@\s*(\w{1,50})\s*\{\s*([^\s,{}]{1,200})\s*,")
_DOI = re.compile(r"^[ \t]*doi[ \t]*=[ \t]*[{\"]{1,3}([^{}\"\n]{1,300})[}\"]", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Reference:
    """A BibTeX entry and the reasons for citing it."""

    key: str
    bibtex: str
    why: tuple[str, ...] = ()

    @property
    def doi(self) -> str | None:
        found = _DOI.search(self.bibtex)
        return found[1].strip() if found else None


def parse_bibtex(text: str) -> list[Reference]:
    """The entries of BibTeX text in order; what stands between them is comment. Raises ConfigError for an entry without
    key or closing brace, and for a key that is given twice."""
    entries: dict[str, Reference] = {}
    for start, end in _entries(text):
        entry = text[start:end]
        head = _HEAD.match(entry)
        if head is None:
            raise ConfigError(f"not a BibTeX entry (@article{{key, ...}}): {_short(entry)}")
        if head[2] in entries:
            raise ConfigError(f"BibTeX key {quoted(head[2])} is given twice")
        entries[head[2]] = Reference(head[2], entry)
    return list(entries.values())


def _entries(text: str) -> Iterator[tuple[int, int]]:
    """Where each entry begins and ends: from @ to the brace that closes it."""
    start = text.find("@")
    while start >= 0:
        depth, opened, end = 0, False, start
        while end < len(text) and not (opened and depth == 0):
            step = {"{": 1, "}": -1}.get(text[end], 0) if text[end - 1] != "\\" else 0
            depth, opened, end = depth + step, opened or step > 0, end + 1
        if not opened or depth:
            raise ConfigError(f"BibTeX entry without closing brace: {_short(text[start:])}")
        yield start, end
        start = text.find("@", end)


def _short(text: str) -> str:
    return quoted(" ".join(text[:200].split()))


@cache
def bibliography() -> dict[str, Reference]:
    """Entries of the bundled `references.bib` by key."""
    text = (resources.files("device_models") / "references.bib").read_text(encoding="utf-8")
    return {entry.key: entry for entry in parse_bibtex(text)}


def find(reference: str, where: str = "references") -> Reference:
    """The entry of a key, or a whole entry as it is given. Raises ConfigError for unknown keys, text that is not one
    entry, and an entry that takes the key of another bundled one."""
    known = bibliography()
    if len(reference) > MOST_CHARACTERS:
        raise ConfigError(f"{where}: a reference of {len(reference)} characters; {MOST_CHARACTERS} at most")
    if reference.lstrip().startswith("@"):
        try:
            given = parse_bibtex(reference.strip())
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from None
        if len(given) != 1:
            raise ConfigError(f"{where}: one BibTeX entry per line of the list, got {len(given)}")
        bundled = known.get(given[0].key)
        if bundled is not None and bundled.bibtex.split() != given[0].bibtex.split():
            raise ConfigError(
                f"{where}: {quoted(given[0].key)} is the key of another bundled entry; choose another key"
            )
        return given[0]
    if reference not in known:
        close = difflib.get_close_matches(reference, known, n=1)
        hint = f"did you mean {close[0]}?" if close else "give a key of device_models/references.bib"
        raise ConfigError(f"{where}: unknown key {quoted(reference)}, {hint} (or a whole BibTeX entry)")
    return known[reference]


def collect(reasons: Iterable[tuple[str, str]]) -> list[Reference]:
    """Pairs (reference, why) as entries sorted by key, each once with all its reasons."""
    found: dict[str, Reference] = {}
    for given, why in reasons:
        entry = find(given, f"{why}: references")
        before = found.get(entry.key, entry)
        if before.bibtex.split() != entry.bibtex.split():
            raise ConfigError(f"{why}: references: {quoted(entry.key)} is the key of two different entries")
        found[entry.key] = Reference(entry.key, before.bibtex, tuple(dict.fromkeys((*before.why, why))))
    return [found[key] for key in sorted(found)]


def reasons(device: Device) -> list[tuple[str, str]]:
    """(reference, why) of everything a device uses: its preset's list, then its laws in the order in which they act on
    a cell."""
    kind = "preset" if device.name in preset_paths() else "device"
    laws = [part.references.items() for part in device.parts.values()]
    return [
        *((reference, f"{kind} {device.name}") for reference in device.references),
        *((reference, law) for part in laws for law, keys in part for reference in keys),
    ]


def of_device(device: Device) -> list[Reference]:
    """What to cite for a device. Raises ConfigError for references that cannot be found."""
    return collect(reasons(device))


def first_doi(device: Device) -> str | None:
    """DOI of the first of the preset's own references that has one."""
    return next((doi for given in device.references if (doi := find(given).doi)), None)
