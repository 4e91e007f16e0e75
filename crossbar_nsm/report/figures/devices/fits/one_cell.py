"""One measured cell beside every law that was tried: levels, spectra, residuals and how normal they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import ndtri

from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, subplots
from device_models.checks.arguments import checked, instance_of
from device_models.fit.one_cell.trace_fit import Candidate, TraceFit
from device_models.number_text import quantity_text, time_unit

MOST_POINTS = 800  # of a trace that are drawn: of longer ones the range within each of as many parts
MOST_LAWS = 4  # that are drawn; the table has all
MOST_QUANTILES = 300
MEASURED, CHOSEN = LAYER_COLOURS[0], LAYER_COLOURS[1]
OTHERS = (LAYER_COLOURS[2], LAYER_COLOURS[3], LAYER_COLOURS[4])


@checked(fit=instance_of(TraceFit, of="a fitted trace, of FitResult.traces"))
def candidate_laws(fit: TraceFit) -> Figure:
    """The trace with the expected level by every law that was tried, its spectrum beside theirs, and of the chosen law
    the residuals over time and their quantiles beside those of a normal law."""
    laws = _drawn(fit)
    residuals = fit.g_s - fit.fitted_s
    with look():
        figure, ((trace, spectrum), (rest, quantiles)) = subplots(
            2, 2, figsize=(2 * COLUMN_INCH, 1.35 * COLUMN_INCH), width_ratios=(3, 2)
        )
        _overlay(trace, fit, laws)
        _spectra(spectrum, fit, laws)
        _residuals(rest, fit, residuals)
        _quantiles(quantiles, residuals)
        figure.suptitle(_title(fit), fontsize=9)
        handles, labels = (spectrum if spectrum.get_lines() else trace).get_legend_handles_labels()
        figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=2)
    return figure


def _drawn(fit: TraceFit) -> list[tuple[Candidate, str, str]]:
    """Laws with their colour and how their line looks: the chosen one, then the best of the others."""
    chosen = [law for law in fit.candidates if law.kind == fit.kind][:1]
    others = [law for law in fit.candidates if law.kind != fit.kind][: MOST_LAWS - len(chosen)]
    return [*((law, CHOSEN, "-") for law in chosen), *zip(others, OTHERS, ("--", "-.", ":"), strict=False)]


def _title(fit: TraceFit) -> str:
    name = f"Cell {fit.cell}: " if fit.cell else ""
    doubt = "; a part is explained by no law" if fit.unexplained else ""
    return f"{name}{fit.kind} at {quantity_text(fit.level_s.value, 'S', 3)}{doubt}"


def thinned(time: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is drawn of a long trace: lowest and highest value of each of MOST_POINTS / 2 parts, in turns."""
    parts = MOST_POINTS // 2
    size = len(values) // parts
    if size < 2:
        return time, values
    kept = values[: parts * size].reshape(parts, size)
    ends = np.column_stack([kept.min(axis=1), kept.max(axis=1)]).reshape(-1)
    return np.repeat(time[: parts * size : size], 2), ends


def _overlay(axes: Axes, fit: TraceFit, laws: Sequence[tuple[Candidate, str, str]]) -> None:
    time_s = fit.time_s - fit.time_s[0]
    unit, size = time_unit(time_s[-1])
    axes.plot(*thinned(time_s / size, 1e6 * fit.g_s), lw=0.5, color=MEASURED, alpha=0.7, label="measured")
    for law, colour, dashes in reversed(laws):
        level = 1e6 * law.fitted_s
        step = max(1, len(level) // MOST_POINTS)
        axes.plot(time_s[::step] / size, level[::step], color=colour, ls=dashes, lw=1.0, label=law.kind)
    axes.set(xlabel=f"time [{unit}]", ylabel="conductance [uS]", title="trace and expected level")


def _spectra(axes: Axes, fit: TraceFit, laws: Sequence[tuple[Candidate, str, str]]) -> None:
    if fit.spectrum is None or not len(fit.spectrum.frequency_hz):
        _nothing(axes, "no spectrum: too few\nsamples, or no interval")
        return
    frequency = fit.spectrum.frequency_hz
    axes.plot(frequency, fit.spectrum.measured, ".", ms=2.5, color=MEASURED, label="measured")
    for law, colour, dashes in reversed(laws):
        if len(law.density) == len(frequency):
            p = "" if law.spectrum_p is None else f", p = {law.spectrum_p:.1g}"
            axes.plot(frequency, law.density, color=colour, ls=dashes, lw=1.0, label=f"{law.kind}{p}")
    axes.set(xscale="log", yscale="log", xlabel="frequency [Hz]", ylabel="density [S^2/Hz]", title="spectrum")
    low, high = fit.spectrum.measured.min(), fit.spectrum.measured.max()
    axes.set_ylim(low / 3, high * 3)


def _residuals(axes: Axes, fit: TraceFit, residuals: np.ndarray) -> None:
    time_s = fit.time_s - fit.time_s[0]
    unit, size = time_unit(time_s[-1])
    axes.axhline(0, color=GREY, lw=0.6)
    axes.plot(*thinned(time_s / size, 1e6 * residuals), lw=0.5, color=MEASURED)
    axes.set(xlabel=f"time [{unit}]", ylabel="measured - expected [uS]", title="residuals of the chosen law")


def _quantiles(axes: Axes, residuals: np.ndarray) -> None:
    """Of the residuals over their sd, against those of a normal law."""
    sd = residuals.std()
    if not sd > 0:
        _nothing(axes, "no residuals")
        return
    probability = (np.arange(len(residuals)) + 0.5) / len(residuals)
    kept = np.unique(np.linspace(0, len(residuals) - 1, min(MOST_QUANTILES, len(residuals))).round().astype(int))
    kept = np.unique([*kept, *range(min(20, len(residuals))), *range(max(0, len(residuals) - 20), len(residuals))])
    normal = ndtri(probability[kept])
    limit = float(abs(normal).max()) * 1.05
    axes.plot([-limit, limit], [-limit, limit], color=CHOSEN, lw=0.8, label="normal law")
    axes.plot(normal, np.sort(residuals)[kept] / sd, ".", ms=2.5, color=MEASURED, label="residuals / sd")
    axes.set(xlabel="quantile of a normal law", ylabel="residual / sd", title="probability plot")
    axes.legend(loc="upper left")


def _nothing(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=GREY)
    axes.set_axis_off()
