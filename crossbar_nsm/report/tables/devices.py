"""Tables of devices: all presets, and one device with every number and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models import Device
from device_models.characterise.numbers import Numbers, given, numbers, other_noise
from device_models.number_text import time_text

LEGEND = {
    "programming": "sd / g_max",
    "read noise": "fresh, sd / G, at 0.2 V and 100 ns, or as measured where no window is given",
    "1/f 1 s, 1 day": "sd / G since programming",
    "telegraph d": "median of a trap at g_max to g_min",
    "drift, 1 day": "law, or change of G (or of the window)",
    "selector p": "chance to conduct",
    "numbers": "illustrative are commonly quoted or chosen, not measured (definitions are not counted)",
}
CAPTION = "mid range: (g_min + g_max) / 2"
MOST_SHOWN = 6  # numbers of a list
DROP = ["DOI", "selector p", "levels", "drift, 1 day", "telegraph d", "1/f 1 s, 1 day", "family"]


def devices_table(devices: Sequence[Device]) -> TextTable:
    """One line per device."""
    columns = [
        "preset", "family", "range uS", "levels", "programming", "read noise", "1/f 1 s, 1 day", "telegraph d",
        "drift, 1 day", "selector p", "numbers", "DOI",
    ]  # fmt: skip
    lines = [_line(device) for device in devices]
    return make_table("device presets, noise at mid range", columns, lines, CAPTION, drop=DROP, legend=LEGEND)


def device_lines(devices: Sequence[Device]) -> list[dict[str, Any]]:
    """The same for CSV, numbers as they are: conductances in S, noise as fractions."""
    return [_numbers_of(device) for device in devices]


def _numbers_of(device: Device) -> dict[str, Any]:
    conductance, derived = device.conductance, asdict(numbers(device))
    ends = derived["telegraph"]
    derived["telegraph"] = None if ends is None else dict(zip(("at_g_max", "at_g_min"), ends, strict=True))
    about = {"name": device.name, "family": device.family}
    return {**about, "g_min_s": conductance.g_min_s, "g_max_s": conductance.g_max_s, "levels": conductance.levels,
            **derived}  # fmt: skip


def _line(device: Device) -> list[str]:
    conductance, derived = device.conductance, numbers(device)
    return [
        device.name,
        device.family,
        f"{conductance.g_min_s * 1e6:g}-{conductance.g_max_s * 1e6:g}",
        str(conductance.levels or ""),
        percent(derived.programming_error),
        percent(derived.read_noise),
        flicker_text(derived),
        telegraph_text(derived),
        derived.drift or "",
        "" if derived.selector_p is None else f"{derived.selector_p:.2g}",
        derived.provenance,
        derived.doi or "",
    ]


def percent(fraction: float | None) -> str:
    """0.0042 -> 0.42 %; empty for what is absent or 0."""
    return f"{100 * fraction:.2g} %" if fraction else ""


def flicker_text(derived: Numbers) -> str:
    """After 1 s and after 1 day: 5.3, 7 %."""
    if derived.flicker_1s is None or derived.flicker_1day is None:
        return ""
    return f"{100 * derived.flicker_1s:.2g}, {100 * derived.flicker_1day:.2g} %"


def telegraph_text(derived: Numbers) -> str:
    """4-45 %, or 3 x 0.2-8 % with several traps."""
    if derived.telegraph is None:
        return ""
    low, high = (f"{100 * amplitude:.2g}" for amplitude in derived.telegraph)
    traps = f"{derived.traps_per_cell} x " if derived.traps_per_cell != 1 else ""
    return f"{traps}{low if low == high else f'{low}-{high}'} %"


def number_rows(device: Device) -> list[dict[str, Any]]:
    """Every number that the device's description gives, with its unit and where it comes from: `user` without a
    source, None for what is no number."""
    rows: list[dict[str, Any]] = []
    for key, value in given(device):
        source = device.sources.get(key)
        unit, text = (None, None) if source is None else (source.unit, source.source)
        provenance = source.provenance if source is not None else None if isinstance(value, str) else "user"
        rows.append({"key": key, "value": value, "unit": unit, "provenance": provenance, "source": text})
    return rows


def numbers_table(device: Device) -> tuple[TextTable, list[tuple[str, str]]]:
    """These numbers, and provenance and source of each entry that the table's last column counts."""
    rows = number_rows(device)
    of_rows = [None if row["source"] is None else (row["provenance"], row["source"]) for row in rows]
    sources = list(dict.fromkeys(source for source in of_rows if source is not None))
    lines = [
        [
            row["key"],
            _text(row["value"]),
            row["unit"] or "",
            row["provenance"] or "",
            "" if source is None else f"[{sources.index(source) + 1}]",
        ]
        for row, source in zip(rows, of_rows, strict=True)
    ]
    columns = ["key", "value", "unit", "provenance", "source"]
    caption = "source: number in the list that follows"
    return make_table(f"numbers of {device.name}", columns, lines, caption, drop=["provenance"]), sources


def _read_at(device: Device) -> str:
    """For which reads the number of `derived_table` is."""
    noise = device.read_noise
    if (noise.relative_sd is None and noise.law is None) or noise.window_s is not None or noise.thermal or noise.shot:
        return "at 0.2 V and 100 ns"
    return "at any window" + ("" if noise.interval_s is None else f" (measured every {time_text(noise.interval_s)})")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return _table_text(value) or f"[{', '.join(_text(entry) for entry in value)}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _table_text(table: list[Any]) -> str:
    """3 x 5 numbers, 0.1 to 2, for a table of many numbers; else nothing."""
    try:
        numbers = np.array(table, np.float64)
    except (TypeError, ValueError):
        return ""
    sizes = " x ".join(str(size) for size in numbers.shape)
    return f"{sizes} numbers, {numbers.min():.6g} to {numbers.max():.6g}" if numbers.size > MOST_SHOWN else ""


def scopes_table(device: Device) -> TextTable:
    """Every random effect and when it is drawn."""
    caption = "chip: once for a cell; programming: at every programming; time: as time goes on; read: at every read"
    lines = [[effect, scope] for effect, scope in device.scopes.items()]
    return make_table("what is random", ["random effect", "drawn per"], lines, caption)


def derived_table(device: Device) -> TextTable:
    """The numbers of the table of presets, one per line."""
    columns = ["derived", "value"]
    derived, conductance = numbers(device), device.conductance
    lines = [
        ["range", f"{conductance.g_min_s * 1e6:g} to {conductance.g_max_s * 1e6:g} uS"],
        ["programming error at mid range, sd / g_max", percent(derived.programming_error) or "0"],
        [f"fresh read noise at mid range, sd / G, {_read_at(device)}", percent(derived.read_noise) or "0"],
        ["1/f noise 1 s and 1 day after programming, sd / G", flicker_text(derived)],
        ["telegraph amplitude d at g_max to g_min, median", telegraph_text(derived)],
        *(
            [f"{noun} at mid range, a day after programming, sd / G", percent(float(sd[0])) or "0"]
            for noun, sd in other_noise(device, np.array([derived.mid_s])).items()
        ),
        ["drift at mid range (changes: after 1 day)", derived.drift or ""],
        ["selector conducts with p", "" if derived.selector_p is None else f"{derived.selector_p:.3g}"],
        ["numbers", derived.provenance],
    ]
    caption = "mid range: (g_min + g_max) / 2; what the device does not have is left out"
    return make_table("what follows from the numbers", columns, [line for line in lines if line[1]], caption)
