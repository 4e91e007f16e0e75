"""Devices and cells that the tests of device laws share."""

import numpy as np

from device_models import Cells, Device, Stream

G_MIN_S, G_MAX_S = 1e-6, 1e-4


def device(g_min_s: float = G_MIN_S, g_max_s: float = G_MAX_S, levels: int | None = None, **parts) -> Device:
    return Device.model_validate({"conductance": {"g_min_s": g_min_s, "g_max_s": g_max_s, "levels": levels}, **parts})


def written(dev: Device, target_s: float, n: int = 400_000, *, cycle: int = 0, chip: int = 0) -> Cells:
    """n cells written towards one target."""
    return dev.program(np.full(n, target_s), Stream(chip=chip), cycle)


def cells_at(g_s: np.ndarray | float, n: int = 400_000, *, cycle: int = 0, chip: int = 0) -> Cells:
    """Cells of given conductances, without a programming."""
    return Cells(np.broadcast_to(np.asarray(g_s, dtype=float), (n,)).copy(), Stream(chip=chip), cycle)
