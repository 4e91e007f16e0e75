"""From files to a preset that loads and, simulated, gives the measured histograms."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import yaml
from scipy import stats
from support.cells.traces import telegraph_trace
from support.laws import FALSE_ALARM, rejects

from device_models import CellReads, Cells, Stream, load_device
from device_models.errors import ConfigError, CrossbarError, FileError
from device_models.files.signs import sealed
from device_models.fit import Measurements, Trace, fit_files, write_preset
from device_models.fit.sections.description import described
from device_models.parts.telegraph import step

WINDOW = (
    "the window of reads 1 ms apart (their sd is taken for any, 100 ns too; set read_noise.window_s if you know it)"
)
DT, THIN = 1e-3, 50  # every 50th sample of a trace of tau0 = 10 ms is independent of the last (e^-5)


def write_pairs(path, seed=0):
    rng = np.random.default_rng(seed)
    target = np.repeat(np.linspace(5, 100, 20), 50)
    programmed = np.maximum(target + (0.5 + 0.02 * target) * rng.standard_normal(target.size), 0)
    path.write_text(
        "target [uS],programmed [nS]\n" + "".join(f"{t},{1e3 * p}\n" for t, p in zip(target, programmed, strict=True))
    )
    return path


def write_trace(path, n=20_000, levels=(50e-6,), **made):
    rows = ["cell,time [ms],conductance [uS]\n"]
    for k, g in enumerate(levels):
        trace = telegraph_trace(n, k, dt_s=DT, g_s=g, **made)
        rows += [f"c{k},{1e3 * t:.6g},{1e6 * g:.9g}\n" for t, g in zip(trace.time_s, trace.g_s, strict=True)]
    path.write_text("".join(rows))
    return path


def write_drift(path, cells=6):
    rng = np.random.default_rng(0)
    rows = ["cell;time [s];conductance [kohm]\n"]
    for k in range(cells):
        nu = 0.05 + 0.01 * rng.standard_normal()
        rows += [f"d{k};{t};{50 * t**nu * (1 + 0.01 * rng.standard_normal())}\n" for t in np.geomspace(1, 1e4, 20)]
    path.write_text("".join(rows))
    return path


def check_same_law(measured, simulated):
    p = stats.ks_2samp(measured, simulated).pvalue
    assert p > FALSE_ALARM, f"KS p = {p:.1e}"


def simulated_reads(device, g_s, cells, seed):
    """One read of each of `cells` cells programmed to g_s, after one sampling interval: states stepped, noise added."""
    stream = Stream(seed=seed)
    law = device.read_law(Cells(np.full(cells, g_s), stream))
    reads = CellReads(law, device.initial_state(law, stream), DT, np.random.default_rng(seed))
    reads.read()
    return reads.read()


@pytest.fixture(scope="module")
def of_a_trace(tmp_path_factory):
    """20,000 reads of one cell with a trap."""
    return fit_files([write_trace(tmp_path_factory.mktemp("trace") / "t.csv")])


@pytest.fixture(scope="module")
def of_everything(tmp_path_factory):
    """Pairs, reads of three cells, and drift."""
    folder = tmp_path_factory.mktemp("everything")
    trace = write_trace(folder / "t.csv", 3000, (20e-6, 40e-6, 80e-6))
    return fit_files([write_pairs(folder / "p.csv"), trace, write_drift(folder / "d.csv")], name="mine", levels=32)


def test_trace_to_preset_to_the_measured_histogram(of_a_trace, tmp_path):
    result = of_a_trace
    device = load_device(write_preset(result, tmp_path / "mine.yaml"))
    (fit,) = result.traces
    measured = fit.g_s[::THIN]
    check_same_law(measured, simulated_reads(device, fit.level_s.value, 20_000, 1))
    wrong = result.preset()
    wrong["telegraph"]["resistance_step"]["relative"] *= 1.5
    rejects(check_same_law, measured, simulated_reads(load_device(wrong), fit.level_s.value, 20_000, 1))
    wrong = result.preset()
    wrong["read_noise"]["relative_sd"] *= 3
    rejects(check_same_law, measured, simulated_reads(load_device(wrong), fit.level_s.value, 20_000, 1))


def test_states_of_the_preset_switch_as_often_as_the_measured_cell(of_a_trace, tmp_path):
    """Share of samples that differ from the one before: 2 q (1 - q)(1 - exp(-dt/tau0)) of the preset's constants."""
    result = of_a_trace
    device = load_device(write_preset(result, tmp_path / "mine.yaml"))
    law = device.read_law(Cells(np.full(200_000, result.g_max_s), Stream()))
    before = device.initial_state(law, Stream()).traps
    after = step(before, DT, np.random.default_rng(0).random(before.shape), law.traps.traps)
    two = result.traces[0].telegraph
    assert np.isclose(np.mean(before != after), two.switches / 20_000, rtol=0.05)


def test_pairs_to_preset_to_the_measured_errors(tmp_path):
    result = fit_files([write_pairs(tmp_path / "p.csv")], name="mine", levels=16)
    device = load_device({**result.preset(), "conductance": {"g_min_s": 5e-6, "g_max_s": 1e-4}})
    fit, stream = result.programming, Stream(seed=3)
    target = np.tile(fit.target_s, 20)
    programmed = device.program(target, stream).g_s
    errors = (fit.programmed_s - fit.target_s) / fit.target_s
    check_same_law(errors, (programmed - target) / target)
    rejects(check_same_law, errors, 1.5 * (programmed - target) / target)


def test_a_preset_of_everything(of_everything, tmp_path):
    result = of_everything
    assert result.warnings == [f"not measured: {WINDOW}"]
    preset = result.preset()
    assert preset["conductance"] == {"g_min_s": 5e-6, "g_max_s": 1e-4, "levels": 32}
    assert len(preset["programming"]["error_polynomial_s"]["coefficients"]) == 2
    law = preset["read_noise"]["law"]
    assert law["name"] == "power_law"
    assert np.isclose(law["relative_sd_at_g_max"], 0.02, rtol=0.05)
    assert abs(law["exponent"]) < 0.1
    assert preset["telegraph"]["capture_time_s"]["min_s"] < 0.03 * 1.3
    assert preset["telegraph"]["capture_time_s"]["min_s"] < preset["telegraph"]["capture_time_s"]["max_s"]
    assert np.isclose(preset["telegraph"]["resistance_step"]["relative"], 1 / 9, rtol=0.02)
    assert preset["drift"]["reference_time_s"] == 1.0
    assert np.isclose(preset["drift"]["exponent"]["mean"]["at_g_max"], 0.05, atol=0.01)
    numbers = set(number_paths({key: value for key, value in preset.items() if key != "sources"}))
    assert preset["sources"].keys() == numbers
    source = preset["sources"]["programming.error_polynomial_s.coefficients"]["source"]
    assert source.startswith("fitted to p.csv, programmed cells, 95 % intervals")
    written = yaml.safe_load(write_preset(result, tmp_path / "mine.yaml").read_text())
    assert written["telegraph"] == preset["telegraph"]
    loadable = {key: value for key, value in preset.items() if key not in ("drift", "sources")}
    loadable["read_noise"] = {"relative_sd": law["relative_sd_at_g_max"]}
    assert load_device(loadable).name == "mine"
    plain = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert plain["programming"]["degree"] == 1
    assert len(plain["traces"]) == 3
    assert "g_s" not in plain["traces"][0]


def test_the_preset_of_everything_loads(of_everything, tmp_path):
    result = of_everything
    device = load_device(write_preset(result, tmp_path / "mine.yaml"))
    g = np.array([20e-6, 80e-6])
    assert np.allclose(device.read_noise.sd_s(g, device.conductance), result.read_noise.sd_s(g), rtol=1e-5)


def test_goodness_of_fit_stands_in_the_sources(of_everything):
    result = of_everything
    sources = {key: entry["source"] for key, entry in result.preset()["sources"].items()}
    pairs, smallest = result.programming, min(cell.goodness_p for cell in result.traces)
    for key, ending in {
        "programming.error_polynomial_s.coefficients": f"KS p = {pairs.goodness_p:.2g}, "
        f"chi-square p = {pairs.spread_p:.2g}",
        "read_noise.law.exponent": f"chi-square p = {result.read_noise.goodness_p:.2g}, "
        f"smallest trace KS p = {smallest:.2g}",
        "telegraph.resistance_step.relative": f"switches, smallest trace KS p = {smallest:.2g}",
        "telegraph.capture_time_s.min_s": f"smallest trace KS p = {smallest:.2g}",
        "drift.exponent.mean.at_g_max": f"KS p = {result.drift.goodness_p:.2g}",
    }.items():
        assert sources[key].endswith(ending), key


def test_what_nobody_measured_is_illustrative(tmp_path):
    files = [write_trace(tmp_path / "t.csv", 2000), write_drift(tmp_path / "d.csv", 1)]
    result = fit_files(files)
    alone, given = result.preset(), replace(result, origins=("given", "given")).preset()
    for key in ("conductance.g_min_s", "telegraph.spread_log_sd", "drift.exponent.sd.at_g_max"):
        assert alone["sources"][key]["provenance"] == "illustrative"
        assert alone["sources"][key]["source"].startswith("not measured")
    assert alone["sources"]["conductance.g_max_s"]["provenance"] == "user"
    assert given["sources"]["conductance.g_min_s"]["provenance"] == "user"
    assert (
        alone["sources"]["read_noise.relative_sd"]["source"]
        .partition(";")[0]
        .endswith(f", trace KS p = {result.traces[0].goodness_p:.2g}")
    )


def test_warnings_stand_in_the_description(tmp_path):
    a, b = write_trace(tmp_path / "a.csv", 2000), write_trace(tmp_path / "b.csv", 2000, amplitude=0.0)
    result = fit_files([a, b])
    device = load_device(write_preset(result, tmp_path / "mine.yaml"))
    open_, *doubts = result.warnings
    assert open_ == (
        f"not measured: programming error (cells are written exactly), g_min (0 S), drift (conductances stay), {WINDOW}"
    )
    assert device.description == f"Fitted to a.csv, b.csv. N{open_[1:]}. Warnings: {'; '.join(doubts)}"
    assert device.not_measured == "programming error, g_min, drift, the window of reads 1 ms apart"
    assert described(["x/a.csv"], [], []) == "Fitted to a.csv"


def test_what_pairs_alone_leave_open(tmp_path):
    result = fit_files([write_pairs(tmp_path / "p.csv")])
    assert result.not_measured == (
        "read noise and traps (every read is the same)", "drift (conductances stay)",
    )  # fmt: skip
    assert result.as_dict()["not_measured"] == list(result.not_measured)


@pytest.mark.parametrize(("factor", "asked"), [(1, False), (8, False), (1000, True), (1e-3, True)])
def test_reads_far_outside_the_targets_are_asked_about(tmp_path, factor, asked):
    """Targets of 5 to 100 uS, reads of 50 uS, or as if their header had another prefix."""
    result = fit_files([write_pairs(tmp_path / "p.csv"), write_trace(tmp_path / "t.csv", 60, (50e-6 * factor,))])
    found = [line for line in result.warnings if "is a unit wrong" in line]
    assert bool(found) is asked
    assert not asked or "far outside the targets, 5 uS to 100 uS" in found[0]


@pytest.mark.parametrize(("length", "count", "shown"), [(100, 4, 4), (100, 9, 4), (600, 1, 1), (600, 3, 1)])
def test_long_lists_of_warnings_are_cut(length, count, shown):
    text = described(["a.csv"], [], ["w" * length] * count)
    assert text.count("w" * length) == shown
    assert text.endswith(f"; ... ({count - shown} more)" if shown < count else "w")


def number_paths(data, path=""):
    for key, value in data.items():
        here = f"{path}.{key}".lstrip(".")
        if isinstance(value, dict):
            yield from number_paths(value, here)
        elif isinstance(value, (int, float, list)):
            yield here


def test_range_of_the_preset(tmp_path):
    trace = write_trace(tmp_path / "t.csv", 300, amplitude=0.0)
    alone = fit_files([trace])
    assert alone.g_min_s == 0
    assert alone.g_max_s == alone.traces[0].level_s.value
    given = fit_files([trace], g_min_s=1e-6, g_max_s=9e-5)
    assert (given.g_min_s, given.g_max_s) == (1e-6, 9e-5)
    assert given.origins == ("given", "given")
    assert load_device(write_preset(given, tmp_path / "x.yaml")).conductance.g_max_s == 9e-5
    with pytest.raises(ConfigError, match="must be 0 or more and below g_max_s"):
        fit_files([trace], g_min_s=1e-3)


def test_telegraph_noise_in_some_cells_is_told(tmp_path):
    a = write_trace(tmp_path / "a.csv", 2000)
    b = write_trace(tmp_path / "b.csv", 2000, amplitude=0.0)
    result = fit_files([a, b])
    assert any("traps: in 1 of 2 cells" in line for line in result.warnings)
    assert result.preset()["telegraph"]["share_of_cells"] == 0.5


def test_lists_of_numbers_stand_on_a_line(tmp_path):
    text = write_preset(fit_files([write_pairs(tmp_path / "p.csv")]), tmp_path / "mine.yaml").read_text()
    assert "    valid_s: [5.0e-06, 0.0001]\n" in text
    assert yaml.safe_load(text)["programming"]["error_polynomial_s"]["valid_s"][1] == 1e-4


def test_presets_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    result = fit_files([write_trace(tmp_path / "t.csv", 300, amplitude=0.0)])
    path = tmp_path / "mine.yaml"
    path.write_text(old := sealed("# crossbar-nsm preset 1\nold: 1\n"))
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(CrossbarError, match=r"mine\.yaml: cannot be written \(No space left on device\)"):
            write_preset(result, path)
    assert path.read_text() == old
    write_preset(result, path)
    path.write_text(edited := path.read_text().replace("name:", "name:  # of mine"))
    with pytest.raises(FileError, match=r"mine\.yaml: was edited, or is of another version; take another name"):
        write_preset(result, path)
    assert path.read_text() == edited
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.yaml", "t.csv"]
    with pytest.raises(CrossbarError, match="cannot be written"):
        write_preset(result, tmp_path / "t.csv" / "mine.yaml")
    with pytest.raises(ConfigError, match=r"a preset is a \.yaml file"):
        write_preset(result, tmp_path / "mine.json")


def test_reads_of_two_states_make_no_device_and_it_says_why(tmp_path):
    """Cycles, the two states in turn, are no noise of one cell."""
    g_s = np.tile([5e-6, 230e-6], 100) * np.exp(0.3 * np.random.default_rng(0).standard_normal(200))
    fit = fit_files(Measurements(None, (Trace("c", np.arange(200) * 1e-3, g_s, "r.csv", "r.csv:2"),), ("r.csv",)))
    with pytest.raises(ConfigError, match=r"r\.csv: reads of cell c .* several states, as of cycles"):
        write_preset(fit, tmp_path / "two.yaml")
    assert not (tmp_path / "two.yaml").exists()


def test_devices_are_imported_without_the_libraries_of_the_fit():
    code = (
        "import sys, device_models, device_models.fit, device_models.catalogue, device_models.fit.preset;"
        "print([m for m in ('statsmodels', 'pandas', 'scipy.optimize', 'scipy.stats', 'torch', 'numba', 'matplotlib')"
        " if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


def write_cells(path, time_s, g_s):
    """Cells (rows) read at the same times (columns)."""
    rows = [f"{k},{t:g},{g:.9g}\n" for k, cell in enumerate(g_s) for t, g in zip(time_s, cell, strict=True)]
    path.write_text("cell,time [s],conductance [S]\n" + "".join(rows))
    return path


def test_relaxation_of_many_cells_to_preset_to_the_measured_percentiles(tmp_path):
    """Changes of heavy tails that fall with conductance: 5 to 95 % points of cells that the device leaves alone."""
    rng, time_s = np.random.default_rng(0), np.array([0, 1, 100, 1e4])
    start = 10 ** rng.uniform(-5, -4, (1500, 1))
    width = 1e-6 / start * (1 + 0.2 * np.log(time_s[1:]))
    g_s = np.hstack([start, start * np.exp(width * rng.standard_t(2, (1500, 3)))])
    result = fit_files([write_cells(tmp_path / "r.csv", time_s, g_s)])
    assert result.not_measured[-1].startswith("read noise")
    device = load_device(write_preset(result, tmp_path / "mine.yaml"))
    cells = Cells(np.tile(start.ravel(), 20), Stream(seed=1))

    def agrees(changes, age_s):
        measured = np.percentile(np.log(g_s[:, list(time_s).index(age_s)] / start.ravel()), (5, 25, 50, 75, 95))
        made = np.percentile(changes, (5, 25, 50, 75, 95))
        assert np.abs(made - measured).max() < 0.05 * np.ptp(measured)

    for age_s in time_s[1:]:
        changes = np.log(device.aged_s(cells, float(age_s)) / cells.g_s)
        agrees(changes, age_s)
        rejects(agrees, 1.2 * changes, age_s)
    source = result.preset()["sources"]["relaxation.quantiles.change"]["source"]
    assert "n = 4500 reads of 1500 cells at 3 times, from a read at 0 s; a power law and a law of ln t are" in source


def test_failed_cells_and_shapes_to_preset_to_the_measured_errors(tmp_path):
    """Laplace errors with a mean of 1 uS, and 4 % of the cells anywhere."""
    rng = np.random.default_rng(2)
    target = np.repeat(np.linspace(5, 100, 20), 200)
    error = 1 + rng.laplace(size=4000) / np.sqrt(2)
    programmed = np.where(rng.random(4000) < 0.04, rng.uniform(5, 100, 4000), np.maximum(target + error, 0))
    path = tmp_path / "p.csv"
    path.write_text(
        "target [uS],programmed [uS]\n" + "".join(f"{t},{p}\n" for t, p in zip(target, programmed, strict=True))
    )
    result = fit_files([path], name="mine")
    preset = result.preset()
    assert preset["programming"]["law"]["name"] == "quantile_table"
    assert np.isclose(preset["faults"]["stuck_any"], 0.04, atol=0.012)
    assert "anywhere: 95 % interval" in preset["sources"]["faults.stuck_any"]["source"]
    device = load_device(write_preset(result, tmp_path / "mine.yaml"))
    made = device.program(np.tile(1e-6 * target, 10), Stream(seed=1)).g_s - np.tile(1e-6 * target, 10)
    check_same_law(1e-6 * (programmed - target), made)
    rejects(check_same_law, 1e-6 * (programmed - target), 1.2 * made)


def test_slow_noise_to_preset_to_the_measured_variance(tmp_path):
    """Random walks of three cells: 1/f^2 noise, whose variance over the trace the device has too."""
    rng, time_s, n = np.random.default_rng(4), np.arange(600) * 1e-2, 600
    walks = 50e-6 + 2e-8 * np.cumsum(rng.standard_normal((3, n)), axis=1) + 1e-8 * rng.standard_normal((3, n))
    result = fit_files([write_cells(tmp_path / "w.csv", time_s, walks * np.array([[0.5], [1], [1.5]]))])
    assert result.slow_noise.cells == 3
    device = load_device(write_preset(result, tmp_path / "mine.yaml"))
    assert device.flicker.spectral_exponent > 1.5
    assert np.isclose(device.flicker.slowest_s, 10 * time_s[-1])
