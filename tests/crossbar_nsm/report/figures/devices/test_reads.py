"""The figure of a spectrum."""

from functools import partial

import pytest

from crossbar_nsm.report.figures.devices import reads
from crossbar_nsm.report.figures.devices.reads import spectrum
from device_models import load_device
from device_models.characterise.spectrum import simulated_spectrum
from device_models.errors import ConfigError


def test_spectrum_figure_holds_simulated_points_and_law(monkeypatch):
    monkeypatch.setattr(reads, "simulated_spectrum", partial(simulated_spectrum, reads=4096))
    axes = spectrum(load_device("rram_telegraph_illustrative")).axes[0]
    labels = [entry.get_label() for entry in axes.lines]
    assert labels[:3] == ["300 simulated cells (Welch)", "law, as sampled", "traps (Lorentzians)"]
    with pytest.raises(ConfigError, match="successive reads are independent"):
        spectrum(load_device("rram_illustrative"))
