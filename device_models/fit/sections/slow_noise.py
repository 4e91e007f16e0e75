"""Slow noise: section `flicker`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from device_models.fit.across_cells.slow_noise import SlowNoiseFit
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.sections.entry import Entry, fitted_to, names, spread_entry, tested
from device_models.number_text import counted, time_text

LONGEST_READ_S = 10.0  # of the key flicker.read_time_s


def flicker_entries(fit: SlowNoiseFit, traces: Sequence[TraceFit]) -> Iterator[Entry]:
    """Amplitude at 1 Hz against conductance, spectral exponent, spread over cells, and the range of times."""
    slow = [trace for trace in traces if trace.slow is not None or trace.trend is not None]
    files = [trace.file for trace in slow]
    fitted, count = (
        fitted_to(files, "reads"),
        f"n = {counted(fit.cells, 'cell')} of {len(traces)}{tested(chi2=fit.goodness_p)}",
    )
    if fit.unexplained:
        count += f"; in {fit.unexplained} of them no law fits: level of the spectrum"
    if fit.wandering:
        count += f"; in {fit.wandering} of them with the variance of trends"
    if fit.table is not None:
        points = fit.table
        yield Entry("flicker.table.conductance_s", points.conductance_s.tolist(), "S", f"cells of {names(files)}")
        yield Entry("flicker.table.amplitude_s", points.value.tolist(), "S", f"{fitted}, A at 1 Hz, {count}")
    else:
        interval = fit.coefficient.interval_text()
        source = f"{fitted}, A at 1 Hz, 95 % interval {interval}, {count}"
        yield Entry("flicker.relative.coefficient", fit.coefficient.value, "fraction of G", source)
        if fit.exponent is not None:
            text = f"{fitted}, 95 % interval {fit.exponent.interval_text()}, {count}"
            yield Entry("flicker.relative.exponent", min(3.0, max(-3.0, fit.exponent.value)), "1", text)
    gamma = f"{fitted}, 95 % interval {fit.spectral_exponent.interval_text()}, {count}"
    if fit.exponent_sd is not None:
        gamma += f"; sd over cells {fit.exponent_sd.value:.2g}"
    yield Entry("flicker.spectral_exponent", fit.spectral_exponent.value, "1", gamma)
    yield spread_entry("flicker.spread_log_sd", fit.spread, "sd of ln A", fitted, count)
    read_time, longer = f"median interval of the traces in {names(files)}", ""
    if fit.interval_s > LONGEST_READ_S:
        longer = f"the longest that a device has; {read_time}: {time_text(fit.interval_s)}"
    yield Entry("flicker.read_time_s", min(fit.interval_s, LONGEST_READ_S), "s", longer or read_time)
    longest = f"ten times the longest trace in {names(files)}, {fit.longest_s:.3g} s; slower noise was not measured"
    yield Entry("flicker.slowest_s", max(fit.slowest_s, 100 * fit.interval_s), "s", longest)
