"""Programming errors of cells that took their target, and the cells that did not."""

from __future__ import annotations

from collections.abc import Iterator

from device_models.fit.across_cells.failed_cells import PLACES
from device_models.fit.across_cells.programming import ProgrammingFit
from device_models.fit.across_cells.programming_spread import PolynomialSpread, TableSpread
from device_models.fit.sections.entry import Entry, fitted_to, names, tested
from device_models.number_text import counted

STUCK = {"low": "stuck_off", "high": "stuck_on", "any": "stuck_any", "missed": "stuck_any"}


def programming_entries(fit: ProgrammingFit) -> Iterator[Entry]:
    """Of one of the laws error_polynomial_s, table, quantile_table."""
    good = f"n = {counted(fit.pairs, 'pair')}"
    if fit.failed.count:
        good += f", {fit.failed.count} failed cells apart"
    good += tested(KS=None if fit.law == "quantile_table" else fit.goodness_p, chi2=fit.spread_p)
    source = fitted_to(fit.files, "programmed cells")
    if fit.shape is not None:
        yield from _quantile_table(fit, f"{source}, {good}")
    elif isinstance(fit.spread, PolynomialSpread):
        section = "programming.error_polynomial_s"
        intervals = "; ".join(c.interval_text() for c in fit.coefficients_s)
        coefficients = [c.value for c in fit.coefficients_s]
        text = f"{source}, 95 % intervals {intervals}, {good}"
        yield Entry(f"{section}.coefficients", coefficients, "S^(1-k) for power k", text)
        yield Entry(f"{section}.valid_s", list(fit.valid_s), "S", f"range of the targets in {names(fit.files)}")
    else:
        yield from _table(fit, f"{source}, {good}")


def _table(fit: ProgrammingFit, source: str) -> Iterator[Entry]:
    points = _points(fit)
    sds = [fit.sd_interval(point) for point in points]
    yield Entry("programming.law.name", "table")
    yield Entry("programming.law.target_s", points, "S", f"quantiles of the targets in {names(fit.files)}")
    intervals = "; ".join(sd.interval_text() for sd in sds)
    yield Entry("programming.law.sd_s", [sd.value for sd in sds], "S", f"{source}, 95 % intervals {intervals}")


def _quantile_table(fit: ProgrammingFit, source: str) -> Iterator[Entry]:
    assert fit.shape is not None
    shape, low, high = fit.shape, *fit.valid_s
    ends = " and ".join(f"{fit.sd_interval(g).interval_text()} at {g:.4g} S" for g in (low, high))
    normal = "normal" if len(shape.normal_score) == 3 else "quantiles of all standardised errors"
    text = f"{source}; mean and sd against target, 95 % intervals of the sd {ends}; shape {normal}"
    yield Entry("programming.law.name", "quantile_table")
    yield Entry("programming.law.target_s", _points(fit), "S", f"quantiles of the targets in {names(fit.files)}")
    scores = [float(z) for z in shape.normal_score]
    yield Entry("programming.law.normal_score", scores, "1", "where quantiles are given", "definition")
    yield Entry("programming.law.error_s", [[float(e) for e in row] for row in shape.error_s], "S", text)


def _points(fit: ProgrammingFit) -> list[float]:
    if fit.shape is not None:
        return [float(point) for point in fit.shape.points_s]
    return [float(point) for point in fit.spread.points_s] if isinstance(fit.spread, TableSpread) else []


def fault_entries(fit: ProgrammingFit) -> Iterator[Entry]:
    """Shares of cells that did not take their target, by where they stay."""
    for key in ("stuck_on", "stuck_off", "stuck_any"):
        kinds = {kind: share for kind, share in fit.failed.shares.items() if STUCK[kind] == key}
        if not kinds:
            continue
        where = "; ".join(f"{PLACES[kind]}: 95 % interval {share.interval_text()}" for kind, share in kinds.items())
        where += "; the preset has them anywhere" if "missed" in kinds else ""
        source = f"{fitted_to(fit.files, 'programmed cells')}: {where}, n = {counted(fit.pairs, 'cell')}"
        yield Entry(f"faults.{key}", sum(share.value for share in kinds.values()), "fraction of cells", source)
