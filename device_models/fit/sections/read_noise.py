"""Fresh noise of reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from device_models.fit.across_cells.read_noise import ReadNoiseFit
from device_models.fit.one_cell.levels import TraceFit
from device_models.fit.sections.entry import Entry, fitted_to, names, tested, traces_tested
from device_models.number_text import counted


def read_noise_entries(fit: ReadNoiseFit, traces: Sequence[TraceFit]) -> Iterator[Entry]:
    """Of one relative sd, or of the law power_law {relative_sd_at_g_max, exponent}."""
    files = [trace.file for trace in traces]
    count = f"n = {counted(fit.samples, 'sample')} of {counted(fit.cells, 'cell')}{tested(chi2=fit.goodness_p)}"
    count += traces_tested(traces)
    source = f"{fitted_to(files)}, 95 % interval {fit.relative_sd.interval_text()}, {count}"
    if any(trace.telegraph is not None for trace in traces):
        source += "; one sd for all states of a trap, over the level without it captured"
    if fit.exponent is None:
        yield Entry("read_noise.relative_sd", fit.relative_sd.value, "fraction of G", source)
    else:
        yield Entry("read_noise.law.name", "power_law")
        yield Entry("read_noise.law.relative_sd_at_g_max", fit.relative_sd.value, "fraction of G", source)
        slope = f"{fitted_to(files)}, 95 % interval {fit.exponent.interval_text()}, {count}"
        yield Entry("read_noise.law.exponent", float(np.clip(fit.exponent.value, -1, 1)), "1", slope)
    yield Entry("read_noise.interval_s", fit.interval_s, "s", f"median interval of the traces in {names(files)}")
