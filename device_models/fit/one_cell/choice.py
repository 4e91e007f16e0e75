"""Which law describes a trace: the smallest BIC of those that pass their own test, and what is left unexplained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from device_models.fit.interval import delta_se
from device_models.fit.one_cell.goodness import normal_p
from device_models.fit.one_cell.laws import Law, all_laws, refined
from device_models.fit.one_cell.spectra import alike
from device_models.fit.one_cell.standard import Standard
from device_models.fit.one_cell.telegraph import CLEAR, FittedTrap, obstacle, trap_of_path, traps_of_chain
from device_models.fit.one_cell.total_noise import Matched, matched
from device_models.fit.one_cell.traps.chains import apart_p, with_covariance
from device_models.fit.one_cell.traps.coloured_traps import around_all_paths

REJECTED = 1e-3
REAL = 10.0  # fall of BIC that a trap must bring where no law passes
LEFT = 0.5  # of the variance, at most, by a trend that is kept though its law is rejected
SHORT = 0.9  # of the sd of a trace in its noise, from which on down the rest is told, and carried (`jumps`)
UNLIKE = 0.25  # of the larger step of two traps, by which the level of both may miss what their steps make
STEEP = 1.7  # exponent of slow noise beside a trap, from which on up it may be steps
LESS, MORE = 0.8, 1.15  # of the sd of what a trap leaves in the slow noise beside it, beyond which it is told
NEAR = 30.0  # BIC above the best of a law that is taken because it passes
FOLLOWS_NOT = "the trace does not follow the fitted law"
NOT_NORMAL = "its spectrum does, but the noise is not normal (heavy tails, single outliers or more levels)"


@dataclass(frozen=True)
class Choice:
    """law: the chosen one, its traps; laws: all that were tried, best first; total: the noise where no law passes.
    unexplained, notes: sentences."""

    law: Law
    traps: tuple[FittedTrap, ...]
    laws: tuple[Law, ...]
    total: Matched | None
    goodness_p: float
    unexplained: str
    notes: tuple[str, ...]


def choose(s: Standard) -> Choice:
    laws = tuple(sorted(all_laws(s), key=lambda law: law.bic))
    notes: list[str] = []
    able, refused = _measurable(s, laws, notes)
    best, traps = able[0]
    if refused and best.bic - refused[0].bic > NEAR and refused[0].traps > 1:
        why = (
            f"BIC {best.bic - refused[0].bic:.0f} more): of all laws {refused[0].kind} comes closest, but {refused[1]}"
        )
        return _total(s, laws, best.spectrum_p, why, notes)
    if best.spectrum_p < REJECTED:
        passing = [pair for pair in able if pair[0].spectrum_p >= REJECTED]
        if not passing or passing[0][0].bic - best.bic > NEAR:
            why = f"p = {best.spectrum_p:.1e}): of all laws {best.kind} comes closest, and its spectrum is another"
            return _total(s, laws, best.spectrum_p, why, notes)
        law, traps = passing[0]
        notes.append(f"{best.kind} has the smallest BIC, but not the spectrum (p = {best.spectrum_p:.1e}): {law.kind}")
        best = law
    best = refined(s, best)
    p = normal_p(best.scores)
    if p < REJECTED and traps and not alike(s, best):
        why = f"p = {p:.1e}): of all laws {best.kind} comes closest, but traps come and go, or are more"
        return _total(s, laws, p, why, notes, trapped=False)
    if _leads(best) and (why := _strays(s, best)):  # beside another trend slow noise takes all that wanders
        return _in_its_place(s, (best, traps), p, why, (laws, notes))
    if best.coloured is not None and best.noise.exponent > STEEP:
        notes.append("the slow noise beside the trap is as steep as a random walk: steps of the level look alike")
    told = "" if p >= REJECTED else f"{FOLLOWS_NOT} (p = {p:.1e}): {NOT_NORMAL}"
    return Choice(best, _over_paths(s, best, traps), laws, None, p, told, tuple(notes))


def _measurable(
    s: Standard, laws: tuple[Law, ...], notes: list[str]
) -> tuple[list[tuple[Law, tuple[FittedTrap, ...]]], tuple[Law, str] | None]:
    """Laws with their traps, but for those whose traps cannot be measured; at least those without traps. Where such a
    law is the best: which, and why."""
    able: list[tuple[Law, tuple[FittedTrap, ...]]] = []
    refused = None
    for law in laws:
        if law.traps and any(not other.traps for other, _ in able):
            continue
        law, traps = _with_traps(law)
        why = [_tied(s, law), *(obstacle(trap, s.middle_s, s.scale_s) for trap in traps)]
        reasons = [reason for reason in why if reason]
        if not reasons:
            able.append((law, traps))
        elif not able:
            refused = refused or (law, reasons[0])
            notes += [f"{reasons[0]}; taken as one level"] if law.traps == 1 else []
    return able, refused


def _with_traps(law: Law) -> tuple[Law, tuple[FittedTrap, ...]]:
    if law.coloured is not None:
        return law, (trap_of_path(law.coloured),)
    if law.chain is None:
        return law, ()
    law = replace(law, chain=with_covariance(law.chain, law.flat))
    assert law.chain is not None
    return law, tuple(traps_of_chain(law.chain))


def _over_paths(s: Standard, law: Law, traps: tuple[FittedTrap, ...]) -> tuple[FittedTrap, ...]:
    """With the rates of a trap in slow noise over all its paths."""
    if law.coloured is None:
        return traps
    around = around_all_paths(s.time, law.flat, np.ones((s.samples, 1)), law.coloured)
    return (trap_of_path(law.coloured, around),)


def _total(s: Standard, laws: tuple[Law, ...], p: float, why: str, notes: list[str], *, trapped: bool = True) -> Choice:
    """All of the slow noise as 1/f^gamma, around the trend, and the trap if `trapped`, of the best law with slow
    noise. A trend counts only where it is most of the variance: one that is fitted beside the wrong noise may lead
    anywhere."""
    able = [law for law in laws if law.noise.slow and not law.steps and _leads(law)]
    slow = [pair for law in able for pair in _pair(s, law)]
    law, traps = next(pair for pair in slow if not pair[0].traps)
    other = next((pair for pair in slow if pair[0].traps), None)
    if trapped and other and other[0].bic < law.bic - REAL and alike(s, other[0]):
        law, traps = other
    return _in_its_place(s, (law, traps), p, why, (laws, notes))


def _in_its_place(
    s: Standard,
    taken: tuple[Law, tuple[FittedTrap, ...]],
    p: float,
    why: str,
    known: tuple[tuple[Law, ...], list[str]],
) -> Choice:
    """Levels and traps of a law with noise of the spectrum of what they leave; known: all laws, notes."""
    (law, traps), (laws, notes) = taken, known
    total = matched(s.y - law.mean)
    kinds = [kind for kind in law.kinds if kind not in ("white", "random walk", "flicker")]
    law = replace(law, kinds=(*kinds, "flicker", "white"), noise=total.noise)
    unexplained = f"{FOLLOWS_NOT} ({why}; {law.kind} of the same spectrum in its place"
    choice = Choice(law, _over_paths(s, law, traps), laws, total, p, unexplained, tuple(notes))
    left = left_out(s, choice) / float((s.y - law.mean).var())
    jumps = f", with {np.sqrt(1 - left):.2g} of its sd: the level moves farther, at once or slowly, by what is taken"
    return replace(choice, unexplained=f"{unexplained}{jumps} for a slow trap") if left else choice


def left_out(s: Standard, choice: Choice) -> float:
    """Variance, standardised, that the noise of a law of steps leaves out; where no law passes and a power law of the
    level of the spectrum has less than SHORT of the sd, what that leaves: jumps, and the slowest changes."""
    law = choice.law
    whole = float((s.y - (0 if law.steps else law.mean)).var())
    noise = law.noise.variance(s.samples)
    short = bool(law.steps) or (choice.total is not None and noise < SHORT**2 * whole)
    return max(whole - noise, 0.0) if short else 0.0


def _share(s: Standard, law: Law) -> float:
    """Sd of the noise of a law over that of what its levels leave."""
    return float(np.sqrt(law.noise.variance(s.samples) / (s.y - law.mean).var()))


def _strays(s: Standard, law: Law) -> str:
    """What shows that the slow noise beside a trap is none, if anything does."""
    if law.coloured is None or LESS <= (share := _share(s, law)) <= MORE:
        return ""
    moves = "the level moves as by steps" if share < LESS else "slow noise ends where its law does not: a second trap?"
    return f"its noise has {share:.2g} of the sd measured): {law.kind} comes closest, but {moves}"


def _tied(s: Standard, law: Law) -> str:
    """What shows that two traps are none of their own, if anything does."""
    chain = law.chain
    if chain is None or chain.traps == 1 or chain.covariance is None:
        return ""
    if apart_p(chain, law.flat) < REJECTED:
        return "its traps do not switch on their own: one defect with several levels?"

    def excess(theta: np.ndarray) -> float:
        free, one, other, both = s.middle_s + s.scale_s * theta[4:8]
        return float((one * other / free - both) / max(free - one, free - other))

    if abs(excess(chain.theta)) > max(UNLIKE, CLEAR * delta_se(excess, chain.theta, chain.covariance)):
        return "the steps of its traps do not add up: one defect with several levels?"
    return ""


def _leads(law: Law) -> bool:
    return law.trend is None or float(law.flat.var()) < LEFT


def _pair(s: Standard, law: Law) -> Iterator[tuple[Law, tuple[FittedTrap, ...]]]:
    law, traps = _with_traps(law)
    if not any(obstacle(trap, s.middle_s, s.scale_s) for trap in traps):
        yield law, traps


def only(law: Law) -> Choice:
    """For a trace that is too short to choose."""
    return Choice(law, (), (law,), None, normal_p(law.scores), "", ())


def bic_margins(laws: tuple[Law, ...]) -> np.ndarray:
    values = np.array([law.bic for law in laws])
    return np.asarray(values - values.min())
