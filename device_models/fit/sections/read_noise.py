"""Fresh noise of reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from device_models.fit.across_cells.read_noise import ReadNoiseFit
from device_models.fit.across_cells.read_noise_shape import NoiseShape
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.sections.entry import Entry, fitted_to, names, tested, traces_tested
from device_models.number_text import counted


def read_noise_entries(fit: ReadNoiseFit, traces: Sequence[TraceFit]) -> Iterator[Entry]:
    """Of one relative sd, of the law power_law {relative_sd_at_g_max, exponent}, or of a table; and of the shape."""
    files = [trace.file for trace in traces]
    count = f"n = {counted(fit.samples, 'sample')} of {counted(fit.cells, 'cell')}{tested(chi2=fit.goodness_p)}"
    count += traces_tested(traces)
    source = f"{fitted_to(files, 'reads')}, 95 % interval {fit.relative_sd.interval_text()}, {count}"
    if any(trace.telegraph is not None for trace in traces):
        source += "; one sd for all states of a trap, over the level without it captured"
    if fit.table is not None:
        yield Entry("read_noise.law.name", "table")
        yield Entry("read_noise.law.conductance_s", fit.table.conductance_s.tolist(), "S", f"cells of {names(files)}")
        errors = ", ".join(f"{100 * error:.2g} %" for error in fit.table.log_se)
        yield Entry(
            "read_noise.law.read_sd_s",
            fit.table.value.tolist(),
            "S",
            f"{fitted_to(files, 'reads')}, se {errors}, {count}",
        )
    elif fit.exponent is None:
        yield Entry("read_noise.relative_sd", fit.relative_sd.value, "fraction of G", source)
    else:
        yield Entry("read_noise.law.name", "power_law")
        yield Entry("read_noise.law.relative_sd_at_g_max", fit.relative_sd.value, "fraction of G", source)
        slope = f"{fitted_to(files, 'reads')}, 95 % interval {fit.exponent.interval_text()}, {count}"
        yield Entry("read_noise.law.exponent", float(np.clip(fit.exponent.value, -1, 1)), "1", slope)
    if fit.shape is not None:
        yield from _shape(fit.shape, fitted_to(files, "reads"))
    yield Entry("read_noise.interval_s", fit.interval_s, "s", f"median interval of the traces in {names(files)}")


def _shape(shape: NoiseShape, fitted: str) -> Iterator[Entry]:
    """Normal noise is what a preset has without."""
    about = (
        f"{fitted}, what is left beside the levels, n = {counted(shape.samples, 'sample')}, excess kurtosis "
        f"{shape.excess_kurtosis:.2g}, KS p of normal {shape.normal_p:.2g}, of Laplace {shape.laplace_p:.2g}"
    )
    if shape.name == "laplace":
        yield Entry("read_noise.shape", "laplace", "name of a law", about)
    elif shape.name == "quantiles":
        section = "read_noise.shape.quantiles"
        scores = shape.normal_score.tolist()
        yield Entry(f"{section}.normal_score", scores, "1", "where quantiles are given", "definition")
        yield Entry(f"{section}.value", shape.value.tolist(), "sd", about)
