"""The laws that one trace may follow, each fitted with the largest likelihood of the same standardised trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from device_models.fit.one_cell.change_points import COST, fit_steps
from device_models.fit.one_cell.gaussian import LONG, WHITE, Colour, Fitted, NoiseLaw, fit_noise
from device_models.fit.one_cell.goodness import flat_p, scores_of
from device_models.fit.one_cell.standard import Standard
from device_models.fit.one_cell.traps.chains import Chain, fit_one, fit_two
from device_models.fit.one_cell.traps.coloured_traps import ColouredTrap, fit_coloured, on_path

FLICKER, FLICKER_WHITE = Colour("flicker", False), Colour("flicker", True)
COLOURS = (WHITE, FLICKER, FLICKER_WHITE, Colour("random walk", False), Colour("random walk", True))
TURNS = 3
NEARLY = 6.0  # of what BIC asks for: a search may still find it
ANY_BETTER = 10.0
TrendKind = Literal["drift", "relaxation"]
TRENDS: tuple[TrendKind, ...] = ("relaxation", "drift")


@dataclass(frozen=True)
class TrendPart:
    """Exponent nu of a drift, or slope of the standardised trace per unit of ln t, and its standard error."""

    kind: TrendKind
    slope: float
    se: float


@dataclass(frozen=True)
class Law:
    """kinds: parts of its name. mean: expected level of every sample, standardised. flat: the trace less its trend.
    columns: of the levels (`gaussian`), for normal noise. scores: normal scores of every sample's prediction."""

    kinds: tuple[str, ...]
    parameters: int
    log_likelihood: float
    scores: np.ndarray
    mean: np.ndarray
    noise: NoiseLaw
    flat: np.ndarray
    columns: np.ndarray
    fit: Fitted | None = None
    chain: Chain | None = None
    coloured: ColouredTrap | None = None
    steps: tuple[int, ...] = ()
    trend: TrendPart | None = None
    spectrum_p: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spectrum_p", flat_p(self.scores))

    @property
    def kind(self) -> str:
        return " + ".join(self.kinds)

    @property
    def bic(self) -> float:
        return self.parameters * float(np.log(len(self.scores))) - 2 * self.log_likelihood

    @property
    def traps(self) -> int:
        return self.chain.traps if self.chain else int(self.coloured is not None)


def all_laws(s: Standard) -> list[Law]:
    """Laws of white noise, and of slow noise too where what the best of those leaves is not white."""
    level = np.ones((s.samples, 1))
    alone = {colour: fit_noise(s.time, s.y, level, colour) for colour in COLOURS}
    laws = [_normal(s, fit, level, 2 + colour.free) for colour, fit in alone.items()]
    white = [laws[0], _trended(s, "relaxation", alone[WHITE]), _trended(s, "drift", alone[WHITE])]
    white += [*_stepped(s, alone[WHITE]), *_trapped_laws(s, white)]
    best = min(white, key=_bic)
    laws += white[1:]
    if min(laws, key=_bic).noise.slow or _leaves_slow(s, best):
        laws += _slow_laws(s, alone)
    elif best.traps > 1 or (best.traps and best.trend):  # which follow slow noise too, where one trap would do
        laws += _in_slow_noise(s, min(laws[1:3], key=_bic))
    return laws


def _leaves_slow(s: Standard, law: Law) -> bool:
    """Whether 1/f noise beside the white describes what a law leaves better, by BIC."""
    rest, level = s.y - law.mean, np.ones((s.samples, 1))
    rest = rest / rest.std()
    gain = 0.0
    for colour in (FLICKER, FLICKER_WHITE):
        fit = fit_noise(s.time, rest, level, colour)
        white = fit_noise(s.time, rest, level, WHITE)
        gain = max(gain, 2 * (fit.log_likelihood - white.log_likelihood) - colour.free * np.log(s.samples))
    return gain > 0


def _slow_laws(s: Standard, alone: dict[Colour, Fitted]) -> list[Law]:
    """1/f noise with a trend, with steps, with a trap."""
    laws = [
        _trended(s, kind, alone[colour])
        for colour in (FLICKER, FLICKER_WHITE)
        for kind in TRENDS
        if _may_show(s, kind, alone[colour])
    ]
    for law in _stepped(s, alone[FLICKER_WHITE]):
        fit = fit_noise(s.time, s.y, law.columns, FLICKER)
        other = _normal(s, fit, law.columns, law.parameters - 1)
        laws += [law, _renamed(other, "steps", steps=law.steps)]
    plain = [_normal(s, fit, np.ones((s.samples, 1)), 2 + colour.free) for colour, fit in alone.items() if colour.slow]
    base = min([law for law in [*plain, *laws] if law.noise.slow == "flicker" and not law.steps], key=_bic)
    return [*laws, *_in_slow_noise(s, base)]


def _may_show(s: Standard, kind: TrendKind, alone: Fitted) -> bool:
    """Whether a trend is worth a search: at the noise's shape without one."""
    along = s.log_time if kind == "relaxation" else -_drift_slope(s, s.y)
    columns = np.column_stack([np.ones(s.samples), along])
    fit = fit_noise(s.time, s.y, columns, alone.colour, alone.shape, search="none")
    return 2 * (fit.log_likelihood - alone.log_likelihood) > np.log(s.samples) - NEARLY


def _stepped(s: Standard, alone: Fitted) -> list[Law]:
    level = np.ones((s.samples, 1))
    fit, places = fit_steps(s.time, s.y, level, alone)
    if not places:
        return []
    columns = np.column_stack([level, *(np.arange(s.samples) >= place for place in places)])
    law = _normal(s, fit, columns, 2 + alone.colour.free + COST * len(places))
    return [_renamed(law, "steps", steps=tuple(places))]


def refined(s: Standard, law: Law) -> Law:
    """A law of a long trace, whose noise was sought by its spectrum, at the largest likelihood."""
    if law.fit is None or not law.fit.colour.free or s.samples <= LONG:
        return law
    fit = fit_noise(s.time, law.flat, law.columns, law.fit.colour, search="long")
    return replace(law, fit=fit, noise=fit.noise, scores=fit.scores)


def white_law(s: Standard) -> Law:
    level = np.ones((s.samples, 1))
    return _normal(s, fit_noise(s.time, s.y, level, WHITE), level, 2)


def _normal(s: Standard, fit: Fitted, columns: np.ndarray, parameters: int) -> Law:
    return Law(
        kinds=fit.colour.kinds,
        parameters=parameters,
        log_likelihood=fit.log_likelihood,
        scores=fit.scores,
        mean=columns @ fit.coefficients,
        noise=fit.noise,
        flat=s.y,
        columns=columns,
        fit=fit,
    )


def _renamed(law: Law, part: str, **changes: object) -> Law:
    return replace(law, kinds=(part, *law.kinds), **changes)  # type: ignore[arg-type]


def _trended(s: Standard, kind: TrendKind, alone: Fitted) -> Law:
    """The noise of `alone` around a trend; its search starts there."""
    level, fit, slope = np.ones(s.samples), alone, 0.0
    if kind == "relaxation":
        columns = np.column_stack([level, s.log_time])
        fit = fit_noise(s.time, s.y, columns, alone.colour)
        part = TrendPart(kind, float(fit.coefficients[1]), float(np.sqrt(fit.covariance[1, 1])))
        law = _normal(s, fit, columns, 3 + alone.colour.free)
        return _renamed(law, kind, trend=part, flat=s.y - part.slope * s.log_time, columns=columns[:, :1])
    for turn in range(TURNS):
        flat = s.without_drift(slope)
        columns = np.column_stack([level, -_drift_slope(s, flat)])
        fit = fit_noise(s.time, flat, columns, alone.colour, search="exact" if turn == TURNS - 1 else "spectrum")
        slope += float(fit.coefficients[1])
    part = TrendPart(kind, slope, float(np.sqrt(fit.covariance[1, 1])))
    flat = s.without_drift(slope)
    fit = fit_noise(s.time, flat, level[:, None], alone.colour, fit.shape, search="none")
    law = _normal(s, fit, level[:, None], 3 + alone.colour.free)
    return _renamed(law, kind, trend=part, flat=flat, mean=_with_trend(s, part, law.mean))


def _drift_slope(s: Standard, flat: np.ndarray) -> np.ndarray:
    """d flat / d nu."""
    return np.asarray((flat + s.middle_s / s.scale_s) * s.log_time)


def _with_trend(s: Standard, part: TrendPart, mean: np.ndarray) -> np.ndarray:
    if part.kind == "relaxation":
        return mean + part.slope * s.log_time
    zero = s.middle_s / s.scale_s
    return np.asarray((mean + zero) * np.exp(-part.slope * s.log_time) - zero)


def _trapped_laws(s: Standard, white: list[Law]) -> Iterator[Law]:
    """One trap and two in white noise, alone and beside a trend where the noise alone shows one."""
    for law in white:
        if law.trend is None:
            yield from _traps_on(s, s.y, None, law.bic)
        elif law.bic < white[0].bic:
            yield from _trap_and_trend(s, law.trend, law.bic)


def _traps_on(
    s: Standard, flat: np.ndarray, trend: TrendPart | None, bic: float, near: Chain | None = None
) -> Iterator[Law]:
    """A second trap only where the first, sought near `near`, is better than none, whose BIC is given."""
    one = fit_one(flat, near.theta if near else None)
    if one is None:
        return
    yield (law := _trapped(s, one, flat, trend))
    two = fit_two(flat, one) if law.bic < bic else None
    if two is not None:
        yield _trapped(s, two, flat, trend)


def _bic(law: Law) -> float:
    return law.bic


def _trapped(s: Standard, chain: Chain, flat: np.ndarray, trend: TrendPart | None) -> Law:
    name = "trap" if chain.traps == 1 else f"{chain.traps} traps"
    mean = chain.fitted
    sds = np.exp(chain.theta[2 * chain.traps + 2**chain.traps :])
    white = float(np.mean(chain.posterior @ np.broadcast_to(sds**2, 2**chain.traps)))
    return Law(
        kinds=(*([trend.kind] if trend else []), name, "white"),
        parameters=chain.parameters + int(trend is not None),
        log_likelihood=chain.log_likelihood,
        scores=scores_of(chain.uniforms),
        mean=_with_trend(s, trend, mean) if trend else mean,
        noise=NoiseLaw(0.0, 0.0, white, ""),
        flat=flat,
        columns=np.ones((s.samples, 1)),
        chain=chain,
        trend=trend,
    )


def _trap_and_trend(s: Standard, trend: TrendPart, bic: float) -> Iterator[Law]:
    """Trend and path in turns, if the trap is any better than none."""
    slope, se, chain = trend.slope, trend.se, None
    for _ in range(TURNS):
        flat = s.without_drift(slope) if trend.kind == "drift" else s.y - slope * s.log_time
        chain = fit_one(flat, chain.theta if chain else None)
        if chain is None or _trapped(s, chain, flat, trend).bic > bic + ANY_BETTER:
            return
        along = -_drift_slope(s, flat) if trend.kind == "drift" else s.log_time
        columns = np.column_stack([np.ones(s.samples), along, chain.posterior[:, 1]])
        fit = fit_noise(s.time, flat, columns, WHITE)
        slope, se = slope + float(fit.coefficients[1]), float(np.sqrt(fit.covariance[1, 1]))
    flat = s.without_drift(slope) if trend.kind == "drift" else s.y - slope * s.log_time
    yield from _traps_on(s, flat, TrendPart(trend.kind, slope, se), bic, chain)


def _in_slow_noise(s: Standard, base: Law) -> Iterator[Law]:
    """A trap in the slow noise, with the trend, of `base`."""
    trend, flat = base.trend, base.flat if base.trend else s.y
    level = np.ones((s.samples, 1))
    found = fit_coloured(s.time, flat, level, fit_noise(s.time, flat, level, FLICKER_WHITE))
    if found is None:
        return
    for colour in (FLICKER_WHITE, FLICKER):
        trap = found if colour == FLICKER_WHITE else on_path(s.time, flat, level, colour, found.path)
        columns = np.column_stack([level, trap.path])
        mean = columns @ trap.fit.coefficients
        yield Law(
            kinds=(*([trend.kind] if trend else []), "trap", *colour.kinds),
            parameters=5 + colour.free + int(trend is not None),
            log_likelihood=trap.log_likelihood,
            scores=trap.fit.scores,
            mean=_with_trend(s, trend, mean) if trend else mean,
            noise=trap.fit.noise,
            flat=flat,
            columns=columns,
            fit=trap.fit,
            coloured=trap,
            trend=trend,
        )
