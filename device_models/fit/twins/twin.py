"""The preset of a fit, measured as the cells were: is the twin a twin?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from device_models.checks.arguments import a_function, checked, instance_of, whole_number
from device_models.device import Device
from device_models.files.frames import frame
from device_models.fit.interval import plain
from device_models.fit.preset import FitResult, device_of
from device_models.fit.twins.ageing import AgeingPair, LeftAlone, compare_ageing, compare_bakes
from device_models.fit.twins.comparison import TwinRow
from device_models.fit.twins.programming import ProgrammingPair, compare_programming
from device_models.fit.twins.pulses import PulsesPair, compare_pulses
from device_models.fit.twins.reads import MOST_READS, TracePair, chosen, compare_traces
from device_models.fit.twins.verdict import Quantity, summarised, verdict
from device_models.numerics import usual_numerics
from device_models.shown import shown

if TYPE_CHECKING:
    import polars


@shown
@dataclass(frozen=True)
class Twin:
    """Every comparison of the measurement with the simulated preset. traces, programming, ageing,
    pulses: what figures show of either; None or empty where nothing of the kind was measured. notes: what was not
    compared."""

    device: Device
    seed: int
    rows: tuple[TwinRow, ...]
    traces: tuple[TracePair, ...]
    programming: ProgrammingPair | None
    ageing: AgeingPair | None
    notes: tuple[str, ...]
    pulses: PulsesPair | None = None

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """The comparisons pooled over cells, targets and times."""
        return summarised(self.rows)

    @property
    def is_twin(self) -> bool | None:
        """Whether nothing differs by more than its tolerance and chance; None: nothing was compared."""
        return not any(one.differs for one in self.quantities) if self.rows else None

    @property
    def verdict(self) -> list[str]:
        """The answer in words, one sentence each."""
        return verdict(self.quantities, self.notes)

    def table(self) -> polars.DataFrame:
        """One row per comparison: measured, middle of the twins with their central 95 %, tolerance and outcome."""
        return frame(self.as_rows())

    def as_rows(self) -> list[dict[str, Any]]:
        """The rows of `table`, as plain data."""
        return [{**vars(row), "ratio": row.ratio} for row in self.rows]

    def as_dict(self) -> dict[str, Any]:
        """Verdict and comparisons as plain data (no measurements), for JSON."""
        return {"is_twin": self.is_twin, "verdict": self.verdict, "seed": self.seed, "rows": plain(self.as_rows())}


@checked(fit=instance_of(FitResult, of="a fit, as `fit_files` gives"), seed=whole_number(), progress=a_function)
@usual_numerics()
def twin(fit: FitResult, seed: int = 0, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Twin:
    """Simulate the preset of `fit` as the cells were measured (times, gaps, levels, targets, number of cells), 40 times
    and more, and compare. progress(done, total) counts reads. Raises ConfigError where the fit makes no device."""
    device = device_of(fit)
    rows, traces, notes = _reads(device, fit, seed, progress) if fit.traces else ([], [], [])
    programming = ageing = None
    if fit.programming is not None:
        found, programming, told = compare_programming(device, fit.programming, seed)
        rows, notes = rows + found, notes + told
    pulses = None
    if fit.pulses is not None:
        found, pulses, told = compare_pulses(device, fit.pulses, seed)
        rows, notes = rows + found, notes + told
    cells = _left_alone(fit)
    if cells is not None:
        found, ageing, told = compare_ageing(device, cells, seed)
        rows, notes = rows + found, notes + told
    elif fit.bakes is not None:
        rows = rows + compare_bakes(device, fit.bakes, seed)
    return Twin(device, seed, tuple(rows), tuple(traces), programming, ageing, tuple(notes), pulses)


def _reads(
    device: Device, fit: FitResult, seed: int, progress: Callable[[int, int], None]
) -> tuple[list[TwinRow], list[TracePair], list[str]]:
    """Comparisons and pairs of traces, and notes. Drift that was taken off a trace is none of its twin's."""
    compared, notes = chosen(fit.traces), []
    if len(compared) < len(fit.traces):
        notes.append(f"traces of {len(compared)} of {len(fit.traces)} cells are compared, evenly over the levels")
    if any(len(trace.g_s) > MOST_READS for trace in compared):
        notes.append(f"the first {MOST_READS:,} reads of a trace are compared")
    steps = sum(bool(trace.steps or trace.jumps) for trace in compared)
    if steps:
        notes.append(f"in {steps} of the compared cells the level jumps; a twin jumps at other times, if it does")
    drifting = {cell.cell for cell in fit.drift.cells} if fit.drift else set()
    still = {trace.cell for trace in compared if trace.trend is None and trace.cell in drifting}
    return *compare_traces(device, compared, still, seed, progress), notes


def _left_alone(fit: FitResult) -> LeftAlone | None:
    """Cells that were read at times over decades after programming."""
    if fit.relaxation is not None:
        return LeftAlone(fit.relaxation.time_s, fit.relaxation.g_s)
    return LeftAlone.of(fit.drift.cells) if fit.drift is not None else None
