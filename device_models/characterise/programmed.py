"""Simulated programming behind the figures of a device, beside the exact law that it must follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_models import Device, Stream
from device_models.parts.faults import Faults


@dataclass(frozen=True)
class Programmed:
    """target_s (targets); error_s (targets, cells): conductance minus target; attempts: mean number, None without
    write-verify. All [S]."""

    target_s: np.ndarray
    error_s: np.ndarray
    attempts: np.ndarray | None


def without_failures(device: Device) -> Device:
    """The same device without stuck and worn-out cells."""
    endurance = device.endurance
    worn = None if endurance is None else endurance.model_copy(update={"failure": None})
    return device.model_copy(update={"faults": Faults(), "endurance": worn})


def programmed(device: Device, targets: int = 15, cells: int = 20_000) -> Programmed:
    """Cells written towards evenly spaced targets, stuck ones left out."""
    conductance = device.conductance
    wanted = np.linspace(conductance.g_min_s, conductance.g_max_s, targets)
    target_s = np.unique(device.programming.nearest_level(wanted, conductance))
    written = without_failures(device).program(np.repeat(target_s[:, None], cells, axis=1), Stream())
    attempts = None if written.attempts is None else written.attempts.mean(axis=1)
    return Programmed(target_s, written.g_s - target_s[:, None], attempts)
