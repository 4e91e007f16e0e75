"""Which settings of a study are the best, as far as its images tell: one of many equals is not called the best.

First is the setting of lowest NLL, which counts both wrong decisions and misplaced confidence, and is finer than error.
Those of which neither error nor NLL is significantly higher (`shown`) tie with it: as far as images go, a setting that
is truly first in both is among them with 95 % confidence (the subset that Gupta 1965 selects, Technometrics 7, 225).
The last, and those that tie with it, the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossbar_nsm.experiment.studies.alike_rows import alike
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.verdict.shown import Shown, beside


@dataclass(frozen=True)
class Standing:
    """best, worst: settings of lowest and highest NLL, with those that tie with them, in order of NLL, the lowest
    first and the highest first. compared: all settings of the study that have results, by NLL. from_best: how they
    differ from the first of them, but for that one. same: which have the same results as it (`alike`)."""

    best: list[PointResults]
    worst: list[PointResults]
    compared: list[PointResults]
    from_best: list[Shown | None]

    @property
    def same(self) -> list[PointResults]:
        return [point for point in self.compared[1:] if alike(point, self.best[0])]

    def apart(self, point: PointResults) -> Shown | None:
        """One of `compared` but the first, less the first; None where they have no chip in common."""
        return next(shown for other, shown in zip(self.compared[1:], self.from_best, strict=True) if other is point)

    @property
    def not_compared(self) -> int:
        """How many have no chip in common with the first."""
        return self.from_best.count(None)

    @property
    def all_tie(self) -> bool:
        return len(self.best) == len(self.compared)


def standing(points: Sequence[PointResults]) -> Standing | None:
    """None where no point has a result, and where points have seen different images or classes: then they are not
    measured by the same, and none is the best."""
    with_results = [point for point in points if point.chips]
    seen = {_seen(point) for point in with_results}
    if len(seen) != 1:
        return None
    ranked = sorted(with_results, key=_nll)
    from_best, from_worst = beside(ranked[0], ranked[1:]), beside(ranked[-1], ranked[-2::-1])
    return Standing(_with_ties(ranked, from_best, 1), _with_ties(ranked[::-1], from_worst, -1), ranked, from_best)


def _with_ties(ranked: list[PointResults], from_first: list[Shown | None], sign: int) -> list[PointResults]:
    """The first of them, and those that are the same or, by the chips that both have, not significantly further on
    (sign 1: of higher error or NLL)."""
    first, *others = ranked
    beyond = [shown is None or max(sign * shown.error_is, sign * shown.nll_is) > 0 for shown in from_first]
    ties = [
        point for point, is_beyond in zip(others, beyond, strict=True) if not is_beyond or alike(point, first)
    ]  # fmt: skip
    return [first, *ties]


def _nll(point: PointResults) -> float:
    assert point.row is not None
    return point.row.nll


def _seen(point: PointResults) -> tuple[str, int]:
    chip = next(iter(point.chips.values()))
    return chip.images_digest, chip.prediction.probability.shape[1]
