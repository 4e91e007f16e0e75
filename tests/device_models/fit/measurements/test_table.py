"""Measurement files into SI, and one clear line for each that cannot be used."""

import gzip
import os
import time
import tracemalloc

import numpy as np
import pytest

from device_models.errors import ConfigError
from device_models.fit import read_files
from device_models.fit.measurements import body, found
from device_models.fit.measurements.styles import ONE_STYLE

PAIRS = "target [uS],programmed [uS]\n"
TRACE = "time [s],conductance [uS]\n"


def read(tmp_path, *texts):
    paths = []
    for k, text in enumerate(texts):
        paths.append(tmp_path / f"m{k}.csv")
        paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_files(paths)


def test_units_are_honoured_column_by_column(tmp_path):
    pairs = read(tmp_path, "# measured today\ntarget (µS),programmed_kohm\n50,20\n\n100,10\n").pairs
    assert np.allclose(pairs.target_s, [50e-6, 100e-6])
    assert np.allclose(pairs.programmed_s, [50e-6, 100e-6])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_cells(tmp_path, separator):
    text = "cell,time_ms,conductance_us\nA,0,1\nB,0,3\nA,1,2\nB,2,4\n".replace(",", separator)
    a, b = read(tmp_path, "\ufeff" + text).traces
    assert (a.cell, b.cell) == ("A", "B")
    assert np.allclose(a.time_s, [0, 1e-3])
    assert np.allclose(b.time_s, [0, 2e-3])
    assert np.allclose(b.g_s, [3e-6, 4e-6])


def test_one_file_may_hold_both_kinds_and_several_files_are_merged(tmp_path):
    both = "target_us,programmed_us,time_s,conductance_us\n1,2,,\n,,0,1\n,,1,2\n3,3,2,4\n"
    measured = read(tmp_path, both, PAIRS + "5,5\n", "time_s,conductance_us\n0,1\n1,2\n")
    assert np.allclose(measured.pairs.target_s, [1e-6, 3e-6, 5e-6])
    assert [trace.cell for trace in measured.traces] == ["m0", "m2"]
    assert np.allclose(measured.traces[0].g_s, [1e-6, 2e-6, 4e-6])


def test_the_same_cell_in_two_files_is_two_traces(tmp_path):
    text = "cell,time_s,conductance_us\nA,0,1\nA,1,2\n"
    assert [trace.cell for trace in read(tmp_path, text, text).traces] == ["m0:A", "m1:A"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_decimal_commas_beside_another_delimiter(tmp_path, delimiter):
    """As a European Excel writes them; `cell` is a name and keeps its comma."""
    rows = ["cell;time [s];conductance [uS]", "A,1.0;0;50,25", "A,1.0;1,5E-3;,5", "A,1.0;2;49"]
    (trace,) = read(tmp_path, "\n".join(rows).replace(";", delimiter)).traces
    assert trace.cell == "A,1.0"
    assert np.allclose(trace.time_s, [0, 1.5e-3, 2])
    assert np.allclose(trace.g_s, [50.25e-6, 0.5e-6, 49e-6])


@pytest.mark.parametrize("line", ["sep=;", "SEP=,", '"sep=;"', "sep=\t", "\ufeffsep=;"])
def test_the_line_that_tells_excel_the_delimiter_is_skipped(tmp_path, line):
    assert np.allclose(read(tmp_path, f"{line}\n{PAIRS}5,6\n").pairs.programmed_s, [6e-6])


@pytest.mark.parametrize(("header", "row"), [(",", ","), (",", ""), (",,", ",,"), (", ", ", ")])
def test_delimiters_at_the_ends_of_lines_are_dropped(tmp_path, header, row):
    assert np.allclose(read(tmp_path, f"{PAIRS[:-1]}{header}\n5,6{row}\n").pairs.programmed_s, [6e-6])


REFUSALS = {
    "no unit": (
        "target,programmed [uS]\n1,1\n",
        ':1: column `target` has no unit; say it in place of UNIT: --columns "target',
    ),
    "two of a name": (
        "target_us,target_ns,programmed_us\n1,1,1\n",
        ":1: 2 columns of target: 1 `target_us`, 2 `target_ns`; say which, as --columns",
    ),
    "no partner": ("target_us\n1\n", ":1: `target` needs a column `programmed`, with its unit, beside it"),
    "no conductance": (
        "time_s\n1\n",
        ":1: `time` needs a column `conductance`, or another that is measured, beside it; there are `time_s`; say",
    ),
    "nothing measured": ("cell\nA\n", ":1: no table of numbers; expected a heading"),
    "code as a target": (
        PAIRS + "9.9E37,1\n",
        ": no rows of data below the header (1 target: instrument overflow (9.9e+37) dropped)",
    ),
    "all lost": (PAIRS + "1,inf\n2,\n", ": no rows of data below the header (1 instrument overflow (inf), 1 blank"),
    "underscore": (PAIRS + "1_0,1\n", ":2: target: '1_0' is not a number"),
    "other digits": (PAIRS + "\u0661,1\n", ":2: column 1 `target [uS]`: '\u0661' is not a number"),
    "microsiemens as siemens": (
        "target [S],programmed [S]\n50,51\n60,61\n",
        ": column `target [S]`: its median is 55 S, which no cell has (cells have 1e-12 to 0.1 S); is the unit right?",
    ),
    "femtosiemens": ("time_s,conductance [fS]\n0,5\n1,6\n", "its median is 5.5e-15 S, which no cell has"),
    "milliohm": ("time_s,conductance [mohm]\n0,20\n1,21\n", "its median is 48.8 S, which no cell has"),
    "control character": (TRACE + "0,1\x1b[2J\n", ":2: the control character '\\x1b'; delete it"),
    "cell that ends the line": ("cell,time_s,conductance_us\n\u202e,0,1\n", ":2: cell '\\u202e': expected a name"),
    "long line": (PAIRS + "1," + "1" * 9_000_000, ":2: a line of more than 8388608 characters"),
    "long number": (
        PAIRS + "1," + "1" * 100_000,
        ": no rows of data below the header (1 instrument overflow (1.11e+59) dropped)",
    ),
    "long cell": ("cell,time_s,conductance_us\n" + "a" * 3000 + ",0,1\n", "...aaaa"),
    "no resistance": (
        "target_ohm,programmed_ohm\n1e5,0\n",
        ": no rows of data below the header (1 resistance 0 dropped)",
    ),
    "text": (PAIRS + "1,two\n", ":2: programmed: 'two' is not a number"),
    "thousands": (PAIRS + '"5,000",1\n', f":2: target: '5,000' is not a number; {ONE_STYLE}"),
    "millions": (PAIRS.replace(",", ";") + "5,000,000;1\n", f":2: target: '5,000,000' is not a number; {ONE_STYLE}"),
    "commas and points": (
        PAIRS.replace(",", "\t") + "999.5\t1\n5,000\t1\n",
        f":3: '5,000' has a comma, '999.5' in line 2 a point; {ONE_STYLE}",
    ),
    "blank header": (PAIRS[:-1] + ",\n1,1,7\n", ":2: 3 values in a table of 2 columns"),
    "sep only": ("sep=;\n", ": empty file; expected a heading"),
    "negative": (
        PAIRS + "1,-1\n",
        "its median is -1e-06 S, and conductances are not negative; normalised, or an offset",
    ),
    "half a pair": (PAIRS + ",1\n", ":2: programmed is 1e-06 S but target is blank; fill both or neither"),
    "too many values": (PAIRS + "1,1,1\n", ":2: 3 values in a table of 2 columns; write decimals with a point"),
    "too few values": (PAIRS + "1\n", ":2: 1 values in a table of 2 columns"),
    "empty": ("", ": empty file; expected a heading"),
    "comments only": ("# nothing\n", ":1: no table of numbers; expected a heading"),
    "no rows": (PAIRS, ": no rows of data below the header"),
    "blank rows": (PAIRS + ",\n,\n", ": no rows of data below the header"),
    "one sample": (TRACE + "0,1\n", ":2: trace `m0` has one sample only"),
    "constant": (TRACE + "0,1\n1,1\n2,1\n", ":2: trace `m0` is constant (1e-06 S); there is no noise to fit"),
    "times fall": (TRACE + "0,1\n2,2\n1,1\n", ":4: time 1 s after 2 s in trace `m0`: times must rise"),
    "times repeat": (TRACE + "0,1\n0,2\n", ":3: time 0 s after 0 s in trace `m0`: times must rise"),
    "wrong unit": ("target_us,programmed_ns\n50,51\n60,61\n", "differ by more than a factor 100: is a unit wrong?"),
    "binary": (b"\x89PNG\x00\x01\xff", ": not a text file"),
    "nul bytes": (b"target\x00", ": not a text file"),
    "one column in UTF-16": ("target_us\n1\n".encode("utf-16"), ":1: `target` needs a column `programmed`"),
    "half of UTF-16": ("target_us\n1\n".encode("utf-16")[:-1], ": not a text file"),
    "a workbook": (b"PK\x03\x04" + bytes(50), ": is a workbook or zip archive; export the table as CSV"),
    "JSON": ('{"time": [1, 2]}\n', ":1: JSON, XML or HTML and no table; export the table as CSV"),
    "broken gzip": (gzip.compress(b"a" * 5000)[:-20], ": its packed data are damaged or end early"),
    "a sweep": (
        "time [s],V [V],I [A]\n" + "".join(f"{k},{k / 10 - 1},{1e-6 * (k / 10 - 1)}\n" for k in range(21)),
        ":1: column `V [V]` goes from -1 to 1 in 21 steps, as a sweep does; keep the reads at one",
    ),
    "most are negative": (
        TRACE + "".join(f"{k},{(-1) ** k * 1.5 + 0.1}\n" for k in range(20)),
        "10 of 20 conductances are negative; normalised numbers, or an offset",
    ),
    "clocks too coarse": (
        TRACE + "".join(f"{k // 10},{k}\n" for k in range(40)),
        ":3: time 0 s after 0 s in trace `m0`: times must rise; name the cells in a column `cell` if",
    ),
    "days or months": (
        "date,G [S]\n" + "".join(f"0{k}/02/2024 10:00:00,1e-{k + 4}\n" for k in range(1, 4)),
        "days and months could be meant either way; write dates as 2024-03-01",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(tmp_path, case):
    text, message = REFUSALS[case]
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    (line,) = caught.value.mistakes
    assert line.startswith(str(tmp_path / "m0.csv"))
    assert message in line


NUMBERS = ["9.9E37", "9.91E37", "+9.90000E+37", "-9.9E37", "1e38", "199.999E+99", "1e999"]
CODES = [*NUMBERS, "inf", "-inf", "NaN", "OVLD", "O.L", ""]


@pytest.mark.parametrize("code", CODES)
def test_codes_of_instruments_are_dropped_and_counted(tmp_path, code):
    """In the resistances of another meter (kohm) as in conductances."""
    for unit in ("S", "uS", "kohm"):
        one = {"S": "0.00005", "uS": "50.", "kohm": "20."}[unit]
        lines = [f"{k},{one}{k}" for k in range(50)] + [f"50,{code}", f"51,{one}1"]
        measured = read(tmp_path, f"time [s],conductance [{unit}]\n" + "\n".join(lines) + "\n")
        (trace,) = measured.traces
        assert trace.time_s.tolist() == [*range(50), 51]
        assert trace.g_s.max() < 1e-4
        assert trace.g_s.min() > 1e-8
        (note,) = measured.notes
        assert note.startswith("m0.csv: 1 of 52 samples dropped: 1 ")


def test_counts_by_reason(tmp_path):
    text = PAIRS + "1,1\n2,\n3,9.9E37\n4,9.90E+37\n5,nan\n,\nnan,nan\n6,9.91E37\n"
    (note,) = read(tmp_path, text).notes
    assert note == (
        "m0.csv: 6 of 7 samples dropped: 2 not a number (nan), 2 instrument overflow (9.9e+37), 1 not a number "
        "(9.91E37), 1 of other kinds"
    )


def test_the_reciprocal_of_an_overflow_is_no_conductance(tmp_path):
    measured = read(tmp_path, "time [s],conductance [S]\n0,5e-5\n1,1.0101e-38\n2,0\n3,5.1e-5\n")
    assert measured.traces[0].g_s.tolist() == [5e-5, 0, 5.1e-5]
    assert "1 below 1e-30 S" in measured.notes[0]


def test_failed_cells_and_shorts_do_not_refuse_the_others(tmp_path):
    lines = [f"{cell},{k},{1 + k if cell == 'good' else 0}" for k in range(3) for cell in ("good", "dead", "off")]
    lines += ["short,0,2e5", "short,1,3e5", "once,0,1", "once,1,OL"]
    measured = read(tmp_path, "cell,time_s,conductance_us\n" + "\n".join(lines) + "\n")
    assert [trace.cell for trace in measured.traces] == ["good"]
    assert measured.notes == (
        "m0.csv: 1 of 4 cells left out (once): the first has one sample only; a trace needs many rows of one cell",
        "m0.csv: 2 of 3 cells left out (dead, off): the first is constant (0 S); there is no noise to fit",
        "m0.csv: 3 of 13 samples dropped: 2 above 0.1 S, up to 0.3 S, 1 instrument overflow (ol)",
    )


def test_resistances_of_an_overflow_never_become_a_range(tmp_path):
    """2e-30 ohm made a preset with g_max = 4.6e29 S."""
    lines = [f"{k},{2e-30 if k % 7 == 0 else 20e3 + k}" for k in range(100)]
    measured = read(tmp_path, "time [s],R [ohm]\n" + "\n".join(lines) + "\n")
    assert measured.traces[0].g_s.max() == pytest.approx(1 / 20001)
    assert measured.notes == ("m0.csv: 15 of 100 samples dropped: 15 above 0.1 S, up to 5e+29 S",)
    with pytest.raises(ConfigError, match=r"its median is 5e\+29 S, which no cell has .* is the unit right"):
        read(tmp_path, "time [s],R [ohm]\n" + "".join(f"{k},2e-30\n" for k in range(100)))


def test_negative_conductances_are_kept_where_they_are_noise_around_zero(tmp_path):
    rng = np.random.default_rng(3)
    off, on = 1e-9 + 1e-9 * rng.standard_normal(200), 5e-5 * (1 + 0.01 * rng.standard_normal(200))
    on[17] = -4e-5
    cells = (("off", off), ("on", on), ("dark", off - 1.5e-9))
    lines = [f"{name},{k},{g!r}" for name, gs in cells for k, g in enumerate(gs.tolist())]
    measured = read(tmp_path, "cell,time [s],G [S]\n" + "\n".join(lines) + "\n")
    assert measured.traces[0].g_s.tolist() == off.tolist()
    assert measured.traces[1].g_s.tolist() == np.delete(on, 17).tolist()
    negative = int(np.count_nonzero(off < 0) + np.count_nonzero(off < 1.5e-9))
    assert f"m0.csv: {negative} negative conductances kept, as they are noise around 0" in measured.understood
    assert measured.notes[0].startswith("m0.csv: 1 of 3 cells left out (dark): the first has a median of -")
    assert measured.notes[1:] == ("m0.csv: 1 of 600 samples dropped: 1 negative",)


def test_a_file_of_long_fields_takes_no_memory(tmp_path):
    """A field of 100 kB in each of 3,000 rows took 6.7 GB."""
    path = tmp_path / "long.csv"
    path.write_text("cell,time_s,conductance_us\n" + ("\U0001f600" + "a" * 100_000 + ",0,1\n") * 1000)
    tracemalloc.start()
    with pytest.raises(ConfigError, match="expected a name of at most 80 letters"):
        read_files([path])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**26


def test_lines_of_different_lengths_are_bounded(tmp_path, monkeypatch):
    """A line of a million values among short ones, each of which would be filled up to it."""
    monkeypatch.setattr(found, "MOST_UNEVEN", 1000)
    path = tmp_path / "m0.csv"
    path.write_text("".join(",".join(["1.5e-5"] * (3 + 9 * n)) + "\n" for n in range(40)))
    with pytest.raises(ConfigError, match="40 lines of 3 to 354 values; a table has rows of one width"):
        read_files([path])


def test_rows_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(body, "MOST_ROWS", 10)
    with pytest.raises(ConfigError, match=r":12: more than 10 rows; give fewer reads"):
        read(tmp_path, TRACE + "".join(f"{k},{k}\n" for k in range(20)))


def test_pipes_and_impossible_names_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", "/dev/null"):
        with pytest.raises(ConfigError, match="a regular file is needed"):
            read_files([path])
    for name in ("a\0b.csv", "a\ud800.csv"):
        with pytest.raises(ConfigError, match="not the name of a file"):
            read_files([name])


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(ConfigError, match=r"missing\.csv: no such file"):
        read_files([tmp_path / "missing.csv"])
    with pytest.raises(ConfigError, match="cannot be read"):
        read_files([tmp_path])
    with pytest.raises(ConfigError, match="given twice"):
        read_files([tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "a.csv"])
    with pytest.raises(ConfigError, match="no measurement file given"):
        read_files([])


def test_a_factor_of_50_between_target_and_programmed_is_allowed(tmp_path):
    assert read(tmp_path, PAIRS + "1,50\n1,50\n").pairs is not None


def test_windows_that_are_open_at_one_end_have_no_middle(tmp_path):
    """As a chip's log has them, in resistances: from 0, and to 1e10 ohm."""
    rows = [(5162, 0, 6000), (6475, 6250, 6850), (7377, 7250, 8224), (81231, 56035, 1e10)]
    text = "\n".join(f"{4096 + k}.000\t2.000\t{r}\t0.000\t{low}\t{high}" for k, (r, low, high) in enumerate(rows))
    (tmp_path / "log.csv").write_text(text)
    columns = {"programmed [ohm]": 3, "target_low [ohm]": 5, "target_high [ohm]": 6}
    measured = read_files([tmp_path / "log.csv"], columns=columns)
    assert measured.pairs.target_s == pytest.approx([(1 / 6250 + 1 / 6850) / 2, (1 / 7250 + 1 / 8224) / 2])
    assert measured.pairs.programmed_s == pytest.approx([1 / 6475, 1 / 7377])
    assert measured.notes == (
        "log.csv: 2 of 4 samples dropped: 1 target: resistance 0, 1 target: window open at one end",
    )


def test_large_files_are_read_in_a_second(tmp_path):
    """16,000 cells at 7 times, and a trace of 100,000 reads; one row after the other they took 5 s."""
    rng = np.random.default_rng(0)
    g = rng.uniform(1, 100, 112_000)
    cells = "".join(f"c{k // 7},{10.0 ** (k % 7)},{value:.6g}\n" for k, value in enumerate(g))
    trace = "".join(f"{k / 400:.4f},{value:.6g},0.1\n" for k, value in enumerate(g[:100_000]))
    (tmp_path / "cells.csv").write_text("cell,time [s],conductance [uS]\n" + cells)
    (tmp_path / "trace.csv").write_text("time [s],I [uA],V [V]\n" + trace)
    started = time.process_time()
    measured = read_files([tmp_path / "cells.csv", tmp_path / "trace.csv"])
    assert time.process_time() - started < 5
    assert len(measured.traces) == 16_001
    assert np.allclose(measured.traces[7].g_s, 1e-6 * g[49:56], rtol=1e-5)
    assert np.allclose(measured.traces[-1].g_s, 1e-5 * g[:100_000], rtol=1e-5)
