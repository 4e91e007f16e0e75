"""Staircases of pulses: as measured with the fitted curve, and the twin beside them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from device_models.checks.arguments import checked, instance_of
from device_models.fit.pulse_trains.fit import PulsesFit
from device_models.fit.twins.pulses import PulsesPair

MEASURED, OTHER = LAYER_COLOURS[0], LAYER_COLOURS[1]
MOST_DRAWN = 20  # trains


@checked(fit=instance_of(PulsesFit, of="a fit of pulses, FitResult.pulses"))
def fitted_pulses(fit: PulsesFit) -> Figure:
    """Conductance after every pulse of each direction, with the fitted curve."""
    with look():
        count = len(fit.staircases)
        figure, panels = subplots(
            1, count, figsize=(COLUMN_INCH * count, 0.8 * COLUMN_INCH), squeeze=False, sharey=True
        )
        for axes, stairs in zip(panels[0], fit.staircases, strict=True):
            for number, train in enumerate(stairs.trains_s[:MOST_DRAWN]):
                label = "measured" if number == 0 else None
                pulse = np.arange(1, len(train) + 1)
                axes.plot(pulse, 1e6 * train, ".", ms=2, alpha=0.4, color=MEASURED, label=label)
            axes.plot(np.arange(1, stairs.count + 1), 1e6 * stairs.fitted_s, color=OTHER, lw=1.4, label="fitted curve")
            curvature = stairs.curvature
            title = f"{stairs.direction}: curvature {curvature.value:.2g} ({curvature.interval_text()})"
            axes.set(xlabel="pulse", title=title)
        panels[0][0].set_ylabel("conductance [uS]")
        panels[0][0].legend(loc="best")
    return figure


@checked(pair=instance_of(PulsesPair, of="the pulses of a twin, Twin.pulses"))
def twin_pulses(pair: PulsesPair) -> Figure:
    """Conductance after every pulse as measured, and of one twin of each train, with the central 95 % of the twins."""
    with look():
        figure, (left, right) = subplots(1, 2, figsize=(2 * COLUMN_INCH, 0.8 * COLUMN_INCH), sharey=True)
        low, high = pair.range_s
        drawn = ((left, pair.measured_s, MEASURED, "measured"), (right, pair.twin_s, OTHER, "twin"))
        for axes, trains, colour, title in drawn:
            for train in trains[:MOST_DRAWN]:
                axes.plot(pair.pulse, 1e6 * train, ".", ms=2, alpha=0.4, color=colour)
            axes.fill_between(
                pair.pulse, 1e6 * low, 1e6 * high, color=OTHER, alpha=0.2, lw=0, label="95 % of the twins"
            )
            axes.plot(pair.pulse, 1e6 * pair.middle_s, color=OTHER, lw=1, label="twins, median")
            axes.set(xlabel=f"pulse ({pair.direction})", title=title)
        left.set_ylabel("conductance [uS]")
        left.legend(loc="best")
    return figure
