"""Every figure of a device by name, those that it does not have with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.devices.laws import drift, programming_error, read_noise
from crossbar_nsm.report.figures.devices.reads import read_traces, spectrum
from crossbar_nsm.report.figures.devices.reasons import missing
from crossbar_nsm.report.figures.noise import noise_needed
from crossbar_nsm.report.figures.style import save_figure
from device_models import Device
from device_models.characterise.traces import Step

FIGURES: dict[str, Callable[[Device, Step], Figure]] = {
    "programming_error": programming_error,
    "read_noise": read_noise,
    "read_traces": read_traces,
    "spectrum": spectrum,
    "drift": drift,
}


def save_figures(
    device: Device,
    folder: str | Path,
    betas: Mapping[str, np.ndarray] | None = None,
    progress: Callable[[str], Callable[[int, int, str], None]] = lambda _label: lambda _done, _total, _note: None,
) -> tuple[list[Path], dict[str, str]]:
    """Every figure that the device has, as PNG, SVG and PDF in `folder`, with `betas` that of `noise_needed` too.
    Returns the paths, and for the figures that it does not have the reason."""
    paths, left_out = [], {}
    bar = progress("figures")
    for index, (name, draw) in enumerate(FIGURES.items()):
        reason = missing(device, name)
        if reason is not None:
            left_out[name] = reason
            continue

        def step(done: int, total: int, index: int = index, name: str = name) -> None:
            bar(100 * index + 100 * done // total, 100 * len(FIGURES), name)

        step(0, 1)
        paths += save_figure(draw(device, step), folder, name)
    bar(1, 1, "")
    if betas is not None:
        paths += save_figure(noise_needed(device, betas), folder, "noise_needed")
    return paths, left_out
