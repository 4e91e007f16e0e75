"""The table of a fit to measurements: every quantity with its 95 % interval and what was tested."""

from __future__ import annotations

from collections.abc import Iterator

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.fit.interval import Estimate
from device_models.fit.preset import FitResult

MOST_CELLS = 12


def fit_table(result: FitResult) -> TextTable:
    """One line per quantity."""
    columns = ["quantity", "value", "95 % interval", "unit", "goodness of fit"]
    caption = "95 % interval: of the fitted value; p: of measurements that differ more from the law than these do"
    return make_table(f"{result.name}: {', '.join(result.files)}", columns, list(_lines(result)), caption)


def _lines(result: FitResult) -> Iterator[list[str]]:
    yield ["range", f"{result.g_min_s:.4g} .. {result.g_max_s:.4g}", "", "S", "; ".join(dict.fromkeys(result.origins))]
    if result.programming is not None:
        fit = result.programming
        tests = f"KS p = {fit.goodness_p:.2g}"
        if fit.spread_p is not None:
            tests += f", chi-square p = {fit.spread_p:.2g}"
        yield _line("programming: mean error", fit.bias_s, f"{fit.pairs} pairs, {tests}")
        for power, coefficient in enumerate(fit.coefficients_s):
            yield _line(f"programming: sd, coefficient of G^{power}", coefficient)
        for g_s, sd in fit.sd_at.items():
            yield _line(f"programming: sd at {1e6 * g_s:.4g} uS", sd)
    for trace in result.traces[:MOST_CELLS]:
        name = f"cell {trace.cell}: " if trace.cell else ""
        yield _line(f"{name}level", trace.level_s, f"{trace.samples} samples, p = {trace.goodness_p:.2g}")
        if trace.telegraph is not None:
            two = trace.telegraph
            yield _line(f"{name}telegraph amplitude d", two.amplitude, f"{two.switches} switches")
            yield _line(f"{name}occupancy q", two.occupancy)
            yield _line(f"{name}capture time", two.capture_s)
            yield _line(f"{name}emission time", two.emission_s)
    if len(result.traces) > MOST_CELLS:
        yield [f"{len(result.traces) - MOST_CELLS} more cells: see --json", "", "", "", ""]
    if result.read_noise is not None:
        noise = result.read_noise
        tested = "" if noise.goodness_p is None else f", chi-square p = {noise.goodness_p:.2g}"
        yield _line("read noise sd(G)/G", noise.relative_sd, f"{noise.cells} cells{tested}")
        if noise.exponent is not None:
            yield _line("read noise: exponent", noise.exponent)
    if result.drift is not None:
        p = result.drift.goodness_p
        tested = f"{len(result.drift.cells)} cells" + ("" if p is None else f", KS p = {p:.2g}")
        yield _line("drift exponent, mean", result.drift.exponent_mean, tested)
        if result.drift.exponent_sd is not None:
            yield _line("drift exponent, sd over cells", result.drift.exponent_sd)


def _line(name: str, estimate: Estimate, test: str = "") -> list[str]:
    return [name, f"{estimate.value:.4g}", estimate.interval_text(".."), estimate.unit, test]
