"""`devices fit` as a user meets it: a CSV in, a preset, a table and figures out, one line for what cannot be used."""

import json
import math
import shlex

import numpy as np
import pytest
from support.cells.traces import telegraph_trace
from support.cli import call

from crossbar_nsm import load_config
from device_models import load_device

PAIRS = "target [uS],programmed [uS]\n"


def pairs(path, count=300):
    rng = np.random.default_rng(0)
    target = rng.uniform(5, 100, count)
    programmed = target + (0.5 + 0.02 * target) * rng.standard_normal(count)
    path.write_text(PAIRS + "".join(f"{a:.4f},{b:.4f}\n" for a, b in zip(target, programmed, strict=True)))
    return path


def traces(path, samples=2000, cells=2):
    lines = ["cell,time [ms],conductance [nS]"]
    for cell in range(cells):
        trace = telegraph_trace(samples, cell, g_s=20e-6 * (cell + 1))
        lines += [f"c{cell},{1e3 * t:.4f},{1e9 * g:.2f}" for t, g in zip(trace.time_s, trace.g_s, strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_fit_writes_a_preset_a_table_and_figures(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = [str(pairs(tmp_path / "mine.csv")), str(traces(tmp_path / "reads.csv"))]
    code, out, _ = call(capsys, "devices", "fit", *files, "--levels", "16")
    assert code == 0
    device = load_device("out/devices/mine.yaml")
    assert device.name == "mine"
    assert device.conductance.levels == 16
    assert device.programming.error_polynomial_s.sd_s(np.array([50e-6])) == pytest.approx(1.5e-6, rel=0.15)
    assert device.telegraph.capture_time_s.min_s == pytest.approx(0.03, rel=0.5)
    assert device.read_noise.relative_sd == pytest.approx(0.02, rel=0.05)
    assert {path.name for path in (tmp_path / "out/devices/mine").iterdir()} == {
        f"fitted_{name}.{ending}"
        for name in ("programming", "traces", "read_noise", "traps")
        for ending in ("png", "svg", "pdf")
    }
    for text in ("95 % interval", "telegraph amplitude d", "300 pairs, KS p", "out/devices/mine.yaml"):
        assert text in out
    shown = call(capsys, "devices", "show", "out/devices/mine.yaml")
    assert shown[0] == 0
    assert "fitted to reads.csv" in shown[1]


def test_normalised_pulses_become_a_preset_with_a_range_of_the_user(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng, share = np.random.default_rng(0), np.arange(1, 101) / 100
    up, down = (2 * (part + 0.02 * rng.standard_normal(100)) - 1 for part in (share, 1 - share))
    np.savetxt("p.csv", np.column_stack([up, down]), delimiter=",", fmt="%.4f")
    code, _, err = call(capsys, "devices", "fit", "p.csv", "--out", "p.yaml", "--kind", "pulses")
    assert code != 0
    assert "--range 1uS,100uS" in err
    options = ["--kind", "pulses", "--range", "1uS,50uS", "--report", "p.html"]
    code, out, _ = call(capsys, "devices", "fit", "p.csv", "--out", "p.yaml", *options)
    assert code == 0
    pulses = load_device("p.yaml").programming.pulses
    assert (pulses.count, pulses.direction, pulses.staircase.step_v) == (100, "potentiation", None)
    assert pulses.staircase.curvature == pytest.approx(0, abs=0.3)
    assert load_device("p.yaml").conductance.g_max_s == 50e-6
    assert load_device("p.yaml").sources["conductance.g_max_s"].provenance == "illustrative"
    assert "The twin is a twin" in out
    assert {path.stem for path in (tmp_path / "p").iterdir()} == {"fitted_pulses"}
    assert "Reads after every pulse as measured" in (tmp_path / "p.html").read_text()


@pytest.mark.parametrize("name", ["my_cells.yaml", "my cells.yaml"])
def test_a_fit_ends_with_the_command_that_uses_it(tmp_path, capsys, monkeypatch, name):
    """It can be typed as it is; slow noise is split where there is some."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    trapped, still = str(traces(tmp_path / "reads.csv", 500)), str(pairs(tmp_path / "p.csv"))
    for file, settings in ((trapped, ["read.slow_noise=split"]), (still, [])):
        command = ("devices", "fit", file, "--out", name, "--no-plot")
        out = call(capsys, *command)[1]
        assert ("These cells have traps" in out) is bool(settings)
        (line,) = [line for line in out.splitlines() if line.startswith("    crossbar-nsm compare")]
        given = [word for word in shlex.split(line)[3:] if word != "--set"]
        assert given == [f"device={name}", *settings]
        assert load_config("mnist_mlp_rram", *given).device.name == name.partition(".")[0]


@pytest.mark.parametrize("form", ["--json", "--csv", "--markdown"])
def test_only_a_terminal_is_told_the_next_command(tmp_path, capsys, form):
    out = call(capsys, "devices", "fit", str(pairs(tmp_path / "p.csv")), "--out", str(tmp_path / "d.yaml"), "--no-plot")
    assert "crossbar-nsm compare" in out[1]
    out = call(capsys, "devices", "fit", str(tmp_path / "p.csv"), "--out", str(tmp_path / "d.yaml"), "--no-plot", form)
    assert out[0] == 0
    assert "crossbar-nsm compare" not in out[1]


def test_a_report_says_whether_the_twin_is_one(tmp_path, capsys, monkeypatch):
    """On the terminal, in the page and in JSON; not over a file of somebody else."""
    monkeypatch.chdir(tmp_path)
    pairs(tmp_path / "p.csv")
    command = ("devices", "fit", "p.csv", "--out", "d.yaml", "--no-plot")
    code, out, _ = call(capsys, *command, "--report", "page.html")
    assert code == 0
    (says,) = [line for line in out.splitlines() if line.startswith("The twin is ")]
    assert says in (tmp_path / "page.html").read_text()
    assert "\npage.html\n" in out
    assert "--report page.html shows" not in out
    assert "--report page.html shows" in call(capsys, *command)[1]
    shown = json.loads(call(capsys, *command, "--report", "page.html", "--json")[1])
    assert shown["twin"]["is_twin"] is says.startswith("The twin is a twin")
    assert shown["twin"]["verdict"][0] == says
    assert {row["outcome"] for row in shown["twin"]["rows"]} <= {"agrees", "within scatter", "differs"}
    assert shown["written"] == ["d.yaml", "page.html"]
    (tmp_path / "mine.html").write_text("mine")
    (tmp_path / "d.yaml").unlink()
    for name, problem in (("mine.html", "not of this program"), ("page.pdf", "a report is a .html file")):
        code, out, err = call(capsys, *command, "--report", name)
        assert (code, out, problem in err) == (2, "", True)
    assert not (tmp_path / "d.yaml").exists()


def test_many_cells_are_pooled_and_wide_has_each(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    file, out = str(traces(tmp_path / "reads.csv", samples=120, cells=6)), str(tmp_path / "d.yaml")
    command = ("devices", "fit", file, "--out", out, "--no-plot")
    short, wide, table = (call(capsys, *command, *more)[1] for more in ((), ("--wide",), ("--csv",)))
    assert "level, median" in short
    assert "cell c3: level" not in short
    for text in (wide, table):
        assert "cell c3: level" in text
    assert "6 cells: " in short


def test_the_preset_is_called_like_its_file(tmp_path, capsys):
    out = tmp_path / "my_device.yaml"
    for more, name in (((), "my_device"), (("--name", "cell"), "cell")):
        command = ("devices", "fit", str(pairs(tmp_path / "p.csv")), "--out", str(out), "--no-plot", *more)
        assert call(capsys, *command)[0] == 0
        assert load_device(out).name == name


def test_the_table_has_one_unit_of_conductance_and_says_where_noise_is_and_what_is_missing(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")
    file, out = str(traces(tmp_path / "reads.csv")), str(tmp_path / "d.yaml")
    _, text, err = call(capsys, "devices", "fit", file, "--out", out, "--no-plot")
    lines = {name.strip(): rest.split() for name, _, rest in (line.partition("   ") for line in text.splitlines())}
    assert lines["g_min"][:2] == ["0", "uS"]
    assert float(lines["g_max"][0]) == pytest.approx(40, rel=0.01)
    level, low, _, high, unit = lines["cell c0: level"][:5]
    assert float(low) < float(level) < float(high)
    assert (float(level), unit) == (pytest.approx(20, rel=0.01), "uS")
    assert "read noise at any conductance" in lines
    assert "reads every 1 ms" in text
    assert "not measured: programming error (cells are written exactly), g_min (0 S), drift" in text
    assert "warning: not measured: programming error (cells are written exactly)" in err
    shown = call(capsys, "devices", "show", out)[1]
    assert "fresh read noise at mid range, sd / G, at any window (measured every 1 ms)" in shown
    assert "not measured" in shown.lower()


def test_codes_of_the_instrument_do_not_become_noise(tmp_path, capsys):
    """One 9.9E37 among 4,000 reads doubled the read noise."""
    lines = traces(tmp_path / "reads.csv", samples=400, cells=1).read_text().splitlines()
    noise = []
    for name in ("without", "with"):
        text = lines[:-2] if name == "without" else [*lines[:-2], "c0,398.5,9.9E37", "c0,398.6,9.91E37"]
        (tmp_path / f"{name}.csv").write_text("\n".join(text) + "\n")
        out = tmp_path / f"{name}.yaml"
        code, _, err = call(capsys, "devices", "fit", str(tmp_path / f"{name}.csv"), "--out", str(out), "--no-plot")
        assert code == 0
        noise.append(load_device(out).read_noise.relative_sd)
    assert noise[1] == noise[0]
    assert "with.csv: 2 of 400 samples dropped: 1 instrument overflow (9.9e+37), 1 not a number (9.91E37)" in err
    assert "2 of 400 samples dropped" in load_device(out).description


def write_trace(path, time_s, g_us):
    lines = "".join(f"{t:.9g},{g:.9g}\n" for t, g in zip(time_s, g_us, strict=True))
    path.write_text("time [s],conductance [uS]\n" + lines)
    return str(path)


def test_jittered_reads_are_noise(tmp_path, capsys):
    """Stamps that jitter by 12 %, levels 15 % apart: taken for drift (exponent 0.0015) without a word."""
    rng, made = np.random.default_rng(0), telegraph_trace(4000, 2, amplitude=0.15)
    time_s = np.sort(made.time_s + 1e-3 + 0.12e-3 * rng.standard_normal(4000))
    out = tmp_path / "d.yaml"
    path = write_trace(tmp_path / "t.csv", time_s, 1e6 * made.g_s)
    code, text, err = call(capsys, "devices", "fit", path, "--out", str(out), "--no-plot")
    device = load_device(out)
    assert (code, err.count("\n"), err[:24]) == (0, 1, "warning: not measured: p")
    assert "cell t read as 4000 reads every 1 ms, intervals vary by 17 %: noise fitted\n" in text
    assert device.drift is None
    assert device.read_noise.relative_sd == pytest.approx(0.02, rel=0.05)
    assert device.telegraph.resistance_step.relative == pytest.approx(0.15 / 0.85, rel=0.02)
    assert device.telegraph.capture_time_s.min_s == pytest.approx(0.03, rel=0.3)


def test_an_even_retention_trace_keeps_its_drift_and_its_noise(tmp_path, capsys):
    time_s, rng = np.linspace(1, 1000, 1000), np.random.default_rng(0)
    path = write_trace(tmp_path / "t.csv", time_s, 50 * time_s**-0.05 * (1 + 0.005 * rng.standard_normal(1000)))
    devices = {}
    for kind in ("auto", "reads", "retention"):
        out = str(tmp_path / f"{kind}.yaml")
        code, text, err = call(capsys, "devices", "fit", path, "--out", out, "--no-plot", "--kind", kind)
        assert code == 0
        devices[kind] = load_device(out)
        if kind == "auto":
            assert (err.count("\n"), err[:24]) == (1, "warning: not measured: p")
            assert (
                "read as 1000 reads every 1 s: noise and drift or relaxation (times since programming) fitted\n" in text
            )
    for kind in ("auto", "retention"):
        assert devices[kind].drift.exponent.mean.at_g_max == pytest.approx(0.05, abs=0.001)
    assert devices["auto"].read_noise.relative_sd == pytest.approx(0.005, rel=0.05)
    assert devices["reads"].drift is None
    assert devices["retention"].read_noise.relative_sd is None


def test_a_rejected_fit_is_told_on_the_terminal_and_in_the_preset(tmp_path, capsys):
    time_s = np.geomspace(1, 1e4, 400)
    g_us = 50 * time_s**-0.05 * np.exp(np.where(np.arange(400) % 20, 0.001, 0.5))
    out = tmp_path / "d.yaml"
    code, _, err = call(
        capsys, "devices", "fit", write_trace(tmp_path / "t.csv", time_s, g_us), "--out", str(out), "--no-plot"
    )
    device = load_device(out)
    assert code == 0
    assert "warning: drift: what is left beside the power law is not normal" in err
    assert "what is left beside the power law is not normal" in device.description
    assert "(rejected)" in device.sources["drift.exponent.mean.at_g_max"].source


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_an_unknown_kind(tmp_path, capsys, more):
    path = str(pairs(tmp_path / "p.csv"))
    code, out, err = call(capsys, "devices", "fit", path, "--kind", "noise", *more)
    assert (code, out, err) == (2, "", "error: --kind 'noise': expected one of auto, reads, retention, both, pulses\n")


def test_json_has_the_intervals(tmp_path, capsys):
    out = tmp_path / "d.yaml"
    code, text, _ = call(
        capsys, "devices", "fit", str(pairs(tmp_path / "p.csv")), "--out", str(out), "--no-plot", "--json"
    )  # fmt: skip
    result = json.loads(text)
    assert code == 0
    assert result["written"] == [str(out)]
    bias = result["programming"]["bias_s"]
    assert bias["low"] < 0 < bias["high"]
    assert result["programming"]["pairs"] == 300


def test_a_table_of_a_european_spreadsheet_gives_the_same_preset(tmp_path, capsys):
    text = pairs(tmp_path / "p.csv").read_text()
    (tmp_path / "e.csv").write_text("sep=;\n" + text.replace(",", ";").replace(".", ",").replace("\n", ";\n"))
    devices = []
    for name in "pe":
        out = tmp_path / f"{name}.yaml"
        assert call(capsys, "devices", "fit", str(tmp_path / f"{name}.csv"), "--out", str(out), "--no-plot")[0] == 0
        devices.append(load_device(out))
    assert devices[0].programming == devices[1].programming


def test_a_doubtful_trace_is_told_in_the_preset(tmp_path, capsys):
    """Fresh noise of 0.5 % on a random walk: the preset has both, and says how slow noise was seen."""
    rng = np.random.default_rng(0)
    g = 20 + 0.01 * np.cumsum(rng.standard_normal(3000)) + 0.1 * rng.standard_normal(3000)
    path, out = tmp_path / "walk.csv", tmp_path / "d.yaml"
    path.write_text("time [ms],conductance [uS]\n" + "".join(f"{k},{value:.5f}\n" for k, value in enumerate(g)))
    assert call(capsys, "devices", "fit", str(path), "--out", str(out), "--no-plot")[0] == 0
    device = load_device(out)
    assert device.read_noise.relative_sd == pytest.approx(0.1 / g.mean(), rel=0.05)
    assert "Fitted to walk.csv. Not measured: programming error" in device.description
    assert ". Warnings: " in device.description
    assert device.flicker.spectral_exponent == pytest.approx(2, abs=0.2)
    assert "the spectrum still rises below" in device.description
    assert "trace KS p = " in device.sources["read_noise.relative_sd"].source
    assert device.sources["conductance.g_min_s"].provenance == "illustrative"


def constant(path):
    path.write_text("time [s],conductance [uS]\n" + "".join(f"{k},50\n" for k in range(100)))


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("target,programmed\n1,1\n", (), "p.csv:1: column `target` has no unit; say it in place of UNIT"),
        ("target [uS],programmed [s]\n1,1\n", (), "s is a unit of time, not of conductance"),
        ("target [uS]\n1\n", (), "p.csv:1: `target` needs a column `programmed`, with its unit"),
        (PAIRS + "1,nan\n", (), "no rows of data below the header (1 not a number (nan) dropped)"),
        ("target [S],programmed [S]\n50,51\n", (), "its median is 50 S, which no cell has"),
        (PAIRS + "1,-1\n", (), "its median is -1e-06 S, and conductances are not negative"),
        (PAIRS + "1,1.01\n", (), "at least 10"),
        (PAIRS, (), "no rows of data below the header"),
        ("time [s],conductance [uS]\n0,1\n", (), "one sample"),
        (constant, (), "constant"),
        (pairs, ("--family", "rrram"), "--family: no family is called 'rrram', did you mean rram?"),
        (pairs, ("--out", "d.json"), "a preset is a .yaml file"),
        (pairs, ("--g-min-s", "1"), "g_min_s=1 must be 0 or more and below g_max_s"),
        (pairs, ("--g-max-s", "1e-2"), "lies outside the range in which"),
        (pairs, ("--levels", "1"), "levels"),
        (pairs, ("--degree", "9"), "degree"),
        (pairs, ("--columns", "target=1,programmed=9"), "--columns: no column 9; the table has 2 columns"),
        (pairs, ("--columns", "target:1"), "--columns 'target:1': expected \"time [UNIT]=1,current [UNIT]=2\""),
        (pairs, ("--interval", "1"), "--interval '1': expected a number and its unit, such as 1 ms or 2 h"),
        (pairs, ("--interval", "1mS"), "--interval '1mS': expected a number and its unit"),
        (pairs, ("--interval", "0s"), "interval 0 s: expected a time above 0"),
        (pairs, ("--read-voltage", "0.1A"), "--read-voltage '0.1A': expected volts, such as 0.1 or 100mV"),
        (pairs, ("--read-voltage", "1e6"), "read voltage 1e+06 V: expected 1e-6 to 30 V"),
        (pairs, ("--cells", "both"), "cells 'both': expected one of auto, columns, rows"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(tmp_path, capsys, monkeypatch, content, options, message):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "p.csv"
    content(path) if callable(content) else path.write_text(content)
    code, out, err = call(capsys, "devices", "fit", "p.csv", *options)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
    assert all(line.startswith("p.csv: ") for line in out.splitlines())  # what was understood
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.csv"]


def test_what_was_understood_is_printed_first_and_alone_in_a_dry_run(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    currents = 2e3 * (1 + 0.01 * rng.standard_normal((60, 2)))
    (tmp_path / "t.csv").write_text("left,right\n" + "".join(f"{a:.3f},{b:.3f}\n" for a, b in currents))
    options = ["--columns", "current [nA]=1-2", "--cells", "columns", "--interval", "2 ms", "--read-voltage", "100mV"]
    code, out, err = call(capsys, "devices", "fit", "t.csv", *options, "--dry-run")
    assert (code, err) == (0, "")
    assert out == (
        "t.csv: 60 rows, columns parted by commas, decimal points, heading in line 1\n"
        "t.csv: conductance: columns 1 `left`, 2 `right`, in nA, over 0.1 V as given\n"
        "t.csv: time: none in the file, a read every 0.002 s as given\n"
        "t.csv: 2 cells of 60 samples, 0 to 0.118 s, 0.002 s apart (median)\n"
        "t.csv: each column is a cell\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    code, printed, _ = call(capsys, "devices", "fit", "t.csv", *options, "--dry-run", "--json")
    assert json.loads(printed)["understood"] == out.splitlines()
    code, printed, _ = call(capsys, "devices", "fit", "t.csv", *options, "--no-plot", "--out", "d.yaml")
    assert code == 0
    assert printed.startswith(out)
    assert load_device("d.yaml").read_noise.relative_sd == pytest.approx(0.01, rel=0.3)
    code, printed, _ = call(capsys, "devices", "fit", "t.csv", *options, "--no-plot", "--json", "--out", "d.yaml")
    assert json.loads(printed)["understood"] == out.splitlines()


def test_columns_of_each_file(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.csv").write_text("".join(f"{k},{k + 0.1}\n" for k in range(1, 13)))
    (tmp_path / "t.csv").write_text("".join(f"{k},{5 + 0.1 * math.sin(k * k):.6g}\n" for k in range(60)))
    of_pairs, of_reads = "p.csv: target [uS]=1,programmed [uS]=2", "t.csv: time [s]=1,conductance [uS]=2"
    code, out, err = call(
        capsys, "devices", "fit", "p.csv", "t.csv", "--columns", of_pairs, "--columns", of_reads, "--dry-run"
    )
    assert (code, err) == (0, "")
    assert "p.csv: 12 pairs of target and programmed conductance\n" in out
    assert "t.csv: 1 cell of 60 samples, 0 to 59 s, 1 s apart (median)\n" in out
    code, _, err = call(capsys, "devices", "fit", "p.csv", "t.csv", "--columns", of_pairs, "--columns", "time [s]=1")
    assert code == 2
    assert "--columns: given several times; begin each with its file" in err


def test_a_dry_run_tells_what_was_dropped(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text("time [s],R [ohm]\n" + "".join(f"{k},{'OVLD' if k == 3 else 2e4 + k}\n" for k in range(60)))
    code, out, err = call(capsys, "devices", "fit", str(path), "--dry-run")
    assert code == 0
    assert "t.csv: dropped: 1 instrument overflow (ovld)\n" in out
    assert err == "warning: t.csv: 1 of 60 samples dropped: 1 instrument overflow (ovld)\n"


def test_a_missing_file(capsys):
    code, _, err = call(capsys, "devices", "fit", "none.csv")
    assert code == 2
    assert "none.csv: no such file" in err
