"""Families of devices: a free name, of which some are known. A device's laws are those of its parts, whatever it is
called."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator

from device_models.errors import quoted
from device_models.schema import Name

FAMILIES = ("rram", "fefet", "pcm")  # of the bundled presets
NOT_MISSPELT = {"mram", "sram", "dram", "fram", "cram"}  # other memories, whose names are one letter from a known one
CLOSE = 0.7


def family_name(given: str) -> str:
    """`given`, or a known family that it names in other letters (FeFET). Raises ValueError for what looks like a known
    family misspelt, since that would silently be a family of its own."""
    if not given.strip():
        raise ValueError(f"a family needs a name, one of {', '.join(FAMILIES)} or your own")
    lower = given.casefold()
    if lower in FAMILIES:
        return lower
    close = [known for known in FAMILIES if sorted(known) == sorted(lower)]
    close = close or get_close_matches(lower[:100], FAMILIES, n=1, cutoff=CLOSE)
    if close and lower not in NOT_MISSPELT:
        raise ValueError(
            f"no family is called {quoted(given)}, did you mean {close[0]}? One of your own takes a name less like it"
        )
    return given


Family = Annotated[Name, AfterValidator(family_name)]
