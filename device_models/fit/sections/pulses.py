"""Staircases of identical pulses, and the noise of the reads after them."""

from __future__ import annotations

from collections.abc import Iterator

from device_models.fit.interval import Estimate
from device_models.fit.pulse_trains.fit import PulsesFit, StaircaseFit
from device_models.fit.sections.entry import REJECTED, Entry, fitted_to
from device_models.number_text import counted

SECTION = "programming.pulses"
WAYS = ("potentiation", "depression")


def pulses_entries(fit: PulsesFit) -> Iterator[Entry]:
    """Curvatures, count, direction and spreads."""
    source = fitted_to(fit.files, "reads after each pulse")
    for way in WAYS:
        stairs = fit.potentiation if way == "potentiation" else fit.depression
        key = f"{SECTION}.{way}.curvature"
        if stairs is None:
            yield Entry(key, 0.0, "1", "not measured: a straight line", "illustrative")
            continue
        value = max(stairs.curvature.value, 0.0) * fit.used.count / stairs.count
        fitted = stairs.curvature.value
        line = f"; {fitted:.3g} (accelerates), taken as a line" if fitted < 0 else ""
        text = f"{source}, {_interval(stairs.curvature)}, {_trains(stairs)}, curve p = {_p(stairs.curve_p)}{line}"
        yield Entry(key, min(value, 20.0), "1", text)
    yield Entry(f"{SECTION}.count", fit.used.count, "count", f"pulses of a train, {source}")
    yield Entry(f"{SECTION}.direction", fit.direction)
    yield Entry(f"{SECTION}.cycle_sd_pulses", fit.used.spread_pulses.value, "pulses", _spread(fit, source))
    yield _device(fit.used, source)


def pulses_read_noise_entries(fit: PulsesFit) -> Iterator[Entry]:
    """The same sd at every conductance; nothing where none was found."""
    sd = fit.used.read_sd_s
    if not sd.value > 0:
        return
    source = (
        f"{fitted_to(fit.files, 'reads after each pulse')}: white scatter beside the curve, the same at every level"
    )
    interval = f"95 % interval {sd.low / fit.g_max_s:.4g} to {sd.high / fit.g_max_s:.4g}, {_trains(fit.used)}"
    note = (
        "; a read after each pulse does not tell it from errors that the next pulse undoes; window of a read not known"
    )
    yield Entry("read_noise.law.name", "power_law")
    value = sd.value / fit.g_max_s
    yield Entry("read_noise.law.relative_sd_at_g_max", value, "fraction of G", f"{source}, {interval}{note}")
    yield Entry("read_noise.law.exponent", -1.0, "1", "the same sd at every conductance", "definition")


def _device(stairs: StaircaseFit, source: str) -> Entry:
    key, spread = f"{SECTION}.device_sd_pulses", stairs.device_pulses
    if spread is None:
        return Entry(key, 0.0, "pulses", "not measured (too few cells): taken as 0", "illustrative")
    text = f"{source}, {_interval(spread)}, in the middle of the range, n = {counted(stairs.cells, 'cell')}"
    return Entry(key, spread.value, "pulses", text)


def _spread(fit: PulsesFit, source: str) -> str:
    stairs = fit.used
    text = f"{source}, {_interval(stairs.spread_pulses)}, root mean square over the staircase"
    if stairs.kept:
        return f"{text}; in the measurement it grows with the root of the pulses"
    if stairs.memory_pulses is not None:
        held = f"{stairs.memory_pulses.value:.3g} pulses ({_interval(stairs.memory_pulses)})"
        return f"{text}; in the measurement it is forgotten within {held}, which slow noise of reads would be too"
    return f"{text}; none was found"


def _trains(stairs: StaircaseFit) -> str:
    return f"n = {counted(stairs.reads, 'read')} of {counted(len(stairs.trains_s), 'train')}"


def _interval(estimate: Estimate) -> str:
    return f"95 % interval {estimate.interval_text()}"


def _p(value: float) -> str:
    return f"{value:.2g}" + (" (rejected)" if value < REJECTED else "")
