"""Simulated cells over time follow the laws."""

import numpy as np
import pytest

from device_models import load_device
from device_models.characterise.ageing import ageing


def test_the_lighter_band_is_the_published_flicker():
    device = load_device("fefet_illustrative")
    aged = ageing(device, cells=20_000)
    assert aged.wandering_s is not None
    half = (aged.wandering_s[1] - aged.wandering_s[0]) / 2
    expected = [1.2816 * device.flicker.sd_s(aged.median_s[:, k], age, device.conductance)
                for k, age in enumerate(aged.age_s)]  # fmt: skip
    assert half == pytest.approx(np.array(expected).T, rel=0.05)
    assert aged.band_s[0] == pytest.approx(aged.median_s)  # retention is the same for all cells
