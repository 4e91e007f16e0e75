"""How much a cell's reads fluctuate, by effect: what a device has of the noise that a network needs."""

from __future__ import annotations

import numpy as np

from device_models import Cells, Device, Stream
from device_models.characterise.numbers import AGES_S, grid_s, read_noise, selector_moments


def fluctuations(device: Device, cells: int = 4000) -> dict[str, tuple[float, float]]:
    """Lowest and highest sd/mean of a cell's reads by effect, over the range of conductance; of slow noise that does
    not grow (telegraph noise) the 10th and 90th percentile over cells. Effects that the device does not have are left
    out."""
    g_s, found = grid_s(device), {}
    fresh = read_noise(device, g_s)
    if fresh.any():
        found["read noise"] = fresh
    evenly = np.linspace(g_s[0], g_s[-1], cells)
    slow = device.read_law(Cells(evenly, Stream())).slow if device.slow_noise else {}
    for name, part in device.slow_noise.items():
        if part.ages:
            sds = {age: part.sd_s(g_s, AGES_S[age], device.conductance) for age in ("1 s", "1 day")}
            found |= {f"{slow[name].short}, {age}": sd_s / g_s for age, sd_s in sds.items()}
        else:
            found[slow[name].short] = np.percentile(slow[name].relative_sd(evenly), [10, 90])
    if device.selector is not None:
        found["selector"] = selector_moments(device, g_s)[1]
    return {name: (float(values.min()), float(values.max())) for name, values in found.items()}
