"""Figures of a device's reads in time: traces, and their spectrum."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.devices.reasons import refuse
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, subplots
from device_models.catalogue import A_DEVICE, DeviceLike, load_device
from device_models.characterise.spectrum import simulated_spectrum
from device_models.characterise.traces import Step, Traces, quiet, traces
from device_models.checks.arguments import a_function, checked
from device_models.number_text import time_text, time_unit

COLOURS = dict(zip(("simulated", "telegraph", "1/f", "selector", "other", "fresh"), LAYER_COLOURS, strict=True))
NAMES = {"telegraph": "traps (Lorentzians)", "1/f": "1/f noise", "fresh": "fresh read noise"}
SWITCHING_READS = 500  # of a trace that switches, which are drawn; the others are in its histogram


@checked(device=A_DEVICE, step=a_function)
def read_traces(device: DeviceLike, step: Step = quiet) -> Figure:
    """2,000 reads of three cells (rows: low, middle and high conductance; of those that switch the first 500 are
    drawn), their histogram, and the autocorrelation over 200 repetitions with the exact law."""
    device = load_device(device)
    refuse(device, "read_traces")
    examples = traces(device, step=step)
    switches = device.telegraph is not None or device.selector is not None
    count = SWITCHING_READS if switches else examples.reads_s.shape[1]
    with look():
        figure, rows = subplots(
            3, 3, figsize=(2.2 * COLUMN_INCH, 1.5 * COLUMN_INCH), sharex="col",
            width_ratios=(2.6, 0.8, 1.4),
        )  # fmt: skip
        for row, panels in enumerate(reversed(rows)):
            _trace_row(panels, examples, row, count)
        figure.suptitle(
            f"{device.name}: reads every {time_text(examples.interval_s, 2)}, an hour after programming", fontsize=9
        )
        for axes, title in zip(rows[0], ("reads", "all 2,000", "autocorrelation"), strict=True):
            axes.set_title(title, fontsize=8)
        rows[2][0].set_xlabel(f"time ({time_unit(examples.interval_s * count)[0]})")
        rows[2][1].set_xticks([])
        rows[2][2].set_xlabel(f"time between reads ({time_unit(examples.interval_s * examples.lags[-1])[0]})")
        rows[0][2].legend(loc="best")
    return figure


def _trace_row(panels: np.ndarray, examples: Traces, row: int, count: int) -> None:
    trace, histogram, correlation = panels
    values, colour = 1e6 * examples.reads_s[row], LAYER_COLOURS[row]
    time = examples.interval_s * np.arange(count) / time_unit(examples.interval_s * count)[1]
    trace.plot(time, values[:count], color=colour, lw=0.5, drawstyle="steps-post")
    trace.set_ylabel(f"G (uS)\nset to {1e6 * examples.g_s[row]:.3g}")
    histogram.hist(values, bins=40, orientation="horizontal", color=colour, alpha=0.7)
    histogram.sharey(trace)
    histogram.tick_params(labelleft=False)
    histogram.grid(visible=False)
    _, scale = time_unit(examples.interval_s * examples.lags[-1])
    lag = examples.interval_s * examples.lags / scale
    correlation.axhline(0, color=GREY, lw=0.6)
    correlation.plot(lag, examples.exact[row], color="black", lw=1, label="law")
    correlation.plot(lag, examples.estimated[row], "o", ms=3, color=colour, mfc="none", label="simulated")
    correlation.set(xscale="log", ylim=(-0.1, 1.1))


@checked(device=A_DEVICE, step=a_function)
def spectrum(device: DeviceLike, step: Step = quiet) -> Figure:
    """Power spectral density of the reads of 300 cells at mid range over G^2, simulated and by the law, with the part
    of every effect."""
    device = load_device(device)
    refuse(device, "spectrum")
    spectra = simulated_spectrum(device, step=step)
    with look():
        figure, axes = subplots(figsize=(1.35 * COLUMN_INCH, COLUMN_INCH))
        points = _binned(spectra.frequency_hz, spectra.simulated)
        axes.plot(
            *points, "o", ms=3, color=COLOURS["simulated"], mfc="none", label=f"{spectra.cells} simulated cells (Welch)"
        )
        axes.plot(spectra.frequency_hz, spectra.exact, color="black", lw=1, label="law, as sampled")
        bottom = 0.2 * min(spectra.exact.min(), points[1].min())
        for name, part in spectra.parts.items():
            if part.max() > bottom:
                colour = COLOURS.get(name, COLOURS["other"])
                axes.plot(spectra.frequency_hz, part, color=colour, lw=1, ls="--", label=NAMES.get(name, name))
        axes.set(xscale="log", yscale="log", xlabel="frequency (Hz)", ylabel="S / G^2 (1/Hz)")
        axes.set_ylim(bottom, 4 * max(spectra.exact.max(), points[1].max()))
        axes.set_title(
            f"{device.name}: spectrum of reads at {1e6 * spectra.g_s:.3g} uS, every {time_text(spectra.interval_s, 2)}"
        )
        axes.legend(loc="lower left" if spectra.exact[0] > 10 * spectra.exact[-1] else "upper right")
    return figure


def _binned(frequency_hz: np.ndarray, density: np.ndarray, bins: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Means over bins of about even width in ln f."""
    edges = np.geomspace(frequency_hz[0], frequency_hz[-1] * 1.0001, bins + 1)
    bin_of = np.digitize(frequency_hz, edges)
    means = [(frequency_hz[bin_of == bin_].mean(), density[bin_of == bin_].mean()) for bin_ in np.unique(bin_of)]
    centre, mean = np.array(means).T
    return centre, mean
