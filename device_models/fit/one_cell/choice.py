"""Which law describes a trace: the smallest BIC of those that pass their own test, and what is left unexplained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from device_models.fit.one_cell.chains import with_covariance
from device_models.fit.one_cell.goodness import normal_p
from device_models.fit.one_cell.laws import Law, all_laws, refined
from device_models.fit.one_cell.spectra import alike
from device_models.fit.one_cell.standard import Standard
from device_models.fit.one_cell.telegraph import FittedTrap, obstacle, trap_of_path, traps_of_chain
from device_models.fit.one_cell.total_noise import Matched, matched

REJECTED = 1e-3
REAL = 10.0  # fall of BIC that a trap must bring where no law passes
LEFT = 0.5  # of the variance, at most, by a trend that is kept though its law is rejected
SHORT = 0.9  # of the sd of a trace in its noise, from which on down the rest is told, and carried (`jumps`)
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
    able = _measurable(s, laws, notes)
    best, traps = able[0]
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
    told = "" if p >= REJECTED else f"{FOLLOWS_NOT} (p = {p:.1e}): {NOT_NORMAL}"
    return Choice(best, traps, laws, None, p, told, tuple(notes))


def _measurable(s: Standard, laws: tuple[Law, ...], notes: list[str]) -> list[tuple[Law, tuple[FittedTrap, ...]]]:
    """Laws with their traps, but for those whose traps cannot be measured; why, where such a law is the best. At
    least those without traps."""
    able: list[tuple[Law, tuple[FittedTrap, ...]]] = []
    for law in laws:
        if law.traps and any(not other.traps for other, _ in able):
            continue
        law, traps = _with_traps(law)
        reasons = [reason for trap in traps if (reason := obstacle(trap, s.middle_s, s.scale_s))]
        if not reasons:
            able.append((law, traps))
        elif not able and law.traps == 1:
            notes.append(f"{reasons[0]}; taken as one level")
    return able


def _with_traps(law: Law) -> tuple[Law, tuple[FittedTrap, ...]]:
    if law.coloured is not None:
        return law, (trap_of_path(law.coloured),)
    if law.chain is None:
        return law, ()
    law = replace(law, chain=with_covariance(law.chain, law.flat))
    assert law.chain is not None
    return law, tuple(traps_of_chain(law.chain))


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
    total = matched(s.y - law.mean)
    kinds = [kind for kind in law.kinds if kind not in ("white", "random walk", "flicker")]
    law = replace(law, kinds=(*kinds, "flicker", "white"), noise=total.noise)
    unexplained = f"{FOLLOWS_NOT} ({why}; {law.kind} of the same spectrum in its place"
    choice = Choice(law, traps, laws, total, p, unexplained, tuple(notes))
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
