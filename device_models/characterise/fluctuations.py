"""How much a cell's reads fluctuate, by effect: what a device has of the noise that a network needs."""

from __future__ import annotations

import numpy as np

from device_models import Cells, Device, Stream
from device_models.characterise.numbers import AGES_S, flicker, grid_s, read_noise, selector_moments


def fluctuations(device: Device, cells: int = 4000) -> dict[str, tuple[float, float]]:
    """Lowest and highest sd/mean of a cell's reads by effect, over the range of conductance; of telegraph noise the
    10th and 90th percentile over cells. Effects that the device does not have are left out."""
    g_s, found = grid_s(device), {}
    fresh = read_noise(device, g_s)
    if fresh.any():
        found["read noise"] = fresh
    if device.telegraph is not None:
        evenly = np.linspace(g_s[0], g_s[-1], cells)
        traps = device.read_law(Cells(evenly, Stream())).traps
        assert traps is not None
        relative = np.sqrt(traps.factor_covariance(0.0, 0.0)) / traps.mean_factor()
        found["telegraph"] = np.percentile(relative, [10, 90])
    for name in ("1 s", "1 day"):
        grown = flicker(device, g_s, AGES_S[name])
        if grown is not None:
            found[f"1/f, {name}"] = grown
    if device.selector is not None:
        found["selector"] = selector_moments(device, g_s)[1]
    return {name: (float(values.min()), float(values.max())) for name, values in found.items()}
