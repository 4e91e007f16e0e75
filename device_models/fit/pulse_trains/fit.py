"""Pulse responses of all cells: the staircase of either direction, in siemens.

Numbers of the preset are those of the direction that programs: the ends of its curve are the range. Several trains of a
cell share its ends; cells have ends of their own, of which the preset has the mean, and one curvature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.interval import Estimate, Z, around, over_cells
from device_models.fit.measurements.pulses.trains import PulseTrain
from device_models.fit.measurements.pulses.words import Direction
from device_models.fit.one_cell.goodness import flat_p, normal_p
from device_models.fit.pulse_trains import goodness
from device_models.fit.pulse_trains.curve import positions, rise, slope
from device_models.fit.pulse_trains.likelihood import Along, Beside, Train
from device_models.fit.pulse_trains.search import ALONE, RIVAL, Form, Found, may_be_exact, ratio_limit, search
from device_models.shown import shown

REJECTED = 1e-3
FEWEST_CELLS = 3  # for a spread over cells
MIDDLE = 0.5


@shown
@dataclass(frozen=True)
class StaircaseFit:
    """Trains of one direction. start_s, end_s: conductance before the first and after the last pulse, mean over cells.

    spread_pulses: sd of the place on the staircase, its root mean square over all pulses; kept: whether pulses leave
    their errors for good (None: no spread was found), memory_pulses: otherwise, within how many the cell returns
    to its curve; along: whether that is alike along the staircase or in conductance. device_pulses: sd over cells in
    the middle of the range. curve_p, flat_p, normal_p: of the curve, of the order and of the law of what is left.
    margin: AIC of the next best law above this. trains_s: reads [S]; fitted_s: the mean curve after each pulse.
    """

    direction: Direction
    count: int
    cells: int
    start_s: Estimate
    end_s: Estimate
    curvature: Estimate
    read_sd_s: Estimate
    spread_pulses: Estimate
    kept: bool | None
    memory_pulses: Estimate | None
    along: Along
    device_pulses: Estimate | None
    curve_p: float
    flat_p: float
    normal_p: float
    margin: float
    trains_s: tuple[np.ndarray, ...]
    fitted_s: np.ndarray

    @property
    def reads(self) -> int:
        return sum(map(len, self.trains_s))

    @property
    def warnings(self) -> list[str]:
        """What a user should know before relying on it."""
        told, name = [], f"{self.direction}: "
        if self.curve_p < REJECTED:
            told.append(f"{name}the curve does not follow a saturating exponential (p = {self.curve_p:.2g})")
        if min(self.flat_p, self.normal_p) < REJECTED:
            told.append(
                f"{name}what is left beside the curve does not follow the fitted law (p of its order "
                f"{self.flat_p:.2g}, of its normal distribution {self.normal_p:.2g})"
            )
        if self.curvature.high < 0:
            told.append(f"{name}the curve accelerates (curvature {self.curvature.value:.3g}); the preset has a line")
        if self.kept is not None and self.along == "conductance" and abs(self.curvature.value) > 1:
            told.append(
                f"{name}scatter beside the curve is alike in conductance; the preset has it alike in pulses, of the "
                "same mean square: too much where the curve is steep, too little where it is flat"
            )
        if self.kept:
            told.append(
                f"{name}errors of pulses add up along the staircase; the preset has their mean square at every level: "
                "too much after few pulses, too little (by up to a factor 1.4) after all"
            )
        return told


@shown
@dataclass(frozen=True)
class PulsesFit:
    """Staircases of both directions, one None where it was not measured. direction: which programs the preset's cells;
    asymmetry: sum of both curvatures, the logarithm of how much more often a step up exceeds a step down at g_min than
    at g_max. range_given: whether numbers were normalised, and the range is the user's."""

    potentiation: StaircaseFit | None
    depression: StaircaseFit | None
    direction: Direction
    asymmetry: Estimate | None
    g_min_s: float
    g_max_s: float
    range_given: bool
    files: tuple[str, ...]

    @property
    def used(self) -> StaircaseFit:
        """The staircase that programs."""
        fit = self.potentiation if self.direction == "potentiation" else self.depression
        assert fit is not None
        return fit

    @property
    def staircases(self) -> tuple[StaircaseFit, ...]:
        """Those that were measured."""
        return tuple(fit for fit in (self.potentiation, self.depression) if fit is not None)

    @property
    def warnings(self) -> list[str]:
        """What a user should know before relying on it."""
        told = [warning for fit in self.staircases for warning in fit.warnings]
        if self.used.read_sd_s.value > 0:
            told.append(
                "pulses: read noise is all that differs from read to read and is not kept; one read after each pulse "
                "does not tell it from errors that the next pulse undoes"
            )
        if any(fit.kept is False for fit in self.staircases):
            told.append(
                "pulses: what a cell forgets within some pulses is taken for an error of programming; slow noise of "
                "reads looks the same"
            )
        if len(self.staircases) == 2:
            first, second = self.staircases
            if first.count != second.count:
                told.append(
                    f"pulses: {first.count} up and {second.count} down; the preset has a staircase of {self.used.count}"
                )
        return told


def fit_pulses(trains: Sequence[PulseTrain], range_s: tuple[float, float] | None) -> PulsesFit:
    """range_s: what the ends of the programming staircase are [S], of normalised trains. Raises ConfigError where a
    staircase goes the other way than it is called."""
    direction: Direction = "potentiation" if any(t.direction == "potentiation" for t in trains) else "depression"
    fits = {way: _fit_direction([t for t in trains if t.direction == way], way) for way in _ways(trains)}
    used = fits[direction]
    ends = sorted((used.start_s.value, used.end_s.value))
    if range_s is not None:
        factor = (range_s[1] - range_s[0]) / (ends[1] - ends[0])
        fits = {way: _scaled(fit, factor, range_s[0] - factor * ends[0]) for way, fit in fits.items()}
        ends = list(range_s)
    if ends[0] < 0 <= ends[1]:
        ends[0] = 0.0
    both = list(fits.values())
    asymmetry = None
    if len(both) == 2:
        half = float(np.hypot(both[0].curvature.half_width, both[1].curvature.half_width))
        asymmetry = around(both[0].curvature.value + both[1].curvature.value, half / Z, "1")
    files = tuple(dict.fromkeys(train.file for train in trains))
    low, high = ends
    given = range_s is not None
    return PulsesFit(fits.get("potentiation"), fits.get("depression"), direction, asymmetry, low, high, given, files)


def _ways(trains: Sequence[PulseTrain]) -> list[Direction]:
    measured: set[Direction] = {train.direction for train in trains}
    ways: tuple[Direction, ...] = ("potentiation", "depression")
    return [way for way in ways if way in measured]


def _scaled(fit: StaircaseFit, factor: float, offset: float) -> StaircaseFit:
    """A staircase of normalised numbers in siemens."""

    def place(of: Estimate) -> Estimate:
        return Estimate(factor * of.value + offset, factor * of.low + offset, factor * of.high + offset, "S")

    sd = fit.read_sd_s
    return replace(
        fit,
        start_s=place(fit.start_s),
        end_s=place(fit.end_s),
        read_sd_s=Estimate(factor * sd.value, factor * sd.low, factor * sd.high, "S"),
        trains_s=tuple(factor * y + offset for y in fit.trains_s),
        fitted_s=factor * fit.fitted_s + offset,
    )


def _fit_direction(measured: Sequence[PulseTrain], direction: Direction) -> StaircaseFit:
    owners = {cell: k for k, cell in enumerate(dict.fromkeys(train.cell for train in measured))}
    values = np.concatenate([train.g for train in measured])
    middle, scale = float(values.mean()), float(values.std())
    trains = [Train((train.g - middle) / scale, owners[train.cell]) for train in measured]
    found = search(trains)
    a, b = found.solved.ends.mean(axis=0)
    rises = b > 0
    if rises != (direction == "potentiation"):
        said, does = ("up", "fall") if direction == "potentiation" else ("down", "rise")
        fix = 'say which column is which, as --columns "down=1,up=2"'
        raise ConfigError(f"{measured[0].place}: pulses {said}, but conductances {does}; {fix}")
    count = int(np.median([len(train.y) for train in trains]))
    law = found.curvature, found.beside, found.solved
    left = goodness.scores(trains, *law)
    fitted = middle + scale * (a + b * rise(positions(count), found.curvature))
    start, end = _ends(found, middle, scale)
    form = found.form
    return StaircaseFit(
        direction=direction,
        count=count,
        cells=len(owners),
        start_s=start,
        end_s=end,
        curvature=around(found.curvature, _se(found, 0), "1", quantile=_quantile(found)),
        read_sd_s=_read_sd(found, trains, scale),
        spread_pulses=_spread(found, trains, count),
        kept=None if not form.beside else not form.forgets,
        memory_pulses=_memory(found),
        along=form.along,
        device_pulses=_over_cells(found, count),
        curve_p=goodness.curve_p(trains, *law),
        flat_p=flat_p(left),
        normal_p=normal_p(left / left.std()),
        margin=found.candidates[1][1],
        trains_s=tuple(train.g for train in measured),
        fitted_s=fitted,
    )


def _ends(found: Found, middle: float, scale: float) -> tuple[Estimate, Estimate]:
    """Before the first pulse and after the last, means over cells."""
    cells, quantile = len(found.solved.ends), _quantile(found)
    made = []
    for weights in (np.array([1.0, 0.0]), np.array([1.0, 1.0])):
        each = found.solved.ends @ weights
        variance = float(np.mean(np.einsum("i,kij,j->k", weights, found.solved.covariance, weights)))
        se = np.sqrt(found.solved.read_variance * variance / cells)
        if cells > 1:
            se = max(se, float(np.std(each, ddof=1)) / np.sqrt(cells))
        made.append(around(middle + scale * float(each.mean()), scale * float(se), "S", quantile=quantile))
    return made[0], made[1]


def _se(found: Found, k: int) -> float:
    return float(np.sqrt(found.covariance[k, k])) if found.covariance[k, k] >= 0 else float("nan")


def _quantile(found: Found) -> float:
    """Student's, as the size of what wanders beside the curve, which makes the intervals, is itself estimated: an sd
    whose logarithm has the variance v is known as well as one of 1/(2 v) degrees of freedom."""
    from scipy import stats

    if not found.form.beside:
        return Z
    which = np.array([0.0, 1.0, *([-1.0] * found.form.forgets), 1.0])
    variance = float(np.nansum(which[:, None] * found.covariance * which[None, :]))
    return float(stats.t.ppf(0.975, np.clip(0.5 / max(variance, 1e-9), 2.0, 1e6)))


def _read_sd(found: Found, trains: Sequence[Train], scale: float) -> Estimate:
    """Of white scatter; from 0 on where all scatter may be what pulses leave."""
    sd = float(np.sqrt(found.solved.read_variance))
    if may_be_exact(trains, found):
        steps = sd * found.beside.ratio
        return Estimate(scale * sd, 0.0, scale * steps / ratio_limit(trains, found.form, upwards=False), "S")
    return around(scale * sd, _se(found, -1), "S", "log")


def _pulses(beside: Beside, curvature: float, count: int) -> float:
    """Root mean square of the place on the staircase, of a whole range and read noise of 1 each, in pulses: of what is
    alike in conductance, the shift that has the same mean square in conductance."""
    variances = beside.variances(count)
    if beside.along == "conductance":
        return count * float(np.sqrt(variances.mean() / np.mean(slope(positions(count), curvature) ** 2)))
    return count * float(np.sqrt(variances.mean()))


def _spread(found: Found, trains: Sequence[Train], count: int) -> Estimate:
    """As `_spread_by`, with an interval that holds those of the laws that cannot be told from this one."""
    own, others = _spread_by(found, trains, count), [_spread_by(one, trains, count) for one in found.rivals]
    low, high = min([own.low, *(one.low for one in others)]), max([own.high, *(one.high for one in others)])
    return replace(
        own, low=0.0 if any(form == ALONE and margin <= RIVAL for form, margin in found.candidates) else low, high=high
    )


def _spread_by(found: Found, trains: Sequence[Train], count: int) -> Estimate:
    """sd along the staircase in pulses; 0 with an upper limit where none was found."""
    size = np.sqrt(found.solved.read_variance) / abs(found.solved.ends[:, 1].mean())
    if not found.form.beside:
        walk = Form(True, False)
        most = Beside(ratio_limit(trains, walk, upwards=True), 1.0, "staircase")
        return Estimate(0.0, 0.0, float(size) * _pulses(most, found.curvature, count), "pulses")

    def log_spread(unknowns: np.ndarray) -> float:
        return float(np.log(_pulses(found.form.law(unknowns), float(unknowns[0]), count)) + unknowns[-1])

    whole = np.array([*found.unknowns, 0.0])
    gradient = np.zeros(len(whole))
    for k in range(len(whole)):
        step = np.zeros(len(whole))
        step[k] = 1e-3
        gradient[k] = (log_spread(whole + step) - log_spread(whole - step)) / 2e-3
    covariance = np.nan_to_num(found.covariance)
    relative = found.solved.covariance[:, 1, 1].mean() / len(found.solved.ends) * size**2
    se = float(np.sqrt(max(gradient @ covariance @ gradient, 0.0) + relative))
    return around(float(size) * _pulses(found.beside, found.curvature, count), se, "pulses", "log")


def _memory(found: Found) -> Estimate | None:
    """Pulses within which a cell returns to its curve."""
    if not found.form.forgets:
        return None
    return around(float(np.exp(-found.unknowns[2])), _se(found, 2), "pulses", "log")


def _over_cells(found: Found, count: int) -> Estimate | None:
    """sd over cells of where they pass the middle of the mean range, in pulses; None for too few."""
    ends, solved = found.solved.ends, found.solved
    if len(ends) < FEWEST_CELLS:
        return None
    a, b = ends.mean(axis=0)
    x = np.array([MIDDLE])
    height, steep = float(rise(x, found.curvature)[0]), float(slope(x, found.curvature)[0])
    shifts = count * (a + b * height - ends @ [1.0, height]) / (b * steep)
    weights = np.array([1.0, height])
    variance = solved.read_variance * np.einsum("i,kij,j->k", weights, solved.covariance, weights)
    return over_cells(shifts, count * np.sqrt(variance) / abs(b * steep), "pulses")[1]
