"""The unit at the end of a setting's name, for numbers that were written with theirs: `offset_sd_a` is in A, so 1uA is
1e-06."""

from __future__ import annotations

import re

from device_models.number_text import PREFIXES

UNITS = {  # by the end of a name: how they are written, and both together
    "a": (["A"], "A"), "v": (["V"], "V"), "s": (["s", "S"], "s or S"), "ohm": (["ohm"], "ohm"), "k": (["K"], "K"),
}  # fmt: skip
SIZES = {**dict(PREFIXES), "k": 1e3, "M": 1e6, "G": 1e9}
WRITTEN = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([fpnumkMGa]?)(A|V|s|S|ohm|K)")


def number_in_unit(key: str, text: str) -> str:
    """What to write for `text`, such as `1uA`, at a key whose name ends in a unit; nothing at any other key."""
    unit = key.rpartition("_")[2].lower()
    if "_" not in key or unit not in UNITS:
        return ""
    spelled, shown = UNITS[unit]
    written = WRITTEN.fullmatch(text.strip().replace("\u00b5", "u").replace("\u03bc", "u").replace("\u03a9", "ohm"))
    example = "such as 1e-6"
    if written is not None and written[3] in spelled:
        example, shown = f"{float(written[1]) * SIZES[written[2]]:.12g}", written[3]
    return f"_{unit} is in {shown}, without the unit: {example}"
