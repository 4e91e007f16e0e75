"""The words of headings: which quantity, which part of a measurement, or which name of a cell a column holds.

A heading is taken apart into words; `read current`, `I_read` and `SMU-1 Current` all have one of a current in them.
"""

from __future__ import annotations

import re

WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|#|[\u4e00-\u9fff]+|[\uac00-\ud7a3]+")

RUN_TOGETHER = {
    letter + role: (letter, role) for letter in "gri" for role in ("target", "goal", "final", "programmed", "prog")
} | {f"{letter}{state}": (letter, state) for letter in "gri" for state in ("hrs", "lrs", "on", "off")}
KINDS = {
    **dict.fromkeys(
        (
            "t",
            "time",
            "times",
            "timestamp",
            "elapsed",
            "reltime",
            "date",
            "datetime",
            "clock",
            "timept",
            "timepoint",
            "tsec",
        ),
        "time",
    ),
    **dict.fromkeys(("g", "cond", "conductance", "conductances", "gread", "gmeas"), "conductance"),
    **dict.fromkeys(("r", "res", "resistance", "resistances", "rread", "rmeas"), "resistance"),
    **dict.fromkeys(("i", "current", "currents", "curr", "iread", "imeas", "ids", "idrain", "ai", "bi"), "current"),
    **dict.fromkeys(("v", "voltage", "volt", "vread", "vmeas", "vds", "bias", "av", "bv"), "voltage"),
    **dict.fromkeys(("temp", "temperature"), "temperature"),
    **dict.fromkeys(("zeit", "messzeit", "zeitpunkt", "temps", "tiempo", "tempo"), "time"),
    **dict.fromkeys(("leitwert", "conductancia", "conduttanza"), "conductance"),
    **dict.fromkeys(("widerstand", "resistencia", "resistenza", "sistance"), "resistance"),  # r, sistance: of accents
    **dict.fromkeys(("strom", "messstrom", "courant", "corriente", "corrente"), "current"),
    **dict.fromkeys(("spannung", "tension", "voltaje", "tensione"), "voltage"),
    **dict.fromkeys(("\u65f6\u95f4", "\u6642\u9593", "\uc2dc\uac04"), "time"),  # Chinese, Japanese, Korean
    **dict.fromkeys(("\u7535\u6d41", "\u96fb\u6d41", "\uc804\ub958"), "current"),
    **dict.fromkeys(("\u7535\u538b", "\u96fb\u58d3", "\u96fb\u5727", "\uc804\uc555"), "voltage"),
    **dict.fromkeys(("\u7535\u963b", "\u96fb\u963b", "\u62b5\u6297", "\uc800\ud56d"), "resistance"),
    **dict.fromkeys(("\u7535\u5bfc", "\u96fb\u5c0e"), "conductance"),
}
ROLES = {
    **dict.fromkeys(("target", "goal", "desired", "wanted", "nominal", "intended", "setpoint", "ziel", "zielwert",
        "soll", "sollwert", "cible", "consigne", "objetivo", "obiettivo"), "target"),
    **dict.fromkeys(("programmed", "achieved", "actual", "final", "result", "written", "ist", "istwert"), "programmed"),
    **dict.fromkeys(("before", "initial", "pre"), "before"),
    **dict.fromkeys(("after", "post"), "after"),
    **dict.fromkeys(("measured", "meas", "read", "readout", "reading", "readings", "value"), "measured"),
    **dict.fromkeys(("cell", "device", "dut", "channel", "ch", "id", "memristor", "zelle", "cellule", "celda"), "cell"),
    **dict.fromkeys(
        ("die", "row", "col", "column", "wafer", "address", "addr", "site", "x", "y", "wl", "bl", "sl", "word", "bit",
         "line", "chip", "array", "block", "bank", "lot", "range"), "address",
    ),
    **dict.fromkeys(("cycle", "run", "repeat", "repetition", "trial", "sweep", "temp", "temperature"), "run"),
    **dict.fromkeys(("index", "idx", "no", "number", "point", "sample", "count", "n", "#", "step"), "index"),
}  # fmt: skip
# what counts levels, and is no conductance
LEVELS = {
    "level", "levels", "state", "states", "bit", "bits", "code", "index", "idx", "lsb", "class", "weight", "weights",
}  # fmt: skip
BEFORE_LETTERS = {
    "measured", "meas", "read", "readout", "mean", "avg", "average", "median", "abs", "smu", "smua", "smub", "target",
    "final", "initial", "programmed",
}  # fmt: skip
STATES = {"hrs", "lrs", "on", "off", "roff", "ron", "goff", "gon", "set", "reset"}
NO_NUMBERS = {"tag", "status", "flag", "mode", "type", "number", "index", "count", "name", "comment", "remark", "unit"}
LOW, HIGH = {"low", "lower", "min", "lo"}, {"high", "higher", "upper", "max", "hi"}
# of pulses, limits and settings: no time, current or voltage of a read
OTHER_THINGS = {
    "time": {"pulse", "width", "rise", "fall", "integration", "aperture", "period", "duration", "hold", "delay"},
    "current": {"compliance", "cc", "comp", "limit", "range", "leak", "leakage", "gate", "icc", "icomp", "ig"},
    "": {"source"},
    "voltage": {
        "set",
        "reset",
        "gate",
        "pulse",
        "form",
        "forming",
        "prog",
        "programming",
        "compliance",
        "limit",
        "range",
        "vset",
        "vreset",
        "vg",
        "vgate",
        "vgs",
        "vprog",
        "vform",
        "max",
        "min",
        "start",
        "stop",
        "step",
        "window",
        "threshold",
    },
    "resistance": {"range", "series", "load", "wire"},
    "conductance": {"range"},
}


def words_of(name: str) -> list[str]:
    """The words of a heading, small: `SMU-1 readCurrent` has smu, 1, read, current."""
    if name == "X_Value":  # LabVIEW's times
        return ["time"]
    words = [word.lower() for word in WORDS.findall(name.replace("G0", "g0"))]
    return [part for word in words for part in RUN_TOGETHER.get(word, (word,))]


def kind_of(words: list[str]) -> str:
    """The quantity, or nothing. Words count before single letters, which stand first or behind `meas` and such."""
    long = [word for word in words if len(word) > 1 and word in KINDS]
    named = [word for word in words if not (word in BEFORE_LETTERS or word.isdigit())]
    short = [word for word in named[:1] if word in KINDS]
    return KINDS[(long or short)[0]] if long or short else ""


def role_of(words: list[str]) -> str:
    """The part that a column plays, or nothing: a target before a result before a cell."""
    found = {ROLES[word] for word in words if word in ROLES}
    if "target" in found:
        window = "target_low" if LOW & set(words) else "target_high" if HIGH & set(words) else ""
        return window or "target"
    order = ("programmed", "before", "after", "cell", "address", "run", "measured", "index")
    return next((role for role in order if role in found), "")


SPREADS = {
    "error", "errors", "deviation", "diff", "difference", "std", "sd", "stdev", "sigma", "err", "uncertainty", "var",
    "variance", "cv", "ratio", "relative", "density",
}  # fmt: skip


def of_another_thing(kind: str, words: list[str]) -> bool:
    """Whether it is the time, current or voltage of something else than a read, or the spread of several."""
    spreads = SPREADS - {"relative"} if kind == "time" else SPREADS  # `Relative Time` of an instrument is a time
    return bool((OTHER_THINGS.get(kind, set()) | spreads) & set(words))
