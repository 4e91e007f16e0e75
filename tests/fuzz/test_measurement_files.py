"""Measurement files of any bytes, of any words in the places of a table, of any times and values: read and fitted."""

from __future__ import annotations

import csv
import gzip
import io
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import numpy as np
import scipy.stats  # noqa: F401 - its first import is not of the time that a file takes
import statsmodels.tsa.regime_switching.markov_regression  # noqa: F401 - nor is this one
from hypothesis import strategies as st
from support.hostile.fuzzing import fuzz, outcome

from device_models.fit import fit_files, write_preset
from device_models.fit.kinds import Kind

HEADERS = [
    "target [uS],programmed [uS]", "time [s],conductance [uS]", "cell,time_ms,conductance_kohm", "time,conductance",
    "cell,time [s],conductance [GOhm]", "target_us,programmed_us,time_s,conductance_us", "sep=;", "target [uS],,", "",
    "# time (s),R (ohm)", "Time,I,V\ns,nA,V", "cell,G@1s [uS],G@10s [uS]", "t [s],c1 [uS],c2 [uS]", "date,time,G [S]",
    "target_low [uS],target_high [uS],R [kohm]", "g_before_S,g_after_S,t_after_s", "1 s,10 s,100 s",
    "die,row,col,t (h),I (A)",
    "DataName, Time (s), I (A), V (V)", '"t_s" "g_s"', "% log10(R [ohm]) t [s]", "cell,cycle,T [K],t [us],uA/V",
]  # fmt: skip
WORDS = [
    "0", "1", "-1", "50", "1e-5", "9.9E37", "9.91E37", "1e308", "1e-308", "5e-324", "nan", "inf", "", "1_0", "1,5",
    "OVLD", "2024-03-01", "10:00:00", "2024-03-01T10:00:00+01:00", "1 ms",
    "5kohm", "+1E-6NADC", "1D-3", "0:0:0",
    "=1+1", "\u0661", "0x10", "1e", "1" * 300, "\ud800", "\x00", "\x1b[2J", "\u202e", '"', "'", "#",
]  # fmt: skip
UNITS = ["uS", "S", "kohm", "GOhm", "G0", "ohm", "fS", "TS", "s", "x", "", "a" * 5000, "_" * 5000, "[(" * 2000]
PARTS = [
    "time [s]", "time", "current [nA]", "conductance [uS]", "target [uS]", "programmed [uS]", "cell", "voltage [V]",
    "log10 resistance [ohm]", "x", "", "time [s",
]  # fmt: skip
PLACES = ["1", "2", "2-", "1-2", "0", "9", "3-1", "heading", "time", "", "1=2", "a" * 1000]
SEPARATORS = [",", ";", "\t", ", ", " ", "|"]

content = st.one_of(
    st.binary(max_size=2000),
    st.tuples(st.sampled_from(HEADERS), st.binary(max_size=500)).map(lambda pair: pair[0].encode() + b"\n" + pair[1]),
    st.sampled_from(["utf-16", "utf-32", "latin-1"]).map(
        lambda code: "target (\u00b5S),programmed\n1,2\n".encode(code)
    ),
)
word = st.one_of(st.sampled_from(WORDS), st.text(max_size=12), st.floats().map(repr), st.integers().map(str))
number = st.floats(1, 100).map(repr)
row = st.lists(number | number | number | word, min_size=2, max_size=3)
column = st.tuples(
    st.sampled_from(["target", "programmed", "time", "conductance", "cell", "other"]), st.sampled_from(UNITS)
).map(lambda pair: f"{pair[0]} [{pair[1]}]" if pair[1] else pair[0])
good = st.floats(1, 200)
value = good | good | good | st.sampled_from([0.0, 1e-9, 50.0, 50.0001, 1e5, 1e9, 9.9e37, math.nan, 1e-300])
late = st.floats(1e-3, 10)
step = late | late | late | st.sampled_from([1.0, 1e-3, 1e-300, 1e300, 0.0, -1.0])


layouts = st.fixed_dictionaries({
    "columns": st.none() | st.lists(
        st.tuples(st.sampled_from(PARTS), st.sampled_from(PLACES)).map("=".join), max_size=4
    ).map(",".join) | st.text(max_size=30),
    "interval_s": st.sampled_from([None, None, 1e-3, 0.0, math.nan, 1e300]),
    "read_voltage_v": st.sampled_from([None, 0.1, -0.1, 0.0, math.inf]),
    "cells": st.sampled_from(["auto", "columns", "rows", "x"]),
})  # fmt: skip


def fit(content: bytes, **options: Any) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.csv"
        path.write_bytes(content)
        return outcome(lambda: write_preset(fit_files([path], **options), path.with_suffix(".yaml")))


@fuzz(content=content)
def test_bytes(content):
    assert fit(content) == "refused"


@fuzz(
    header=st.sampled_from(HEADERS) | st.lists(column, max_size=4).map(",".join), rows=st.lists(row, max_size=3),
    numbers=st.integers(0, 20), separator=st.sampled_from(SEPARATORS), quoted=st.booleans(),
    layout=st.just({}) | layouts, packed=st.booleans(),
)  # fmt: skip
def test_words_in_the_places_of_a_table(header, rows, numbers, separator, quoted, layout, packed):
    columns = header.split(",")
    table = [[f"{k}.{1 + (j + k * k) % 7}" for j in range(len(columns))] for k in range(numbers)]
    table, text = [columns, *table, *rows], io.StringIO()
    if quoted and len(separator) == 1:
        csv.writer(text, delimiter=separator).writerows(table)
    else:
        text.write("\n".join(separator.join(line) for line in table))
    content = text.getvalue().encode("utf-8", "surrogatepass")
    fit(gzip.compress(content) if packed else content, **layout)


@fuzz(
    steps=st.lists(step, min_size=1, max_size=3), levels=st.lists(value, min_size=1, max_size=3),
    count=st.integers(1, 300), noise=st.sampled_from([0.0, 1e-12, 0.01, 3.0]), start=step,
    kind=st.sampled_from(get_args(Kind)), cells=st.integers(1, 3), bursts=st.booleans(),
)  # fmt: skip
def test_times_and_values_of_traces(steps, levels, count, noise, start, kind, cells, bursts):
    rng, lines, time_s = np.random.default_rng(count), ["cell,time [s],conductance [uS]"], start
    for k in range(count):
        time_s += steps[k * len(steps) // count if bursts else k % len(steps)]
        g = levels[k % len(levels)] * abs(1 + noise * rng.standard_normal())
        lines.append(f"c{k * cells // count},{time_s!r},{g!r}")
    fit("\n".join(lines).encode(), kind=kind)


@fuzz(
    pairs=st.lists(st.tuples(value, value), min_size=8, max_size=40), spread=st.sampled_from([0.0, 1e-9, 0.1]),
    degree=st.sampled_from([None, 0, 3]), unit=st.sampled_from(["uS", "kohm", "G0", "S"]),
)  # fmt: skip
def test_targets_and_errors(pairs, spread, degree, unit):
    rng = np.random.default_rng(len(pairs))
    lines = [f"{a!r},{(a if spread else b) * abs(1 + spread * rng.standard_normal())!r}" for a, b in pairs]
    fit("\n".join([f"target [{unit}],programmed [{unit}]", *lines]).encode(), degree=degree)
