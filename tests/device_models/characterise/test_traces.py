"""Simulated reads follow the exact law."""

import numpy as np
import pytest

from device_models import load_device, preset_paths
from device_models.characterise.spectrum import simulated_spectrum
from device_models.characterise.traces import sampling_interval_s, traces


@pytest.mark.parametrize(
    "preset",
    [
        "rram_telegraph_illustrative",
        "rram_switching_illustrative",
        "ideal_blank_out",
        "fefet_selector_illustrative",
        pytest.param("pcm_nandakumar2019", marks=pytest.mark.slow),
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


@pytest.mark.parametrize("preset", [name for name in preset_paths() if load_device(name).telegraph is not None])
def test_example_traces_switch(preset):
    device = load_device(preset)
    seen = traces(device, reads=2000, repetitions=2).reads_s[0]  # lowest conductance: the largest steps
    middle = (seen.min() + seen.max()) / 2
    assert 20 < np.count_nonzero(np.diff(seen > middle)) < 1000
    assert sampling_interval_s(device) > 0
