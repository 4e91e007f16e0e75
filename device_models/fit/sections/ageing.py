"""What happens to conductances after programming: drift, relaxation, or what bakes did."""

from __future__ import annotations

import math
from collections.abc import Iterator

from device_models.fit.across_cells.bakes import BakesFit, bake_text
from device_models.fit.across_cells.drift import DriftFit
from device_models.fit.across_cells.relaxation import RelaxationFit
from device_models.fit.interval import Estimate
from device_models.fit.sections.entry import REJECTED, Entry, fitted_to, names, spread_entry, tested
from device_models.number_text import counted


def drift_entries(fit: DriftFit) -> Iterator[Entry]:
    """Mean and sd over cells of the exponent, either the same at every conductance."""
    files = [cell.file for cell in fit.cells]
    count = f"n = {counted(len(fit.cells), 'cell')}{tested(KS=fit.goodness_p)}"
    if fit.spread_p is not None:
        count += f"; of the spread at each time:{tested(KS=fit.spread_p).removeprefix(',')}"
    fitted = fitted_to(files, "reads over time")
    yield Entry("drift.reference_time_s", fit.reference_time_s, "s", f"earliest time in {names(files)}")
    mean = f"{fitted}, 95 % interval {fit.exponent_mean.interval_text()}, {count}"
    yield Entry("drift.exponent.mean.at_g_max", fit.exponent_mean.value, "1", mean)
    yield Entry("drift.exponent.mean.per_log_g", 0.0, "1", "not fitted: the same at every conductance", "illustrative")
    yield spread_entry("drift.exponent.sd.at_g_max", fit.exponent_sd, "1", fitted, count)
    yield Entry("drift.exponent.sd.per_log_g", 0.0, "1", "not fitted: the same at every conductance", "illustrative")


def relaxation_entries(fit: RelaxationFit) -> Iterator[Entry]:
    """A law of ln t, or a table of quantiles."""
    start, times = "from a read at 0 s" if fit.from_zero else "from the first read", len(fit.time_s) - fit.from_zero
    count = f"n = {counted(fit.samples, 'read')} of {counted(fit.cells, 'cell')} at {times} times, {start}"
    source, rank = (
        fitted_to(fit.files, "reads over time"),
        f"rank correlation of first and last time {fit.rank_correlation:.2f} (preset 1)",
    )
    if fit.table is not None:
        yield from _quantiles(fit, f"{source}, {count}", rank)
        return
    count += f"{tested(KS=fit.goodness_p)}; {rank}"
    from_s = float(fit.time_s[int(fit.from_zero)])
    for key in ("mean_per_ln_s", "sd_per_ln_s", "sd_at_1s_s"):
        value: Estimate | None = getattr(fit, key)
        if value is not None:
            interval = f"95 % interval {value.interval_text()}"
            yield Entry(f"relaxation.{key}", value.value, "S", f"{source}, {interval}, {count}")
    if fit.sd_at_1s_s is None and fit.sd_per_ln_s is not None:
        least_s = max(0.0, -fit.sd_per_ln_s.value * math.log(from_s))  # the sd at from_s is not negative
        told = "not measured, without a read at 0 s: the least that there can be"
        yield Entry("relaxation.sd_at_1s_s", least_s, "S", told, "illustrative")
    yield Entry("relaxation.from_s", from_s, "s", f"earliest time in {names(fit.files)}")


def _quantiles(fit: RelaxationFit, source: str, rank: str) -> Iterator[Entry]:
    table, section = fit.table, "relaxation.quantiles"
    assert table is not None
    p_values = [p for p in (fit.drift_p, fit.goodness_p) if p is not None]
    tests = ", ".join(f"{max(p, 1e-300):.1e}" for p in p_values)
    rejected = max(p_values) < REJECTED
    reason = f"a power law and a law of ln t are rejected (KS p = {tests})" if rejected else (
        f"the mean barely moves, and a law of ln t is no better (KS p of a power law and of ln t = {tests})"
    )  # fmt: skip
    held_out = "" if fit.held_out is None else (
        f"; a table of half of the cells gives the 5, 25, 50, 75, 95 % points of the other half within "
        f"{100 * fit.held_out:.2g} % of their spread"
    )  # fmt: skip
    yield Entry(f"{section}.time_s", table.time_s.tolist(), "s", f"times in {names(fit.files)}")
    points = f"medians of {len(table.conductance_s)} bins of like conductance, {source}"
    yield Entry(f"{section}.conductance_s", table.conductance_s.tolist(), "S", points)
    scores = table.normal_score.tolist()
    yield Entry(f"{section}.normal_score", scores, "1", "where quantiles are given", "definition")
    change = f"{source}; {reason}{held_out}; {rank}"
    yield Entry(f"{section}.change", table.change.tolist(), "change of ln G", change)


def bake_entries(fit: BakesFit) -> Iterator[Entry]:
    """Relaxation as a table whose times are those of bakes."""
    table, section = fit.table, "relaxation.quantiles"
    bakes = ", ".join(bake_text(*bake) for bake in zip(fit.temperature_k, fit.time_s, strict=True))
    source = f"measured at {bakes}: {fitted_to(fit.files, 'reads before and after bakes')}, n = {fit.cells} cells"
    yield Entry(f"{section}.time_s", table.time_s.tolist(), "s", f"times of bakes in {names(fit.files)}")
    yield Entry(f"{section}.temperature_k", fit.temperature_k.tolist(), "K", f"of bakes in {names(fit.files)}")
    points = f"medians of {len(table.conductance_s)} bins of like conductance before the bakes, {names(fit.files)}"
    yield Entry(f"{section}.conductance_s", table.conductance_s.tolist(), "S", points)
    scores = table.normal_score.tolist()
    yield Entry(f"{section}.normal_score", scores, "1", "where quantiles are given", "definition")
    held_out = (
        f"a table of half of the cells gives the 5, 25, 50, 75, 95 % points of the other half within "
        f"{100 * fit.held_out:.2g} % of their spread"
    )
    yield Entry(f"{section}.change", table.change.tolist(), "change of ln G", f"{source}; {held_out}")
    if fit.energy is None:
        told = "not measured: assumed; every bake is as it was measured whatever it is"
        yield Entry("relaxation.activation_energy_ev", fit.energy_ev, "eV", told, "illustrative")
        return
    interval = f"95 % interval {fit.energy.energy.interval_text()}{tested(chi2=fit.energy.p)}"
    yield Entry("relaxation.activation_energy_ev", fit.energy_ev, "eV", f"{source}, {interval}")
