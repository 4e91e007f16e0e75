"""What the figures show is what the laws say, and simulated cells follow them."""

import math
import warnings
from functools import partial

import numpy as np
import pytest

from crossbar_nsm.report.devices import read_figures
from crossbar_nsm.report.devices.figures import FIGURES, drift, missing, programming_error, read_noise, save_figures
from crossbar_nsm.report.devices.noise_figures import needed_percent, noise_needed, noise_of_devices
from crossbar_nsm.report.devices.read_figures import spectrum, time_text
from device_models import Cells, Stream, load_device, preset_paths
from device_models.characterise.ageing import ageing
from device_models.characterise.fluctuations import fluctuations
from device_models.characterise.numbers import numbers, provenance
from device_models.characterise.programmed import programmed, without_failures
from device_models.characterise.spectrum import simulated_spectrum
from device_models.characterise.traces import quiet, sampling_interval_s, traces
from device_models.errors import ConfigError

BETAS = {"fc1": np.linspace(0.9, 2.3, 40), "fc2": np.linspace(1, 2, 30)}


def line(axes, label):
    (found,) = [line for line in axes.lines if line.get_label() == label]
    return np.asarray(found.get_xdata()), np.asarray(found.get_ydata())


@pytest.fixture
def few_reads(monkeypatch):
    """Enough to draw; that reads follow their law is tested elsewhere."""
    monkeypatch.setattr(read_figures, "simulated_spectrum", partial(simulated_spectrum, cells=5, reads=4096))
    monkeypatch.setattr(read_figures, "traces", partial(traces, repetitions=3))


KINDS = ("pcm_nandakumar2019", "rram_switching_illustrative", "rram_wan2022", "fefet_selector_illustrative", "ideal")
DRAWN = [name if name in KINDS else pytest.param(name, marks=pytest.mark.slow) for name in preset_paths()]


@pytest.mark.parametrize("preset", DRAWN)
def test_every_figure_of_every_preset_is_drawn_without_a_warning(preset, few_reads):
    device = load_device(preset)
    for name, draw in FIGURES.items():
        if missing(device, name):
            with pytest.raises(ConfigError, match=preset):
                draw(device, quiet)
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            draw(device, quiet).draw_without_rendering()
    assert missing(device, "read_noise") is None


def test_figures_are_saved_and_those_that_are_not_have_a_reason(tmp_path, few_reads):
    device = load_device("rram_telegraph_illustrative")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths, left_out = save_figures(device, tmp_path, BETAS)
    assert {path.stem for path in paths} == {
        "programming_error",
        "read_noise",
        "read_traces",
        "spectrum",
        "noise_needed",
    }
    assert all(path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" for path in paths if path.suffix == ".png")
    assert left_out == {"drift": missing(device, "drift")}


def test_progress_is_told_and_ends(tmp_path, few_reads):
    steps = []
    save_figures(
        load_device("rram_telegraph_illustrative"), tmp_path, None, lambda _label: lambda *at: steps.append(at)
    )
    shares = [done / total for done, total, _note in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert {note for _, _, note in steps} >= {"read_traces", "spectrum"}


@pytest.mark.parametrize("preset", preset_paths())
def test_programmed_cells_follow_the_drawn_law(preset):
    """20,000 cells per target: sd of a normal sample to 0.5 %, so 3 % is six sigma; more for skew laws."""
    device = load_device(preset)
    if missing(device, "programming_error"):
        assert not programmed(device).error_s.any()
        return
    axes = programming_error(device).axes[0]
    target, sd = line(axes, "20,000 cells each")
    exact = np.sqrt(without_failures(device).programming_moments_s(1e-6 * target)[1]) * 1e6
    assert sd == pytest.approx(exact, rel=0.03)
    assert np.abs(sd / (1.1 * exact) - 1).min() > 0.03  # a law 10 % off would be seen
    x, y = line(axes, "law")
    assert y == pytest.approx(1e6 * np.sqrt(device.programming_moments_s(1e-6 * x)[1]), rel=1e-6)


def test_clipping_at_zero_shows_as_a_mean_error():
    axes = programming_error(load_device("pcm_nandakumar2019")).axes[0]
    x, bias = line(axes, "law, mean error")
    sd_uS = 0.26348
    assert x[0] == 0
    assert bias[0] == pytest.approx(sd_uS / math.sqrt(2 * math.pi), rel=1e-3)  # half normal
    assert "law, mean error" not in [entry.get_label() for entry in
                                     programming_error(load_device("rram_milo2021")).axes[0].lines]  # fmt: skip


def test_the_lowest_level_after_a_reset_has_a_mark_of_its_own():
    device = load_device("rram_telegraph_illustrative")
    axes = programming_error(device).axes[0]
    x, y = line(axes, "law, after a reset")
    assert x[0] == pytest.approx(0.2)
    s = math.hypot(0.3, 0.1)
    assert y[0] == pytest.approx(0.2 * math.exp(s**2 / 2) * math.sqrt(math.expm1(s**2)), rel=1e-6)


def test_attempts_and_staircase_are_drawn_where_they_are():
    figure = programming_error(load_device("rram_switching_illustrative"))
    x, attempts = line(figure.axes[2], "simulated")
    grid, law = line(figure.axes[2], "law")
    assert attempts[1:] == pytest.approx(np.interp(x[1:], grid, law), rel=0.03)
    figure = programming_error(load_device("fefet_jerry2017"))
    number, g = line(figure.axes[-1], "potentiation, used")
    assert (number[0], number[-1]) == (0, 31)
    assert g == pytest.approx(np.linspace(0.04, 1.79, 32))


def test_read_noise_shows_floors_telegraph_and_flicker():
    axes = read_noise(load_device("rram_telegraph_illustrative")).axes[0]
    g, fresh = line(axes, "fresh read noise")
    assert fresh == pytest.approx(np.full(g.size, 0.5))
    _, d = line(axes, "telegraph amplitude d, median")
    step = 0.0015 + 1.662e-7 / (1e-6 * g)
    assert d == pytest.approx(100 * step / (1 + step))
    _, thermal = line(axes, "thermal floor, 100 ns")
    assert thermal == pytest.approx(100 * np.sqrt(4 * 1.380649e-23 * 300 * 1e-6 * g / 2e-7) / (0.2 * 1e-6 * g))
    _, shot = line(axes, "shot noise floor, 0.2 V, 100 ns")
    assert shot == pytest.approx(100 * np.sqrt(2 * 1.602176634e-19 * 0.2 * 1e-6 * g / 2e-7) / (0.2 * 1e-6 * g))
    axes = read_noise(load_device("pcm_nandakumar2019")).axes[0]
    g, grown = line(axes, "1/f noise since programming, 1 s")
    assert grown[-1] == pytest.approx(100 * 0.0088 * math.sqrt(math.log((1 + 2.5e-7) / 5e-7)))
    assert "fresh read noise" not in [entry.get_label() for entry in axes.lines]


@pytest.mark.parametrize(
    "preset",
    [
        "rram_telegraph_illustrative",
        "rram_switching_illustrative",
        "ideal_blank_out",
        "fefet_selector_illustrative",
        "pcm_nandakumar2019",
        pytest.param("fefet_illustrative", marks=pytest.mark.slow),
    ],
)
def test_autocorrelation_and_spectrum_of_simulated_reads_follow_the_law(preset):
    device = load_device(preset)
    seen = traces(device)
    assert seen.estimated == pytest.approx(seen.exact, abs=0.06)
    found = simulated_spectrum(device)
    ratio = found.simulated / found.exact
    fast = slice(200, None)  # half a decade above the lowest frequencies, where one slow trap counts for a lot
    assert ratio[fast].mean() == pytest.approx(1, abs=0.02)
    assert ratio[:20].mean() == pytest.approx(1, abs=0.15)


def test_a_spectrum_without_folding_is_that_of_its_parts():
    """Reads ten times per correlation time: the continuous Lorentzians and the sampled law agree at low frequencies."""
    found = simulated_spectrum(load_device("fefet_selector_illustrative"), cells=4, reads=4096)
    slow = found.frequency_hz < 1e5
    assert sum(found.parts.values())[slow] == pytest.approx(found.exact[slow], rel=1e-6)
    p, tau = 0.5, 2e-7
    level = 4 * p * (1 - p) * (2 / math.pi) * sum(math.asin(math.exp(-k / 1000)) for k in range(15_000)) * tau / 1000
    assert found.exact[0] == pytest.approx(level, rel=0.05)


def test_spectrum_figure_holds_simulated_points_and_law(monkeypatch):
    monkeypatch.setattr(read_figures, "simulated_spectrum", partial(simulated_spectrum, reads=4096))
    axes = spectrum(load_device("rram_telegraph_illustrative")).axes[0]
    labels = [entry.get_label() for entry in axes.lines]
    assert labels[:3] == ["300 simulated cells (Welch)", "law, as sampled", "traps (Lorentzians)"]
    with pytest.raises(ConfigError, match="successive reads are independent"):
        spectrum(load_device("rram_illustrative"))


@pytest.mark.parametrize("preset", [name for name in preset_paths() if load_device(name).telegraph is not None])
def test_example_traces_switch(preset):
    device = load_device(preset)
    seen = traces(device, reads=2000, repetitions=2).seen_s[0]  # lowest conductance: the largest steps
    middle = (seen.min() + seen.max()) / 2
    assert 20 < np.count_nonzero(np.diff(seen > middle)) < 1000
    assert sampling_interval_s(device) > 0


def test_drift_medians_follow_the_power_law():
    device = load_device("pcm_nandakumar2019")
    axes = drift(device).axes[0]
    medians = [entry for entry in axes.lines if len(entry.get_xdata()) == 60]
    age, top = (np.asarray(data) for data in medians[-1].get_data())
    nu = 0.049  # clip(0.0244, 0.049, 0.1) at g_max
    assert top[age <= 20] == pytest.approx(25.0)
    assert top == pytest.approx(25 * np.maximum(age / 20, 1) ** -nu, rel=0.01)
    assert len(medians) == 4


def test_the_lighter_band_is_the_published_flicker():
    device = load_device("fefet_illustrative")
    aged = ageing(device, cells=20_000)
    assert aged.wandering_s is not None
    half = (aged.wandering_s[1] - aged.wandering_s[0]) / 2
    expected = [1.2816 * device.flicker.sd_s(aged.median_s[:, k], age, device.conductance)
                for k, age in enumerate(aged.age_s)]  # fmt: skip
    assert half == pytest.approx(np.array(expected).T, rel=0.05)
    assert aged.band_s[0] == pytest.approx(aged.median_s)  # retention is the same for all cells


def test_noise_needed_draws_every_layer_beside_every_effect():
    device = load_device("rram_switching_illustrative")
    axes = noise_needed(device, BETAS).axes[0]
    words = [text.get_text() for text in axes.texts]
    assert f"fc1 needs\n{np.median(needed_percent(BETAS['fc1'])):.0f} %" in words
    assert needed_percent(np.array([1.0, -2.0])) == pytest.approx([70.71, 35.36], abs=0.01)
    assert [label.get_text().split("\n")[0] for label in axes.get_xticklabels()] == [
        "fc1", "fc2", "read noise", "telegraph",
    ]  # fmt: skip
    noiseless = noise_needed(load_device("fefet_jerry2017"), BETAS).axes[0]
    assert "the cells are noiseless" in [text.get_text() for text in noiseless.texts]
    bars = noise_of_devices([load_device("ideal"), load_device("ideal_blank_out")], BETAS).axes[0].patches
    heights = sorted(round(bar.get_y() + bar.get_height()) for bar in bars if 1 < bar.get_height() < 20)
    assert heights == [53, 106]  # 50 % and 100 %, with the edge that makes a line visible


def test_fluctuations_of_telegraph_cells_are_those_of_their_traps():
    device = load_device("rram_telegraph_illustrative", "telegraph.spread_log_sd=0",
                         "telegraph.capture_time_s={min_s: 1e-3, max_s: 1e-3}",
                         "telegraph.emission_time_s={min_s: 1e-3, max_s: 1e-3}")  # fmt: skip
    low, high = fluctuations(device)["telegraph"]
    g = np.quantile(np.linspace(0.2e-6, 4e-6, 4000), [0.9, 0.1])
    d = device.telegraph.amplitude(g, np.ones((1, 2)))[0]
    assert [low, high] == pytest.approx(d * 0.5 / (1 - d / 2), rel=0.01)


def test_derived_numbers():
    pcm = numbers(load_device("pcm_nandakumar2019"))
    assert pcm.programming_error == pytest.approx((0.26348 + 1.965 * 0.5 - 1.1731 * 0.25) / 25, rel=1e-3)
    assert pcm.flicker_1s == pytest.approx(0.0088 / 0.5**0.65 * math.sqrt(math.log((1 + 2.5e-7) / 5e-7)))
    assert (pcm.read_noise, pcm.telegraph, pcm.selector_p) == (0, None, None)
    assert pcm.doi == "10.1109/ICECS46596.2019.8964852"
    rtn = numbers(load_device("rram_telegraph_illustrative"))
    assert rtn.telegraph == pytest.approx((0.0413, 0.4541), abs=1e-3)
    assert numbers(load_device("fefet_selector_illustrative")).selector_p == pytest.approx(0.5, abs=0.01)


def test_a_device_with_one_illustrative_number_is_not_called_measured():
    assert provenance(load_device("pcm_nandakumar2019")) == "all measured"
    assert provenance(load_device("pcm_nandakumar2019", "read_noise.relative_sd=0.01")).endswith("1/17 user")
    assert provenance(load_device("rram_wan2022")) == "2/5 illustrative"
    assert provenance(load_device("rram_illustrative")) == "all illustrative"
    assert provenance(load_device("ideal")) == "definitions"
    for name in preset_paths():
        kinds = {source.provenance for source in load_device(name).sources.values()}
        assert ("illustrative" in kinds) == ("illustrative" in provenance(load_device(name)))


def test_stuck_cells_are_left_out_of_the_programming_figure():
    device = load_device("rram_switching_illustrative", "faults.stuck_any=0.5", "endurance.cycles=1e8")
    clean = without_failures(device)
    cells = clean.program(np.full(1000, 1e-4), Stream())
    assert isinstance(cells, Cells)
    assert clean.faults.yield_fraction == 1
    assert clean.endurance.failure_probability() == 0
    assert clean.wear == device.wear > 1


@pytest.mark.parametrize(("seconds", "text"), [(2e-7, "200 ns"), (1e-3, "1 ms"), (6.04e-5, "60 us"), (3.0, "3 s")])
def test_times_are_short(seconds, text):
    assert time_text(seconds) == text
