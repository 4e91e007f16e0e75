"""From measurement files to a device preset.

Pairs give the programming error, reads at a common interval read noise and telegraph noise, times over decades drift or
relaxation, reads before and after bakes relaxation at temperatures; a trace may give both (`kinds`), its noise once the
drift is taken off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import yaml

from device_models.catalogue import load_device
from device_models.device import Device
from device_models.errors import ConfigError, explained_by
from device_models.files.frames import frame
from device_models.files.signs import sealed, sign
from device_models.files.writing import check_output, write_text
from device_models.fit.across_cells.ageing import Ageing, fit_ageing
from device_models.fit.across_cells.bakes import BakesFit, fit_bakes
from device_models.fit.across_cells.drift import DriftFit
from device_models.fit.across_cells.jumps import JumpsFit, fit_jumps
from device_models.fit.across_cells.programming import ProgrammingFit, fit_programming
from device_models.fit.across_cells.read_noise import ReadNoiseFit, fit_read_noise
from device_models.fit.across_cells.relaxation import RelaxationFit
from device_models.fit.across_cells.slow_noise import SlowNoiseFit, fit_slow_noise
from device_models.fit.across_cells.traps import TrapsFit, fit_traps
from device_models.fit.doubts import all_doubts
from device_models.fit.interval import plain
from device_models.fit.kinds import Kind, plan, trending, ways_of_reading
from device_models.fit.measurements.layout import Cells, Columns
from device_models.fit.measurements.table import Measurements, Trace, read_files
from device_models.fit.one_cell.levels import fit_trace
from device_models.fit.one_cell.trace_fit import TraceFit
from device_models.fit.pulse_trains.fit import PulsesFit, fit_pulses
from device_models.fit.sections.ageing import bake_entries, drift_entries, relaxation_entries
from device_models.fit.sections.conductance import conductance_entries
from device_models.fit.sections.description import described
from device_models.fit.sections.entry import NO_RANGE, NOT_MEASURED, document, names
from device_models.fit.sections.programming import fault_entries, programming_entries
from device_models.fit.sections.pulses import pulses_entries, pulses_read_noise_entries
from device_models.fit.sections.read_noise import read_noise_entries
from device_models.fit.sections.slow_noise import flicker_entries
from device_models.fit.sections.telegraph import jump_entries, telegraph_entries
from device_models.fit.unmeasured import not_measured, not_of_the_simulated_window, reads_outside_targets
from device_models.numerics import usual_numerics
from device_models.shown import from_notebook, shown

if TYPE_CHECKING:
    import polars

KIND = "preset"

ROUNDING = 1e-12
WILD = 0.5  # sd of a trace over its level, from which on reads that make no device may be of several states


@shown
@dataclass(frozen=True)
class FitResult:
    """Everything that was fitted; a part is None (traces: empty) when nothing of its kind was measured.

    g_min_s, g_max_s: the range of the preset; `origins` says where either end comes from. notes: of the files.
    understood: what the files were taken for; assumed: how the traces were read, one line for each way. traces: of each
    cell; read_noise, slow_noise, traps, jumps: of all cells together. drift, relaxation: what cells do after
    programming, one of the two; bakes: what they do at temperatures, in the preset where there is neither. pulses:
    staircases of pulses, in place of programming.
    """

    name: str
    family: str
    files: tuple[str, ...]
    g_min_s: float
    g_max_s: float
    levels: int | None
    origins: tuple[str, str]
    programming: ProgrammingFit | None
    traces: tuple[TraceFit, ...]
    read_noise: ReadNoiseFit | None
    drift: DriftFit | None
    notes: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    relaxation: RelaxationFit | None = None
    slow_noise: SlowNoiseFit | None = None
    traps: TrapsFit | None = None
    jumps: JumpsFit | None = None
    bakes: BakesFit | None = None
    pulses: PulsesFit | None = None

    def table(self) -> polars.DataFrame:
        """One row per quantity of all cells, with its 95 % interval and what was tested."""
        return frame(from_notebook("rows_of")(self))

    @property
    def not_measured(self) -> tuple[str, ...]:
        """What no file tells, each with what the preset has in its place."""
        return tuple(
            not_measured(
                programming=self.programming is not None or self.pulses is not None,
                g_min=self.origins[0] != NOT_MEASURED,
                reads=self.read_noise,
                read_after_pulses=self.pulses is not None and self.pulses.used.read_sd_s.value > 0,
                drift=self.drift is not None or self.relaxation is not None,
                bakes=self.bakes,
            )
        )

    @property
    def warnings(self) -> list[str]:
        """What a user should know before relying on the numbers, one line each."""
        reads, flattered = self.read_noise, self.programming is None or self.read_noise is None
        told = flattered or (reads is not None and not_of_the_simulated_window(reads))
        return [*([f"not measured: {', '.join(self.not_measured)}"] if told else []), *self._doubts]

    @property
    def _doubts(self) -> list[str]:
        parts = (
            self.programming,
            *self.traces,
            self.read_noise,
            self.slow_noise,
            self.traps,
            self.jumps,
            self.drift,
            self.relaxation,
            self.bakes,
            self.pulses,
        )
        of_parts = (part.warnings for part in parts if part is not None)
        return all_doubts(self.notes, of_parts, self.programming, self.drift, self.read_noise is not None)

    def preset(self) -> dict[str, Any]:
        """The device file as plain data: a source for every number; its description has what was not measured, and the
        warnings."""
        description = described(self.files, self.not_measured, self._doubts)
        head = {"name": self.name, "family": self.family, "description": description}
        entries = list(conductance_entries(self.g_min_s, self.g_max_s, self.levels, self.origins))
        if self.programming:
            entries += [*programming_entries(self.programming), *fault_entries(self.programming)]
        if self.pulses:
            entries += pulses_entries(self.pulses)
            entries += pulses_read_noise_entries(self.pulses) if self.read_noise is None else []
        if self.read_noise:
            entries += read_noise_entries(self.read_noise, self.traces)
        if self.slow_noise:
            entries += flicker_entries(self.slow_noise, self.traces)
        if self.traps:
            entries += telegraph_entries(self.traps, self.traces)
        if self.jumps:
            entries += jump_entries(self.jumps, self.traces, "telegraph.jumps" if self.traps else "telegraph")
        if self.drift:
            entries += drift_entries(self.drift)
        if self.relaxation:
            entries += relaxation_entries(self.relaxation)
        if self.bakes and not (self.drift or self.relaxation):
            entries += bake_entries(self.bakes)
        return document(head, entries)

    def as_dict(self) -> dict[str, Any]:
        """Estimates, intervals, goodness of fit and warnings as plain data (no measurements), for JSON."""
        return {**plain(self), "not_measured": list(self.not_measured), "warnings": self.warnings}


@explained_by("fit_measurements")
@usual_numerics()
def fit_files(
    paths: Sequence[str | Path] | Measurements,
    *,
    name: str = "fitted",
    family: str = "rram",
    g_min_s: float | None = None,
    g_max_s: float | None = None,
    levels: int | None = None,
    degree: int | None = None,
    kind: Kind = "auto",
    columns: Columns | None = None,
    interval_s: float | None = None,
    read_voltage_v: float | None = None,
    cells: Cells = "auto",
    range_s: tuple[float, float] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> FitResult:
    """Fit all that the files hold, or the measurements that `read_files` has read of them.

    g_min_s, g_max_s: range of the preset [S]; by default the range of the targets or, of traces alone, 0 to the largest
    level. degree: of the error polynomial, by BIC when None. kind: what traces are, `reads` (noise), `retention`
    (drift), `both`, or what they hold (`auto`, see `kinds`); `pulses`: files are pulse responses. columns, interval_s,
    read_voltage_v, cells, range_s: how files are read that do not say it, as in `read_files`. `progress(done, total)`
    counts traces. Raises ConfigError for files that cannot be used.
    """
    said = {"columns": columns, "interval_s": interval_s, "read_voltage_v": read_voltage_v, "cells": cells}
    measured = _measurements(paths, **said, kind=kind, range_s=range_s)
    pulses = fit_pulses(measured.pulses, measured.range_s) if measured.pulses else None
    programming = fit_programming(measured.pairs, degree) if measured.pairs else None
    found = _of_traces(measured.traces, kind, progress)
    traces, ageing = found.traces, found.ageing
    (low, low_origin), (high, high_origin) = _range(measured, pulses, found.largest_s, (g_min_s, g_max_s))
    if not 0 <= low < high:
        raise ConfigError(f"g_min_s={low:g} must be 0 or more and below g_max_s={high:g}; give other ends of the range")
    return FitResult(
        name=name,
        family=family,
        files=measured.files,
        g_min_s=low,
        g_max_s=high,
        levels=levels,
        origins=(low_origin, high_origin),
        programming=programming,
        traces=traces,
        read_noise=fit_read_noise(traces, high),
        slow_noise=fit_slow_noise(traces, high, ageing.moving),
        traps=fit_traps(traces),
        jumps=fit_jumps(traces),
        pulses=pulses,
        drift=ageing.drift,
        relaxation=ageing.relaxation,
        bakes=found.bakes,
        notes=(*measured.notes, *_units_in_doubt(measured), *found.notes),
        understood=tuple(measured.understood),
        assumed=found.assumed,
    )


def _measurements(paths: Sequence[str | Path] | Measurements, **said: Any) -> Measurements:
    """As given, or read. Raises ConfigError for two laws of programming."""
    measured = paths if isinstance(paths, Measurements) else read_files(paths, **said)
    if measured.pulses and measured.pairs:
        raise ConfigError("pulse responses beside pairs of target and programmed: a preset has one law of programming")
    return measured


class _OfTraces(NamedTuple):
    """What traces gave; largest_s: level or drifting conductance."""

    traces: tuple[TraceFit, ...]
    ageing: Ageing
    notes: tuple[str, ...]
    assumed: tuple[str, ...]
    largest_s: float
    bakes: BakesFit | None


def _of_traces(measured: Sequence[Trace], kind: Kind, progress: Callable[[int, int], None]) -> _OfTraces:
    """Noise of each, and what cells do after programming: of reads by the trends that their fits show."""
    chosen = plan(measured, kind)
    ageing, drifting, assumed = _ageing(chosen.drift, chosen.noise), chosen.drift, chosen.assumed
    bakes = fit_bakes(chosen.bakes)
    flat, notes = _without_drift(chosen.noise, ageing.drift)
    traces = _fitted_traces(flat, progress)
    more, told = trending(chosen.noise, traces) if kind == "auto" else ((), [])
    if more:
        drifting = (*chosen.drift, *more)
        ageing = _ageing(drifting, chosen.noise)
        others = [trace for trace in measured if trace.cell not in chosen.baked]
        assumed = (*ways_of_reading(others, _cells(chosen.noise), _cells(drifting)), *chosen.of_bakes)
    levels = [fit.level_s.value for fit in traces] + [float(trace.g_s.max()) for trace in chosen.drift]
    levels += [] if bakes is None else [float(bakes.start_s.max())]
    if bakes is not None and (ageing.drift or ageing.relaxation):
        notes.append("bakes: told, and not in the preset, which has what cells do at room temperature")
    found = (*chosen.notes, *ageing.notes, *notes, *told)
    return _OfTraces(traces, ageing, found, assumed, max(levels, default=0.0), bakes)


def _units_in_doubt(measured: Measurements) -> list[str]:
    if not measured.pairs or not measured.traces:
        return []
    return reads_outside_targets(measured.pairs.target_s, np.array([np.median(t.g_s) for t in measured.traces]))


def _cells(traces: Sequence[Trace]) -> set[str]:
    return {trace.cell for trace in traces}


def _ageing(traces: Sequence[Trace], noise: Sequence[Trace]) -> Ageing:
    return fit_ageing(traces, _cells(noise) & _cells(traces))


def _without_drift(traces: Sequence[Trace], drift: DriftFit | None) -> tuple[list[Trace], list[str]]:
    """Traces with their drift taken off, and notes; without those of which nothing is left."""
    cells = {cell.cell: cell for cell in drift.cells} if drift else {}
    flat = [
        replace(trace, time_s=cells[trace.cell].time_s, g_s=cells[trace.cell].without())
        if trace.cell in cells
        else trace
        for trace in traces
    ]
    noisy = [trace for trace in flat if trace.g_s.std() > ROUNDING * trace.g_s.mean()]
    still = len(flat) - len(noisy)
    return noisy, [f"{still} traces have no noise beside their drift"] if still else []


def _fitted_traces(traces: Sequence[Trace], progress: Callable[[int, int], None]) -> tuple[TraceFit, ...]:
    fits = []
    for trace in traces:
        fits.append(fit_trace(trace))
        progress(len(fits), len(traces))
    return tuple(fits)


class _Lines(yaml.SafeDumper):
    """Lists of numbers on a line."""


def _list_on_a_line(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    flat = all(isinstance(value, (int, float)) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=flat)


_Lines.add_representer(list, _list_on_a_line)


@explained_by("fit_measurements")
def check_preset_output(path: str | Path) -> Path:
    """`path`, a name to write a preset to. Raises ConfigError for another ending, FileError where another file is
    in the way."""
    path = Path(path)
    if path.suffix not in (".yaml", ".yml"):
        raise ConfigError(f"{path}: a preset is a .yaml file; write {path.with_suffix('.yaml')}")
    return check_output(path, KIND)


def write_preset(result: FitResult, path: str | Path) -> Path:
    """Write the preset as YAML: whole or not at all. Raises ConfigError when it is no device (a range beyond the fit),
    CrossbarError when the file cannot be written."""
    path = check_preset_output(path)
    device_of(result)
    return write_text(path, sealed(f"# {sign(KIND)}, by `devices fit`\n{preset_text(result.preset())}"))


def device_of(result: FitResult) -> Device:
    """The device of the preset. Raises ConfigError when it is none: of the measurement, where that is known."""
    try:
        return load_device(result.preset())
    except ConfigError as error:
        raise _no_device(result, error) from error


def _no_device(result: FitResult, error: ConfigError) -> ConfigError:
    """What is wrong with the measurement, where that is known, in place of what is wrong with the device."""
    wild = [trace for trace in result.traces if trace.total_sd_s > WILD * abs(trace.level_s.value)]
    if not wild:
        return error
    worst = max(wild, key=lambda trace: trace.total_sd_s / max(abs(trace.level_s.value), 1e-300))
    return ConfigError(
        f"{worst.file}: reads of cell {worst.cell} (and {len(wild) - 1} more) scatter by {WILD:g} of their mean or "
        "more: do they hold several states, as of cycles, pulses or sweeps? Give those of one state, or a row for each "
        "programming with columns target and programmed"
    )


def preset_text(preset: dict[str, Any]) -> str:
    """The device file as YAML, lists of numbers on a line."""
    return yaml.dump(preset, Dumper=_Lines, sort_keys=False, allow_unicode=True, width=120)


def _range(
    measured: Measurements,
    pulses: PulsesFit | None,
    largest: float,
    given: tuple[float | None, float | None],
) -> tuple[tuple[float, str], tuple[float, str]]:
    """Either end of the preset's range [S] and its origin: given, else of the staircase of pulses, else the targets',
    else 0 and the largest level."""
    files = names(measured.pairs.files if measured.pairs else measured.files)
    if pulses is not None:
        origin = NO_RANGE if pulses.range_given else f"end of the fitted staircase in {names(pulses.files)}"
        low, high = (pulses.g_min_s, origin), (pulses.g_max_s, origin)
    elif measured.pairs:
        low = float(measured.pairs.target_s.min()), f"lowest target in {files}"
        high = float(measured.pairs.target_s.max()), f"highest target in {files}"
    else:
        low, high = (0.0, NOT_MEASURED), (largest, f"largest level in {files}")
    return (
        low if given[0] is None else (float(given[0]), "given"),
        high if given[1] is None else (float(given[1]), "given"),
    )
