"""What is significant: differences of settings from ideal software, and from one another, that are more than chance.

Error is tested by McNemar's exact test, NLL by the normal test of its mean difference, both image by image for these
chips. Each measure is corrected for the number of settings (Holm); a difference whose corrected two-sided p is below
5 % is significant. "Worse" is one side of two measures, 2.5 % each: where all settings are equal, 5 % of studies call
one of them worse. What other chips would do is another question (`combined_low` of rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.statistics.difference import Scores, scores
from crossbar_nsm.statistics.holm import holm_p
from crossbar_nsm.statistics.intervals import mean_p
from crossbar_nsm.statistics.paired import paired_difference

LEVEL = 0.05
SMALLEST_NLL = 5e-4  # below which ratios to it say nothing


@dataclass(frozen=True)
class Shown:
    """A setting less what it is compared with, means over chips, of another setting those that both have. there: NLL of
    what it is compared with. error_low, error_high: 95 % over images for these chips, of this setting by itself.
    error_p, nll_p: see above, corrected for so many `comparisons`."""

    error: float
    error_low: float
    error_high: float
    error_p: float
    nll: float
    nll_p: float
    there: float
    comparisons: int = 1

    @property
    def nll_ratio(self) -> float | None:
        """NLL over that of what it is compared with; None where there is no such number."""
        return None if self.there < SMALLEST_NLL else (self.there + self.nll) / self.there

    @property
    def error_is(self) -> int:
        """1: significantly higher, -1: lower; 0: not significant."""
        return _direction(self.error, self.error_p)

    @property
    def nll_is(self) -> int:
        """As `error_is`."""
        return _direction(self.nll, self.nll_p)

    @property
    def worse(self) -> bool:
        """Whether error or NLL is significantly higher."""
        return max(self.error_is, self.nll_is) > 0


def beside_software(points: Sequence[PointResults]) -> list[Shown | None]:
    """Every point less ideal software on the same images; None for one without."""
    return _corrected([_from_software(point) for point in points])


def beside(reference: PointResults, points: Sequence[PointResults]) -> list[Shown | None]:
    """Every point less `reference`, by the chips that both have; None for one that has none of them."""
    return _corrected([_from_point(point, reference) for point in points])


def _from_software(point: PointResults) -> Shown | None:
    if point.reference is None or not point.chips:
        return None
    reference = point.reference
    return _tested(scores(point.probability, point.labels), scores(reference.prediction.probability, reference.labels))


def _from_point(point: PointResults, reference: PointResults) -> Shown | None:
    chips = sorted(point.chips.keys() & reference.chips.keys())
    if not chips:
        return None
    here, there = (
        scores(np.stack([one.chips[chip].prediction.probability for chip in chips]), one.labels)
        for one in (point, reference)
    )
    return _tested(here, there)


def _tested(here: Scores, there: Scores) -> Shown:
    of_error, nll = paired_difference(here.wrong, there.wrong), here.nll - there.nll
    sizes = (of_error.difference, of_error.low, of_error.high, of_error.mcnemar_p, float(nll.mean()), mean_p(nll))
    return Shown(*sizes, float(there.nll.mean()))


def _corrected(tested: list[Shown | None]) -> list[Shown | None]:
    known = [one for one in tested if one is not None]
    error_p, nll_p = (holm_p(np.array([getattr(one, name) for one in known])) for name in ("error_p", "nll_p"))
    corrected = iter(
        replace(one, error_p=float(of_error), nll_p=float(of_nll), comparisons=len(known))
        for one, of_error, of_nll in zip(known, error_p, nll_p, strict=True)
    )
    return [None if one is None else next(corrected) for one in tested]


def _direction(difference: float, p: float) -> int:
    return 0 if p >= LEVEL or difference == 0 else 1 if difference > 0 else -1
