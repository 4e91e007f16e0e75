"""What happens to conductances after programming: drift or relaxation."""

from __future__ import annotations

from collections.abc import Iterator

from device_models.fit.across_cells.drift import DriftFit
from device_models.fit.sections.entry import Entry, fitted_to, names, spread_entry, tested
from device_models.number_text import counted


def drift_entries(fit: DriftFit) -> Iterator[Entry]:
    """Mean and sd over cells of the exponent, either the same at every conductance."""
    files = [cell.file for cell in fit.cells]
    count = f"n = {counted(len(fit.cells), 'cell')}{tested(KS=fit.goodness_p)}"
    fitted = fitted_to(files)
    yield Entry("drift.reference_time_s", fit.reference_time_s, "s", f"earliest time in {names(files)}")
    mean = f"{fitted}, 95 % interval {fit.exponent_mean.interval_text()}, {count}"
    yield Entry("drift.exponent.mean.at_g_max", fit.exponent_mean.value, "1", mean)
    yield Entry("drift.exponent.mean.per_log_g", 0.0, "1", "not fitted: the same at every conductance", "illustrative")
    yield spread_entry("drift.exponent.sd.at_g_max", fit.exponent_sd, "1", fitted, count)
    yield Entry("drift.exponent.sd.per_log_g", 0.0, "1", "not fitted: the same at every conductance", "illustrative")
