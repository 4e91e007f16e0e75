"""Units as laboratories write them: what they are units of, and their factor to SI.

Siemens, ohm, seconds, amperes and volts take the prefixes of the SI, small or capital where that cannot be mistaken
(only m and M can). Conductances may stand in multiples of the conductance quantum G0 as well, times in min, h, d.

No unit is ever proposed that was not written: a guess would be wrong by a power of ten, and taken.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from device_models.constants import ELEMENTARY_CHARGE_C, PLANCK_J_S

PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
LONG_PREFIXES = {
    "femto": "f", "pico": "p", "nano": "n", "micro": "u", "milli": "m", "kilo": "k", "meg": "M", "mega": "M",
    "giga": "G", "tera": "T",
}  # fmt: skip
NAMES = {
    "conductance": ("siemens", "mhos", "mho", "\u2127"),
    "resistance": ("ohms", "ohm"),
    "time": ("seconds", "second", "secs", "sec"),
    "current": ("amperes", "ampere", "amps", "amp"),
    "voltage": ("volts", "volt"),
}
SYMBOLS = {"S": "conductance", "s": "time", "A": "current", "V": "voltage"}
LONGER_TIMES = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("wk", "week", "weeks"), 604800.0),
}
QUANTUM_S = 2 * ELEMENTARY_CHARGE_C**2 / PLANCK_J_S
PER = ("1/", "/")
NO_SCALE = ("a.u.", "a.u", "au", "arb", "arb.", "arb.u.", "arbitrary", "norm", "norm.", "normalized", "normalised", "%")
TEMPERATURES = ("k", "c", "degc", "\u00b0c", "f", "degf", "\u00b0f")
OTHERS = (*TEMPERATURES, "hz", "khz", "mhz", "w", "j", "nm", "um", "1")
LONGEST_UNIT = 24
SCALED = re.compile("(?:[x\u00d7*]?10\\^?|1e)[({]?([+\\-\u2212]?\\d{1,2})[)}]?[*\u00b7]?(\\D.*)", re.IGNORECASE)
QUOTIENTS = {"a/v": "conductance", "v/a": "resistance"}
BEHIND_NUMBER = re.compile(r"[+-]?[\d.,]*\d(?:[.,]|[eE][+-]?\d+)?\s*([^\d\s.,;:+\-/][^\d\s.,;:]{0,12})", re.ASCII)
METERS = re.compile(r"N?([AV])(?:DC)?")  # normal reading, direct current


@dataclass(frozen=True)
class Unit:
    """A unit as written, the kind of quantity it is of, and what its numbers are multiplied by to become SI."""

    text: str
    kind: str
    factor: float


@lru_cache(4096)
def read_unit(text: str, kind: str = "") -> Unit | None:
    """The unit `text`, None for an unknown one.

    kind: of the column, where the unit was written behind an underscore and without its case, as in `g_max_s`: s and S
    both belong to it then, and prefixes to them are small (`target_MS` is what others write `target_ms`).
    """
    plain = "".join(plain_text(text).split())
    if not plain or len(plain) > LONGEST_UNIT:
        return None
    small = plain.lower()
    if small.replace("_", "") in ("g0", "2e^2/h", "2e2/h"):
        return Unit(text, "conductance", QUANTUM_S)
    if small in LONGER_TIMES:
        return Unit(text, "time", LONGER_TIMES[small])
    if plain[:1] in "1x\u00d7*" and (scaled := SCALED.fullmatch(plain)) and (base := read_unit(scaled[2])):
        return Unit(text, base.kind, base.factor * 10.0 ** int(scaled[1].replace("\u2212", "-")))
    if "/" in small and (quotient := QUOTIENTS.get("".join(mark for mark in small if mark in "av/"))):
        above, below = (read_unit(part) for part in plain.split("/", 1))
        return Unit(text, quotient, above.factor / below.factor) if above and below else None
    for start in PER:
        if small.startswith(start) and (inverse := read_unit(plain[len(start) :])):
            return Unit(text, "conductance", 1 / inverse.factor) if inverse.kind == "resistance" else None
    for end in ("^-1", "**-1", "-1"):
        if small.endswith("ohm" + end):
            return read_unit("1/" + plain.removesuffix(end))
    found = _named(plain, small) or _symbol(plain, kind)
    return None if found is None else Unit(text, *found)


def behind_number(text: str) -> tuple[str, Unit] | None:
    """What stands behind a number in its field, and the unit that it is, also as meters write it: `1.2 kohm`,
    `+1.23E-06NADC`."""
    found = BEHIND_NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    meter = METERS.fullmatch(found[1])
    unit = read_unit(meter[1] if meter else found[1])
    return None if unit is None else (found[1], unit)


def is_scale_free(text: str) -> bool:
    """Whether a unit says that the numbers have none: normalised, arbitrary, per cent."""
    plain = plain_text(text).lower()
    return plain in NO_SCALE or plain.startswith(("% ", "percent", "per cent"))


def is_other(text: str) -> bool:
    """Whether it is the unit of something that no fit needs, such as a temperature."""
    return plain_text(text).lower() in OTHERS


def is_temperature(text: str) -> bool:
    """Whether it is the unit of a temperature."""
    return plain_text(text).lower() in TEMPERATURES


def plain_text(text: str) -> str:
    """One way to write micro and ohm."""
    return unicodedata.normalize("NFKC", text).strip().replace("\u03bc", "u").replace("\u03a9", "ohm")


def allowed(kind: str) -> str:
    """What the units of a kind are."""
    prefixes = " ".join(prefix for prefix in PREFIXES if prefix)
    if kind == "time":
        return f"a time is in s (with {prefixes} in front), min, h or d"
    if kind in ("current", "voltage"):
        return f"a {kind} is in {'A' if kind == 'current' else 'V'} (with {prefixes} in front)"
    return f"a conductance is in S or ohm (with {prefixes} in front) or G0"


def _named(plain: str, small: str) -> tuple[str, float] | None:
    for kind, names in NAMES.items():
        for name in names:
            if small.endswith(name):
                return _prefixed(kind, plain[: -len(name)])
    return None


def _symbol(plain: str, kind: str) -> tuple[str, float] | None:
    if kind and plain[-1:] in "sS":
        return _prefixed("time" if kind == "time" else "conductance", plain[:-1].lower())
    if kind in ("current", "voltage") and plain[-1:].upper() in "AV":
        return _prefixed(SYMBOLS[plain[-1:].upper()], plain[:-1])
    return _prefixed(SYMBOLS[plain[-1:]], plain[:-1]) if plain[-1:] in SYMBOLS else None


def _prefixed(kind: str, prefix: str) -> tuple[str, float] | None:
    prefix = LONG_PREFIXES.get(prefix.lower(), prefix)
    if prefix not in PREFIXES:  # K, U, N and g can only be k, u, n and G
        prefix = next((known for known in PREFIXES if known.lower() == prefix.lower()), prefix)
    return (kind, PREFIXES[prefix]) if prefix in PREFIXES else None
