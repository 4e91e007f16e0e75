"""Every figure of every device is drawn, or there is a reason."""

import warnings
from functools import partial

import numpy as np
import pytest

from crossbar_nsm.report.figures.devices import reads
from crossbar_nsm.report.figures.devices.catalogue import FIGURES, save_figures
from crossbar_nsm.report.figures.devices.reasons import missing
from device_models import load_device, preset_paths
from device_models.characterise.spectrum import simulated_spectrum
from device_models.characterise.traces import quiet, traces
from device_models.errors import ConfigError

BETAS = {"fc1": np.linspace(0.9, 2.3, 40), "fc2": np.linspace(1, 2, 30)}


@pytest.fixture
def few_reads(monkeypatch):
    """Enough to draw; that reads follow their law is tested elsewhere."""
    monkeypatch.setattr(reads, "simulated_spectrum", partial(simulated_spectrum, cells=5, reads=4096))
    monkeypatch.setattr(reads, "traces", partial(traces, repetitions=3))


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
    """And progress is told while they are drawn, to the end."""
    device, steps = load_device("rram_telegraph_illustrative"), []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths, left_out = save_figures(device, tmp_path, BETAS, lambda _label: lambda *at: steps.append(at))
    assert {path.stem for path in paths} == {
        "programming_error",
        "read_noise",
        "read_traces",
        "spectrum",
        "noise_needed",
    }
    assert all(path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" for path in paths if path.suffix == ".png")
    assert left_out == {"drift": missing(device, "drift")}
    shares = [done / total for done, total, _note in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert {note for _, _, note in steps} >= {"read_traces", "spectrum"}
