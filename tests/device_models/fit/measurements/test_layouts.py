"""One truth, written as laboratories write files: every layout is read right, or refused with the option that mends it.

Every layout writes the same reads of three cells (or one of them), or the same programmings; numbers must come back.
"""

import bz2
import gzip
import lzma
from datetime import datetime, timedelta

import numpy as np
import pytest

from device_models.errors import ConfigError
from device_models.fit import read_files

RNG = np.random.default_rng(7)
TIME_S = 1e-3 * np.arange(24)
G_S = 1e-6 * np.round(np.array([[5.0], [20.0], [80.0]]) * (1 + 0.01 * RNG.standard_normal((3, 24))), 4)
TARGET_S = 1e-6 * np.repeat(np.arange(1.0, 13), 2)
PROGRAMMED_S = 1e-6 * np.round(1e6 * TARGET_S + 0.3 * RNG.standard_normal(24), 4)
SINCE_S = np.array([0.0, 0.01, 0.1, 1, 100, 1e4])  # of relaxation
V = 0.1


def rows(heading, values, mark=",", end="\n"):
    """A table as text, numbers in full."""
    lines = [mark.join(x if isinstance(x, str) else repr(float(x)) for x in row) for row in values]
    return end.join([*([heading] if heading else []), *lines]) + end


def one(convert=lambda g: g, time=lambda t: t):
    """Rows of the first cell: time, measured."""
    return list(zip(time(TIME_S), convert(G_S[0]), strict=True))


def three(convert=lambda g: g, time=lambda t: t):
    """Rows of all cells, one after the other: cell, time, measured."""
    return [(f"c{k + 1}", t, g) for k in range(3) for t, g in zip(time(TIME_S), convert(G_S[k]), strict=True)]


def pairs(scale=1.0):
    return list(zip(scale * TARGET_S, scale * PROGRAMMED_S, strict=True))


def wide(heading, scale=1e6, mark=","):
    return rows(heading, [(t, *(scale * G_S[:, n])) for n, t in enumerate(TIME_S)], mark)


def relaxation(heading, scale=1e6, mark="\t"):
    values = [(str(32768 + k), *(scale * G_S[k, : len(SINCE_S)])) for k in range(3)]
    return rows(heading, values, mark)


def german(text):
    return text.replace(",", ";").replace(".", ",")


def clock(step_s=60.0, form="%Y-%m-%d %H:%M:%S"):
    start = datetime(2024, 2, 28, 23, 50)
    return [(start + timedelta(seconds=step_s * n)).strftime(form) for n in range(24)]


OHM = one(lambda g: 1 / g)
AMPERE = one(lambda g: V * g)
B1500 = (
    "SetupTitle, I/V-t Sampling\nPrimitiveTest, I/V-t Sampling\nTestParameter, Channel.UnitType, SMU, SMU\n"
    "TestParameter, Measurement.Bias.Source, 0.1, 0\nMetaData, TestRecord.RecordTime, 03/01/2024 10:00:00\n"
    "AnalysisSetup, Analysis.Setup.Vector.Graph.Enabled\nDimension1, 24, 24, 24\n"
)
KEITHLEY = (
    '"Instrument Model","2636B"\n"Serial Number","4012345"\nDate,2024-03-01\nTime,10:15:00\n'
    '"Source Voltage (V)",0.1\n\n'
)
ALL = G_S
FIRST = G_S[:1]
MS, KOHM, NA = (lambda t: 1e3 * t), (lambda g: 1e-3 / g), (lambda g: 1e9 * V * g)

# what is read as it is: bytes or text, conductances of the cells, times, and what must be told of it
READ = {
    "this project's": (rows("cell,time_ms,conductance_us", three(lambda g: 1e6 * g, MS)), ALL, "`time_ms`, in ms"),
    "numpy's savetxt with commas": (
        "# resistance (ohms),current (A),time (s)\n" + rows("", [(r, 1e-6, t) for t, r in OHM]),
        FIRST,
        "as 1/R",
    ),
    "numpy's savetxt with spaces": (
        "# made by hand\n# time (s) conductance (uS)\n" + rows("", one(lambda g: 1e6 * g), " "),
        FIRST,
        "parted by spaces",
    ),
    "aligned by spaces": (rows("   t [s]      G [S]", one(), "      "), FIRST, "parted by spaces"),
    "MATLAB's comment": ("% time [s]\tR [ohm]\n" + rows("", OHM, "\t"), FIRST, "parted by tabs"),
    "names, then units": (rows("Time\tResistance\ns\tkOhm", one(KOHM), "\t"), FIRST, "units in line 2"),
    "names, then units in brackets": (
        rows("Time,Current,Vread\n[ms],[nA],[V]", [(*p, V) for p in one(NA, MS)]),
        FIRST,
        "over the voltage in column 3",
    ),
    "names, a long name, units": (
        rows("t;G\nelapsed;of the cell\nms;uS", one(lambda g: 1e6 * g, MS), ";"),
        FIRST,
        "passed over",
    ),
    "Origin's strokes": (rows("t / ms\tG / uS", one(lambda g: 1e6 * g, MS), "\t"), FIRST, "in ms"),
    "Keithley's preamble": (
        KEITHLEY + rows("Index,Voltage (V),Current (A),Time (s)", [(n, V, i, t) for n, (t, i) in enumerate(AMPERE)]),
        FIRST,
        "passed over",
    ),
    "Keithley's channels": (
        rows("SMU-1 Time (s),SMU-1 Voltage (V),SMU-1 Current (A)", [(t, V, i) for t, i in AMPERE]),
        FIRST,
        "over the voltage",
    ),
    "free text above": (
        "Cell 3 of die 7, measured by A. B. at 0.1 V\nsee the notebook, page 12\n\n"
        + rows("time [s],conductance [S]", one()),
        FIRST,
        "below 2 lines passed over",
    ),
    "a mark of bytes": (b"\xef\xbb\xbf" + rows("Time (s),G (S)", one()).encode(), FIRST, "Time (s)"),
    "UTF-16": (rows("time [s]\tG [µS]", one(lambda g: 1e6 * g), "\t").encode("utf-16"), FIRST, "UTF-16"),
    "UTF-16 without its mark": (
        rows("time [s]\tG [uS]", one(lambda g: 1e6 * g), "\t").encode("utf-16-le"),
        FIRST,
        "UTF-16",
    ),
    "Latin-1": (
        rows("Zeit,time [µs],G [µS]", [("a", 1e6 * t, 1e6 * g) for t, g in one()]).encode("latin-1"),
        FIRST,
        "Latin-1",
    ),
    "Chinese in GB18030": (
        rows("\u65f6\u95f4\uff08ms\uff09,\u7535\u5bfc\uff08\u03bcS\uff09", one(lambda g: 1e6 * g, MS)).encode(
            "gb18030"
        ),
        FIRST,
        "GB18030",
    ),
    "omega": (rows("time [s],R [kΩ]", one(KOHM)), FIRST, "kΩ"),
    "ends of Windows": (rows("time [s],R [ohm]", OHM, end="\r\n"), FIRST, ""),
    "ends of old Macs": (rows("time [s],R [ohm]", OHM, end="\r"), FIRST, ""),
    "quoted": (
        rows('"time [s]","G [S]","remark, if any"', [(f'"{t:.4g}"', f'"{g:.6g}"', '"ok, so far"') for t, g in one()]),
        FIRST,
        "not used: column 3",
    ),
    "a German spreadsheet": (
        "sep=;\n" + german(rows("cell,t [ms],G [uS],", [(*r, "") for r in three(lambda g: 1e6 * g, MS)])),
        ALL,
        "decimal commas",
    ),
    "decimal commas in quotes": (
        rows(
            "time [ms],G [uS]",
            [(f'"{t:.1f}"'.replace(".", ","), f'"{g:.4f}"'.replace(".", ",")) for t, g in one(lambda g: 1e6 * g, MS)],
        ),
        FIRST,
        "decimal commas",
    ),
    "gzip": (gzip.compress(rows("time [s],R [ohm]", OHM).encode()), FIRST, "gzip"),
    "bzip2": (bz2.compress(rows("time [s],R [ohm]", OHM).encode()), FIRST, "bzip2"),
    "xz": (lzma.compress(rows("time [s],R [ohm]", OHM).encode()), FIRST, "xz"),
    "extra columns": (
        rows("device,temperature [K],time [s],G [S],comment", [(c, 300, t, g, "ok") for c, t, g in three()]),
        ALL,
        "not used: column 5 `comment`",
    ),
    "die, row, column": (
        rows("die,row,col,time [s],G [S]", [("7", "0", c[1], t, g) for c, t, g in three()]),
        ALL,
        "cells named by `die`, `row`, `col`",
    ),
    "an index of rows": (
        rows("row,time [s],G [S]", [(str(n), t, g) for n, (t, g) in enumerate(one())]),
        FIRST,
        "counts the rows, and names no cells",
    ),
    "runs of one cell": (
        rows("cell,cycle,time [s],G [S]", [("c", c[1], t, g) for c, t, g in three()]),
        ALL,
        "cells parted by `cycle`",
    ),
    "current and voltage": (
        rows("Time(s),V,I,Status\ns,V,A,", [(t, V, i, "0") for t, i in AMPERE]),
        FIRST,
        "over the voltage",
    ),
    "currents against the voltage": (rows("t_s,v_v,i_a", [(t, -V, i) for t, i in AMPERE]), FIRST, "other sign"),
    "negative voltage and current": (
        rows("t_s,v_mv,i_na", [(t, -1e3 * V, -1e9 * i) for t, i in AMPERE]),
        FIRST,
        "in mv",
    ),
    "resistance beside current": (
        rows("time [s],resistance [ohm],current [A]", [(t, V / i, i) for t, i in AMPERE]),
        FIRST,
        "resistances are used",
    ),
    "dates of ISO": (
        rows("timestamp,G [S]", list(zip(clock(form="%Y-%m-%dT%H:%M:%S.%f"), FIRST[0], strict=True))),
        (FIRST, 60e3 * TIME_S),
        "dates and clocks",
    ),
    "date and clock": (
        rows(
            "Date,Time,G [S]",
            list(zip(clock(form="%d.%m.%Y"), clock(form="%H:%M:%S"), FIRST[0], strict=True)),
        ),
        (FIRST, 60e3 * TIME_S),
        "dates and clocks",
    ),
    "seconds since 1970": (
        rows("time [s],R [ohm]", [(1.7e9 + 1e3 * t, r) for t, r in OHM]),
        (FIRST, 1e3 * TIME_S),
        "of a calendar",
    ),
    "a column for each cell": (wide("time [s],cell1 [uS],cell2 [uS],cell3 [uS]"), ALL, "each column is a cell"),
    "resistances in columns": (
        rows("t (s),R1 (Ohm),R2 (Ohm),R3 (Ohm)", [(t, *(1 / G_S[:, n])) for n, t in enumerate(TIME_S)]),
        ALL,
        "each column is a cell",
    ),
    "currents and voltages in columns": (
        rows(
            "Time [s],V1 [V],I1 [A],V2 [V],I2 [A],V3 [V],I3 [A]",
            [(t, *(x for g in G_S[:, n] for x in (V, V * g))) for n, t in enumerate(TIME_S)],
        ),
        ALL,
        "each column is a cell",
    ),
    "times in the heading": (
        relaxation("addr\tg_S@0s\tg_S@0.01s\tg_S@0.1s\tg_S@1s\tg_S@100s\tg_S@10000s", 1),
        (ALL[:, :6], SINCE_S),
        "time: in the heading",
    ),
    "before and after a bake": (
        rows(
            "temp_C\taddr\tg_before_S\tg_after_S\tt_after_s",
            [(T, "17", G_S[k, 0], G_S[k, 1], 7165) for k, T in enumerate(("100", "140", "180"))],
            "\t",
        ),
        (ALL[:, :2], np.array([0, 7165])),
        "cells named by `addr`, `temp_C`",
    ),
    "before and after, and the voltage of reads": (
        rows("addr,vread [V],before [S],after [S],time after [s]", [(str(k), V, *G_S[k, :2], 60) for k in range(3)]),
        (ALL[:, :2], np.array([0, 60])),
        "not used: column 2",
    ),
    "times in the heading, other words": (
        relaxation("device,0 s [uS],10 ms [uS],100 ms [uS],1 s [uS],100 s [uS],1e4 s [uS]", mark=","),
        (ALL[:, :6], SINCE_S),
        "time: in the heading",
    ),
    "targets beside times in the heading": (
        rows("cell,target [uS],g@1ms [S],g@2ms [S]", [(f"c{k}", 5.0, *G_S[k, 1:3]) for k in range(3)]),
        (ALL[:, 1:3], TIME_S[1:3]),
        "not used: column 2 `target [uS]`",
    ),
    "reads of both signs": (
        rows("time [s],V [V],I [A]", [(t, V * (-1) ** n, i * (-1) ** n) for n, (t, i) in enumerate(AMPERE)]),
        FIRST,
        "over the voltage",
    ),
    "log10 of R": (rows("time [s],log10(R [ohm])", one(lambda g: -np.log10(g))), FIRST, "log10 of ohm"),
    "tables below each other": (
        "".join(
            f"run {k}\n" * (k > 0) + rows("time [s],G [S]", list(zip(TIME_S, G_S[k], strict=True))) for k in range(3)
        ),
        ALL,
        "3 tables below each other",
    ),
    "x, y, x, y": (
        rows(
            "time [s],G [uS],time [s],G [uS],time [s],G [uS]",
            [[x for g in G_S[:, n] for x in (t, 1e6 * g)] for n, t in enumerate(TIME_S)],
        ),
        ALL,
        "time: columns 1 `time [s]`, 3 `time [s]`, 5 `time [s]`",
    ),
    "x, y, x, y as pandas numbers them": (
        rows(
            "time [s],G [uS],time [s].1,G [uS].1,time [s].2,G [uS].2",
            [[x for g in G_S[:, n] for x in (t, 1e6 * g)] for n, t in enumerate(TIME_S)],
        ),
        ALL,
        "each column is a cell",
    ),
    "blank lines between cells": (
        "time [s],G [S]\n" + "\n".join(rows("", zip(TIME_S, g, strict=True)) for g in G_S),
        ALL,
        "cells parted by table",
    ),
    "a mean below": (rows("time [s],G [S]", one()) + "Mean,2e-5\nStd Dev:,1e-7\n", FIRST, "2 lines from line 26"),
    "a heading again, with spaces": (
        rows("time [s],G [S]", one()[:9]) + rows("time [s], G [S]", one()[9:]),
        FIRST,
        "2 tables",
    ),
    "units in a row that Origin names": (
        rows("Long Name\tTime\tG\nUnits\tms\tuS\nComments\t\tc", [("", *p) for p in one(lambda g: 1e6 * g, MS)], "\t"),
        FIRST,
        "units in line 2",
    ),
    "minutes and seconds": (
        rows("time,G [S]", [(f"12:{t:06.3f}", g) for t, g in one()]),
        FIRST,
        "dates and clocks",
    ),
    "thousands parted by spaces": (
        rows("t (s);R (Ω)", [(t, f"{r:,.6f}".replace(",", "\u202f")) for t, r in OHM], ";"),
        FIRST,
        "",
    ),
    "German names, then units": (
        german(rows("Zeit,Strom,Spannung\nms,nA,V", [(*p, V) for p in one(NA, MS)])),
        FIRST,
        "over the voltage in column 3",
    ),
    "points between thousands": (
        german(
            rows("t [ms],R [ohm]", [(t, f"{r:,.6f}".replace(",", " ")) for t, r in one(lambda g: 1 / g, MS)])
        ).replace(" ", "."),
        FIRST,
        "decimal commas",
    ),
    "commas between thousands": (
        rows("t [s];R [ohm]", [(t, f"{r:,.6f}") for t, r in OHM] + [("0.5", "100,000"), ("0.6", "1,234,567.5")], ";"),
        (np.concatenate([FIRST, [[1e-5, 1 / 1234567.5]]], axis=1), np.concatenate([TIME_S, [0.5, 0.6]])),
        "decimal points",
    ),
    "numpy's savetxt with commas above spaces": (
        "# time (ms), G (uS)\n" + rows("", one(lambda g: 1e6 * g, MS), " "),
        FIRST,
        "parted by spaces",
    ),
    "settings above each table": (
        "".join(
            f"Device,D{k}\nVread,0.1 V\n" + rows("t [s],G [S]", zip(TIME_S, G_S[k], strict=True)) for k in range(3)
        ),
        ALL,
        "3 tables below each other",
    ),
    "Chinese": (rows("\u65f6\u95f4(s),\u7535\u963b\uff08k\u03a9\uff09", one(KOHM)), FIRST, "column 1"),
    "a clock with points": (
        rows("Timestamp,R (Ohm)", list(zip(clock(form="%Y-%m-%dT%H.%M.%S"), 1 / G_S[0], strict=True))),
        (FIRST, 60e3 * TIME_S),
        "dates and clocks",
    ),
    "LaTeX": (rows("$t$ [s],$G$ [$\\mu$S]", one(lambda g: 1e6 * g)), FIRST, ""),
    "a temperature behind a stroke": (rows("G_S,t_s,T_C", [(g, t, 25) for t, g in one()]), FIRST, "column 2 `t_s`"),
    "a relative time": (rows("Relative Time [s],G [S]", one()), FIRST, "column 1"),
    "an end in words": (rows("time [s],G [S]", one()) + "END OF DATA\n", FIRST, "below the table"),
    "a row that was cut off": (
        rows("index,time [s],G [S]", [(str(n), t, g) for n, (t, g) in enumerate(one())]) + "24,0.02",
        FIRST,
        "dropped: 1 incomplete last row",
    ),
    "units behind the numbers": (
        rows("time,R", [(f"{1e3 * t:g} ms", f"{1e-3 * r:.12g} kohm") for t, r in OHM]),
        FIRST,
        "kohm",
    ),
    "as a meter answers": (
        rows("", [(f"{r:+.12E}OHM", f"{t:+.6E}SECS", f"+{n:05d}RDNG#") for n, (t, r) in enumerate(OHM)]),
        FIRST,
        "units behind the numbers: OHM, SECS",
    ),
    "rows named by R": (
        rows('"time_s" "g_s"', [(f'"{n}"', t, g) for n, (t, g) in enumerate(one())], " "),
        FIRST,
        "column 1",
    ),
    "exponents of Fortran": (rows("time [s],R [ohm]", [(f"{t:.6E}".replace("E", "D"), r) for t, r in OHM]), FIRST, ""),
    "a spread beside": (
        rows("time [s],mean G [S],std G [S]", [(*p, 1e-8) for p in one()]),
        FIRST,
        "not used: column 3",
    ),
    "temperatures": (
        rows("cell,T [K],time [s],G [S]", [("c", float(c[1]), t, g) for c, t, g in three()]),
        ALL,
        "cells parted by `T [K]`",
    ),
    "rows of 0": (rows("time [s],R [ohm]", [*OHM, (0.5, 0.0), (0.6, 2e-30), (0.7, 9.9e37)]), FIRST, "1 resistance 0"),
    "as a logger of steps and SMUs names columns": (
        rows("meas_t [s],smu1_V [V],Smu1.I[1][1] [A],", [(t, V, i, "") for t, i in AMPERE]),
        FIRST,
        "over the voltage",
    ),
    "the same times of cells in another order": (
        rows("addr,timept [s],g [S]", three()[::-1]),
        ALL[::-1],
        "reads put in the order of their times",
    ),
    "codes of an overflow at most times": (
        rows("# resistance (ohms),time (s)", [(r, t) for t, r in OHM] + [(2.02e-30, 1.0 + n) for n in range(99)]),
        FIRST,
        "dropped: 99 above 0.1 S",
    ),
    "a clock that stands": (rows("time [s],R [ohm]", [OHM[0], *OHM]), FIRST, "at the time of the read before"),
}

UNITS = {
    "pS": 1e12,
    "nS": 1e9,
    "µS": 1e6,
    "mS": 1e3,
    "siemens": 1,
    "mho": 1,
    "1/ohm": 1,
    "1/kohm": 1e3,
    "uA/V": 1e6,
    "1e-6 S": 1e6,
    "x10^-9 S": 1e9,
    "×10⁻⁶ S": 1e6,
    "mV/nA": -1e-6,
    "G0": 1 / 7.748091729863649e-05,
    "GOhm": -1e-9,
    "MOhm": -1e-6,
    "kΩ": -1e-3,
    "ohms": -1,
}
TIMES = {
    "us": 1e6,
    "µs": 1e6,
    "ms": 1e3,
    "sec": 1,
    "min": 1 / 60,
    "hr": 1 / 3600,
    "hours": 1 / 3600,
    "days": 1 / 86400,
    "d": 1 / 86400,
}

# what is refused as it is: text, what is said, options that mend it, conductances (and times)
MENDED = {
    "numbers only": (
        rows("", AMPERE),
        "no heading above the numbers",
        {"columns": "time [s]=1,current [A]=2", "read_voltage_v": V},
        FIRST,
    ),
    "a column without a unit": (
        rows("time,conductance [S]", one()),
        '--columns "time [UNIT]=1,conductance [S]=2"',
        {"columns": "time [s]=1,conductance [S]=2"},
        FIRST,
    ),
    "B1500": (
        B1500 + rows("DataName, Time, I", [("DataValue", t, i) for t, i in AMPERE], ", "),
        '--columns "time [UNIT]=2,current [UNIT]=3"',
        {"columns": {"time [s]": "Time", "current [A]": "I"}, "read_voltage_v": V},
        FIRST,
    ),
    "EasyEXPERT, with names of channels above": (
        B1500.replace("Dim", "TestParameter, Channel.IName, I1, I2\nTestParameter, Channel.VName, V1, V2\nDim")
        + rows("DataName, Time, V1, I1", [("DataValue", t, V, i) for t, i in AMPERE], ", "),
        '--columns "time [UNIT]=2,current [UNIT]=4,voltage [UNIT]=3"',
        {"columns": "time [s]=2,current [A]=4,voltage [V]=3"},
        FIRST,
    ),
    "a multimeter's log": (
        rows("Reading Number,Reading,Unit,Time [s]", [(f"{n}", r, "Ohm", t) for n, (t, r) in enumerate(OHM)]),
        '--columns "time [s]=4,conductance [Ohm]=2"',
        {"columns": "time [s]=4,conductance [Ohm]=2"},
        FIRST,
    ),
    "ArC ONE": (
        rows("Wordline,Bitline,Resistance,Amplitude (V),ReadTag", [("3", "4", r, V, "S R9 V=0.1") for _, r in OHM]),
        '--columns "time [UNIT]=..,resistance=3"',
        {"columns": "resistance [ohm]=3", "interval_s": 1e-3},
        FIRST,
    ),
    "LabVIEW": (
        "LabVIEW Measurement\t\nSeparator\tTab\n***End_of_Header***\t\n\nSamples\t24\t\nY_Unit_Label\tAmps\t\n"
        "X0\t0.0E+0\t\nDelta_X\t0.001\t\n***End_of_Header***\t\t\n" + rows("X_Value\tI\tComment", AMPERE, "\t"),
        '--columns "time [UNIT]=1,current [UNIT]=2"',
        {"columns": "time [s]=1,current [A]=2", "read_voltage_v": V},
        FIRST,
    ),
    "a column of units": (
        rows("time [s],R,unit", [(*p, "kOhm") for p in one(KOHM)]),
        'say so, as --columns "time [s]=1,resistance [kOhm]=2"',
        {"columns": "time [s]=1,resistance [kOhm]=2"},
        FIRST,
    ),
    "samples as names of cells": (
        rows("time [s],sample,G [S]", [(t, c, g) for c, t, g in three()]),
        '--columns "time [s]=1,conductance [S]=3,cell=2"',
        {"columns": "time [s]=1,conductance [S]=3,cell=2"},
        ALL,
    ),
    "words nobody knows": (
        rows("aika,johtavuus", one()),
        "nothing measured in the columns `aika`, `johtavuus`",
        {"columns": "time [s]=aika,conductance [S]=johtavuus"},
        FIRST,
    ),
    "current without a voltage": (
        rows("time [ms],current [nA]", one(NA, MS)),
        "--read-voltage",
        {"read_voltage_v": -V},
        FIRST,
    ),
    "reads among pulses": (
        rows("t [s],V [V],I [A]", [x for t, i in AMPERE for x in ((t, V, i), (t + 4e-4, 1.5, 1e-3))]),
        "keep the reads at one voltage, as --read-voltage",
        {"read_voltage_v": V},
        FIRST,
    ),
    "no times": (rows("R [ohm]", [(r,) for _, r in OHM]), "--interval", {"interval_s": 1e-3}, FIRST),
    "no times, a column for each cell": (rows("c1 [S],c2 [S],c3 [S]", G_S.T), "--interval", {"interval_s": 1e-3}, ALL),
    "a row for each cell, range first": (
        rows("", [(str(16 * k), *G_S[k]) for k in range(3)], "\t"),
        "--cells rows --interval 1ms",
        {"cells": "rows", "interval_s": 1e-3, "columns": "cell=1,conductance [S]=2-"},
        ALL,
    ),
    "numbers of reads in the heading": (
        rows("cell," + ",".join(f"read {n} [S]" for n in range(24)), [(f"c{k}", *G_S[k]) for k in range(3)]),
        "--interval",
        {"cells": "rows", "interval_s": 1e-3},
        ALL,
    ),
    "a row for each cell, of different lengths": (
        "\n".join(",".join(map(str, ("Gprog", *G_S[k], *G_S[k][:k]))) for k in (1, 0, 2, 0, 3, 1) if k < 3) + "\n",
        "columns (1: words such as `Gprog`; 2: 5",
        {"cells": "rows", "interval_s": 1e-3, "columns": "cell=1,conductance [S]=2-25"},
        G_S[[1, 0, 2, 0, 1]],
    ),
    "settings beside the reads of a cell in each row": (
        rows("", [(str(4 * k), 2.5, 1.4, *1 / G_S[k]) for k in range(3)], "\t"),
        'as --cells rows --interval 1ms --columns "cell=1,resistance [UNIT]=4-" if each row is a cell',
        {"cells": "rows", "interval_s": 1e-3, "columns": "cell=1,resistance [ohm]=4-"},
        ALL,
    ),
    "two columns without a heading": (
        rows("", [(t, r) for t, r in OHM]),
        'rising; 2: 1.97e+05 to 2.04e+05); say what they are, as --columns "time [UNIT]=1,resistance [UNIT]=2"',
        {"columns": "time [s]=1,resistance [ohm]=2"},
        FIRST,
    ),
    "times without a unit in the heading": (
        relaxation("addr\t0\t0.01\t0.1\t1\t100\t10000", 1),
        "time [UNIT]=heading",
        {"cells": "rows", "columns": "cell=1,conductance [S]=2-,time [s]=heading"},
        (ALL[:, :6], SINCE_S),
    ),
    "resistances among pulses and sweeps": (
        rows("t [s],V [V],R [ohm]", [x for t, r in OHM for x in ((t, V, r), (t + 4e-4, 0.3 + 20 * t, 9 * r))]),
        "as a sweep does; keep the reads at one voltage, as --read-voltage 0.1",
        {"read_voltage_v": V},
        FIRST,
    ),
    "rows that are counted, without times": (
        rows("row,G [S]", [(str(n), g) for n, (_, g) in enumerate(one())]),
        "no column of times; say how far apart the reads are",
        {"interval_s": 1e-3},
        FIRST,
    ),
    "two columns of currents": (
        rows("time [s],I_set [A],I_read [A]", [(t, 1e-3, i) for t, i in AMPERE]),
        '--columns "time=1,current=2", or --cells',
        {"columns": "time=1,current=3", "read_voltage_v": V},
        FIRST,
    ),
    "cells in columns by other names": (
        wide("time [s],left [uS],middle [uS],right [uS]"),
        "or --cells columns",
        {"cells": "columns"},
        ALL,
    ),
    "a logarithm": (
        rows("time [s],log(R) [ohm]", one(lambda g: -np.log10(g))),
        "of which logarithm?",
        {"columns": "time=1,log10 resistance [ohm]=2"},
        FIRST,
    ),
    "arbitrary units": (
        rows("time [s],G [a.u.]", one(lambda g: 1e5 * g)),
        "is no unit of conductance",
        {"columns": "time=1,conductance [S]=2"},
        1e5 * FIRST / 1,
    ),
    "an unknown unit": (
        rows("time [s],G [foo]", one()),
        "unknown unit 'foo'",
        {"columns": "time=1,conductance [S]=2"},
        FIRST,
    ),
    "the wrong unit": (
        rows("time [s],G [S]", one(lambda g: 1e6 * g)),
        "is the unit right?",
        {"columns": "time=1,conductance [uS]=G"},
        FIRST,
    ),
}

PAIRS = {
    "German": (german(rows("Ziel [\u00b5S],Ist [\u00b5S]", pairs(1e6))), "programmed: column 2"),
    "as here": (rows("target [uS],programmed [uS]", pairs(1e6)), ""),
    "measured": (
        rows("device,target (uS),measured (uS),die", [("d", *p, "3") for p in pairs(1e6)]),
        "programmed: column 3",
    ),
    "G and target": (rows("G_target [S];G [S]", pairs(), ";"), "programmed: column 2"),
    "goal as resistance": (rows("goal [kohm],final_us", [(1e-3 / t, 1e6 * p) for t, p in pairs()]), "as 1/R"),
    "before and after": (
        rows("target [uS],before [uS],after [uS]", [(t, 1, p) for t, p in pairs(1e6)]),
        "programmed: column 3",
    ),
    "errors beside": (
        rows("target [uS],measured [uS],error [uS]", [(t, p, p - t) for t, p in pairs(1e6)]),
        "not used: column 3",
    ),
    "a letter and its part in one word": (rows("Gtarget(uS),Gmeas(uS)", pairs(1e6)), "target: column 1"),
    "a mean below": (rows("target [uS],programmed [uS]", pairs(1e6)) + "Mean,3\n", "line 26 passed over"),
    "windows": (
        rows("target_low [uS],target_high [uS],G [uS]", [(t - 0.25, t + 0.25, p) for t, p in pairs(1e6)]),
        "the middle of its window, which is 5e-07 S wide",
    ),
}


# what no option mends: text, options, what is said
HOPELESS = {
    "units that change from row to row": (
        rows("time [s],R,unit", [(t, r, "Ohm" if n % 2 else "kOhm") for n, (t, r) in enumerate(OHM)]),
        {"columns": "time [s]=1,resistance [ohm]=2"},
        ":3: column 3 `unit`: Ohm here, kOhm above",
    ),
    "another unit than the column of units has": (
        rows("time [s],R,unit", [(*p, "kOhm") for p in OHM]),
        {"columns": "time [s]=1,resistance [ohm]=2"},
        "column 3 `unit` has kOhm, but column 2 `R` is taken in ohm",
    ),
    "units behind numbers that change": (
        rows("time [s],R", [(t, f"{r} Ohm" if n < 5 else f"{1e-3 * r} kOhm") for n, (t, r) in enumerate(OHM)]),
        {},
        "has the unit kOhm, others have Ohm",
    ),
    "a sweep without times": (
        rows("V1,I1,absI", [(v, 1e-5 * v, 1e-5 * abs(v)) for v in np.linspace(-1, 1, 41)]),
        {},
        "column `V1` goes from -1 to 1 in 41 steps, as a sweep does; a trace needs reads of a cell at one voltage",
    ),
    "resistances of a sweep": (
        rows("Time [s],V [V],R [ohm]", [(n, v, 1e5) for n, v in enumerate(np.linspace(0.1, 1, 41))]),
        {},
        "as a sweep does; keep the reads at one voltage",
    ),
    "channels of an oscilloscope": (
        rows("x-axis,1,2\nsecond,Volt,Volt", [(t, 0.2, 0.1) for t in TIME_S]),
        {},
        "voltages (2 `Volt`, 3 `Volt`) and no current",
    ),
    "reads between pulses": (
        rows("pulse_v,num_applied,meas_v,i_0", [(4 + 0.2 * n, 1000, -0.1, -1e-9) for n in range(20)]),
        {},
        "no column of times, and column 1 `pulse_v` changes from row to row; if cells are programmed between rows",
    ),
    "a number for each cell": (
        rows("device,R [ohm]", [(f"d{n}", 1e5 + n) for n in range(20)]),
        {},
        "a row for each device; one number for each cell (a map of an array) has no errors to fit",
    ),
    "a mean for each sample": (
        rows("chip,average_resistance [ohm]", [("a", 1e5 + n) for n in range(20)]),
        {},
        "column `average_resistance [ohm]` has means; give single reads",
    ),
    "a map without names": (
        rows("", [(1e4 * (1 + n % 7) + 0.5,) for n in range(30)]),
        {},
        "(a map of an array) has no",
    ),
    "set and reset in turn": (
        rows(
            "", [(772, 1e4 + 100 * (n % 5), 999) if n % 2 else (772, 5e4 + 300 * (n % 7), 999) for n in range(60)], "\t"
        ),
        {"columns": "cell=1,resistance [ohm]=2", "interval_s": 1.0},
        "conductances go back and forth from row to row, between 2e-05 and 9.8e-05 S",
    ),
    "set and reset in turn, a row for each cell": (
        rows("", [[1e4 + k + n if n % 2 else 7e4 + k - n for n in range(8)] for k in range(30)], "\t"),
        {"columns": "resistance [ohm]=1-", "interval_s": 1.0, "cells": "rows"},
        "states of cycles are no reads",
    ),
    "rows of different lengths, each a read": (
        "0,1e-5,2,3\n1,1.1e-5,2,3,4\n2,1.2e-5\n3,1.2e-5,5,5,5,5\n",
        {"columns": "time [s]=1,conductance [S]=2"},
        "lines of 2 to 6 values; only reads of a cell in each row may differ in their number, with --cells rows",
    ),
    "commas and points of which either may part thousands": (
        "t [s];R [ohm]\n0.5;123456.5\n1;100,000\n1.5;101,000\n",
        {},
        "write decimals with a point and no thousands separators",
    ),
    "thousands above that were decimals then": (
        "t [s];R [ohm]\n1;100.500\n2;101.500\n3;1.101.500,5\n",
        {},
        "write decimals with a point and no thousands separators",
    ),
    "the buffer of an instrument in one line": (
        ",".join(f"{V:+.6E},{i:+.6E},+9.910000E+37,{t + 1:+.6E},+2.150800E+04" for t, i in AMPERE) + "\n",
        {},
        "one line of 120 values that come again every 5; write each read, 5 values, in a row of its own",
    ),
    "levels as targets": (
        rows("target level,G [uS]", [(n, 1e6 * p) for n, (_, p) in enumerate(pairs())]),
        {},
        "`target level` counts levels, and is no conductance",
    ),
    "targets in bits": (rows("target (bits),G [uS]", pairs()), {}, "counts levels"),
    "two states": (
        rows("cycle,R_HRS [ohm],R_LRS [ohm]", [(n, 1e5, 1e4) for n in range(5)]),
        {},
        "are two states of a cell, with neither times nor targets",
    ),
    "errors alone": (
        rows("target [uS],error [uS]", [(t, 0.3) for t, _ in pairs(1e6)]),
        {},
        "`target` needs a column `programmed`",
    ),
    "several reads of each": (
        rows("target [uS],read 1 [uS],read 2 [uS]", [(t, p, p) for t, p in pairs(1e6)]),
        {},
        'say which was programmed, as --columns "target=1,programmed=2"',
    ),
    "divided by the largest": (rows("time [s],G/Gmax", one(lambda g: 1e4 * g)), {}, "`G/Gmax` is normalised"),
    "divided by the first read": (
        rows("time [s],G/G0", one(lambda g: g / G_S[0, 0])),
        {},
        "every cell begins at 1 G0, the conductance quantum: divided by its first read?",
    ),
    "states without times": (
        rows("cycle,state,R [ohm]", [(n, ("LRS", "HRS")[n % 2], 1e4 + n) for n in range(9)]),
        {},
        "no column of times, and column `state` has levels",
    ),
    "a unit behind some numbers": (
        rows("time [s],R", [(t, f"{1e-3 * r} kOhm" if n < 5 else r) for n, (t, r) in enumerate(OHM)]),
        {},
        "has no unit, others have kOhm",
    ),
    "targets in the heading": (
        rows("cell,5 uS,10 uS", [(f"c{n}", 5.1, 10.2) for n in range(9)]),
        {},
        "targets in a heading? write a row for each number",
    ),
    "another table below": (
        rows("time [s],G [S]", one()) + rows("time [s],R [ohm]", OHM),
        {},
        "if another table begins there, put it into a file of its own",
    ),
    "hours and minutes, or minutes and seconds": (
        rows("time [s],G [S]", [(f"12:{n:02d}", g) for n, (_, g) in enumerate(one())]),
        {},
        "hours and minutes, or minutes and seconds?",
    ),
    "windows that are not called targets": (
        rows("G_low [uS],G_high [uS],G [uS]", [(t - 0.25, t + 0.25, p) for t, p in pairs(1e6)]),
        {},
        'say so, as --columns "target_low=1,target_high=2,programmed=3"',
    ),
}


def write(tmp_path, content):
    path = tmp_path / "m.dat"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def check(measured, expected):
    g_s, time_s = expected if isinstance(expected, tuple) else (expected, TIME_S)
    assert len(measured.traces) == len(g_s)
    assert len({trace.cell for trace in measured.traces}) == len(g_s)
    for trace, right in zip(measured.traces, g_s, strict=True):
        assert np.allclose(trace.time_s, time_s, rtol=1e-9, atol=1e-12)
        assert np.allclose(trace.g_s, right, rtol=1e-9, atol=0)


@pytest.mark.parametrize("layout", READ)
def test_read_as_it_is(tmp_path, layout):
    content, expected, told = READ[layout]
    measured = read_files([write(tmp_path, content)])
    check(measured, expected)
    assert measured.pairs is None
    assert all(line.startswith("m.dat: ") for line in measured.understood)
    assert told in "\n".join(measured.understood)


@pytest.mark.parametrize("layout", MENDED)
def test_refused_with_the_option_that_mends_it(tmp_path, layout):
    content, message, options, expected = MENDED[layout]
    path = write(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        read_files([path])
    (line,) = caught.value.mistakes
    assert line.startswith(str(path))
    assert message in line
    if layout == "arbitrary units":
        expected = 1e5 * G_S[:1]
        with pytest.raises(ConfigError, match="which no cell has"):
            read_files([path], **options)
        return
    check(read_files([path], **options), expected)


@pytest.mark.parametrize("layout", HOPELESS)
def test_what_no_option_mends(tmp_path, layout):
    content, options, message = HOPELESS[layout]
    with pytest.raises(ConfigError) as caught:
        read_files([write(tmp_path, content)], **options)
    assert message in caught.value.mistakes[0]


def test_a_long_name_of_a_file_names_its_cell(tmp_path):
    path = tmp_path / f"{'FIB3_U8_3_low_drift_' * 6}.csv"
    path.write_text(rows("time [s],G [S]", one()))
    (trace,) = read_files([path]).traces
    assert len(trace.cell) <= 80
    assert trace.cell.startswith("FIB3_U8_3_low_drift_FIB3")


DOUBTED = {
    "a map, with columns for cells": (
        rows("", np.random.default_rng(3).lognormal(np.log(2e-5), 0.1, (32, 32))),
        {"columns": "conductance [S]=1-", "cells": "columns", "interval_s": 1.0},
        "cells differ no more from each other than the reads of each: is it a map of an array",
    ),
    "a map of levels": (
        rows("", 1e-6 * (1 + np.random.default_rng(3).integers(0, 8, (32, 16))) * np.linspace(1, 3, 16)),
        {"columns": "conductance [S]=1-", "cells": "columns", "interval_s": 1.0},
        "without memory: is it a map of an array",
    ),
    "resistances of a sweep, whose voltage is left out": (
        rows("t [s],V [V],R [ohm]", [(n, 0.02 * n, 1e5 + n) for n in range(40)]),
        {"columns": "time=1,resistance=3"},
        "as a sweep does: add voltage=2 to --columns, and --read-voltage for the reads to keep",
    ),
    "responses to pulses": (
        rows("", [("Gprog", *(1e-6 * 0.85 ** np.arange(30) * (1 + 0.01 * k))) for k in range(3)]),
        {"columns": "cell=1,conductance [S]=2-", "cells": "rows", "interval_s": 1.0},
        "3 of 3 cells run through more than a decade in one direction: the response to pulses",
    ),
    "reads of cycles": (
        rows("cycle,R [ohm]", [(n, 1e4 + 100 * ((7 * n) % 5)) for n in range(30)]),
        {"interval_s": 1.0},
        "column 1 `cycle` changes from row to row: if cells are programmed between rows",
    ),
}


@pytest.mark.parametrize("layout", DOUBTED)
def test_what_is_read_with_a_doubt(tmp_path, layout):
    content, options, doubt = DOUBTED[layout]
    assert doubt in "\n".join(read_files([write(tmp_path, content)], **options).notes)


def test_noisy_cells_and_traps_are_no_maps_or_states(tmp_path):
    """Reads of 12 cells with 5 % of noise; and a fast trap, whose steps cross the median at random."""
    rng = np.random.default_rng(11)
    cells = np.linspace(1e-5, 3e-5, 12)[:, None] * (1 + 0.05 * rng.standard_normal((12, 200)))
    trap = 1e-5 * np.where(rng.random(400) < 0.5, 1.0, 2.0)
    options = {"columns": "conductance [S]=1-", "interval_s": 1.0}
    assert not read_files([write(tmp_path, rows("", cells))], **options, cells="rows").notes
    trapped = read_files([write(tmp_path, rows("G [S]", [(g,) for g in trap]))], interval_s=1.0)
    assert len(trapped.traces[0].g_s) == 400


def test_losses_of_a_bake_are_no_states(tmp_path):
    """Two reads of each cell, the second far below the first."""
    content = rows("cell,g@0s [S],g@3600s [S]", [(f"c{k}", 1e-5 + 1e-7 * k, 3e-6 + 1e-8 * k) for k in range(40)])
    assert len(read_files([write(tmp_path, content)]).traces) == 40


def test_no_interval_runs_over_blank_lines(tmp_path):
    """Between cells of a file without times, where nothing else tells where the next one begins."""
    content = "R [ohm]\n" + "\n".join(rows("", [(1 / x,) for x in g]) for g in G_S)
    check(read_files([write(tmp_path, content)], interval_s=1e-3), ALL)


@pytest.mark.parametrize("layout", PAIRS)
def test_pairs(tmp_path, layout):
    content, told = PAIRS[layout]
    measured = read_files([write(tmp_path, content)])
    assert measured.traces == ()
    assert np.allclose(measured.pairs.target_s, TARGET_S)
    assert np.allclose(measured.pairs.programmed_s, PROGRAMMED_S)
    assert told in "\n".join(measured.understood)


@pytest.mark.parametrize("unit", UNITS)
def test_units_of_conductance(tmp_path, unit):
    factor = UNITS[unit]
    values = one(lambda g: factor * g if factor > 0 else -factor / g)
    check(read_files([write(tmp_path, rows(f"time [s],x ({unit})", values))]), FIRST)


@pytest.mark.parametrize("unit", TIMES)
def test_units_of_time(tmp_path, unit):
    check(read_files([write(tmp_path, rows(f"t ({unit}),G [S]", one(time=lambda t: TIMES[unit] * t)))]), FIRST)
