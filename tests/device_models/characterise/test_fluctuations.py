"""Fluctuations are those of the laws."""

import numpy as np
import pytest

from device_models import load_device
from device_models.characterise.fluctuations import fluctuations


def test_fluctuations_of_telegraph_cells_are_those_of_their_traps():
    device = load_device("rram_telegraph_illustrative", "telegraph.spread_log_sd=0",
                         "telegraph.capture_time_s={min_s: 1e-3, max_s: 1e-3}",
                         "telegraph.emission_time_s={min_s: 1e-3, max_s: 1e-3}")  # fmt: skip
    low, high = fluctuations(device)["telegraph"]
    g = np.quantile(np.linspace(0.2e-6, 4e-6, 4000), [0.9, 0.1])
    d = device.telegraph.amplitude(g, np.ones((1, 2)))[0]
    assert [low, high] == pytest.approx(d * 0.5 / (1 - d / 2), rel=0.01)
