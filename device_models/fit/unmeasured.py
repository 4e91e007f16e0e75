"""What measurements leave open, and what their preset has there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from device_models.fit.across_cells.bakes import BakesFit
from device_models.fit.across_cells.read_noise import ReadNoiseFit
from device_models.number_text import quantity_text, time_text
from device_models.parts.read_noise import ReadConditions

FAR = 10.0  # times outside the range of the targets, times the window
SIMULATED_WINDOW_S = ReadConditions().window_s


def not_measured(
    *,
    programming: bool,
    g_min: bool,
    reads: ReadNoiseFit | None,
    drift: bool,
    bakes: BakesFit | None,
    read_after_pulses: bool = False,
) -> Iterator[str]:
    """What was not measured, of what was (True), and what the preset has in its place."""
    if not programming:
        yield "programming error (cells are written exactly)"
    if not g_min:
        yield "g_min (0 S)"
    if reads is None and read_after_pulses:
        yield "slow noise and traps (there are none)"
    elif reads is None:
        yield "read noise and traps (every read is the same)"
    if not drift and bakes is None:
        yield "drift (conductances stay)"
    if not drift and bakes is not None:
        coolest = f"{float(bakes.temperature_k.min()) - 273.15:.4g} C"
        energy = f"{bakes.energy_ev:.3g} eV" + (", assumed," if bakes.energy is None else "")
        yield f"what cells do below {coolest} (conductances stay until {energy} says that a time does what a bake did)"

    if reads is not None and not_of_the_simulated_window(reads):
        apart, window = time_text(reads.interval_s), time_text(SIMULATED_WINDOW_S)
        yield (
            f"the window of reads {apart} apart (their sd is taken for any, {window} too; set read_noise.window_s if "
            "you know it)"
        )


def not_of_the_simulated_window(reads: ReadNoiseFit) -> bool:
    """Whether reads are so far apart that theirs were probably other windows than the simulated ones."""
    return reads.interval_s > FAR * SIMULATED_WINDOW_S


def reads_outside_targets(target_s: np.ndarray, levels_s: np.ndarray) -> list[str]:
    """A question where cells were read [S] at conductances that nothing was programmed to [S]."""
    low, high, middle = float(target_s.min()), float(target_s.max()), float(np.median(levels_s))
    if low / FAR <= middle <= high * FAR:
        return []
    targets = f"{quantity_text(low, 'S')} to {quantity_text(high, 'S')}"
    return [
        f"reads are around {quantity_text(middle, 'S')}, far outside the targets, {targets}, which are the range of "
        "the preset: is a unit wrong in one of the headers?"
    ]
