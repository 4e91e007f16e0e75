"""Settings compared two by two, chip by chip on the same images where both have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from crossbar_nsm.experiment.studies.alike_rows import alike
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.statistics.difference import Difference, Scores, paired, scores, unpaired
from crossbar_nsm.statistics.holm import holm_p
from device_models.errors import CrossbarError, explained_by
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Pair:
    """compared: `second` less `first`. paired: on the same images, by the same chip numbers; else two samples, each
    with its own chips and images, of which the smaller numbers stand here. holm_p: mcnemar_p corrected for the number
    of pairs (Holm 1979); None where images differ. same_results: see `alike`."""

    first: str
    first_set: dict[str, Any]
    second: str
    second_set: dict[str, Any]
    paired: bool
    images: int
    chips: int
    compared: Difference
    holm_p: float | None = None
    same_results: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Flat, the fields of the difference among the others."""
        fields = dict(vars(self))
        compared, holm_p = fields.pop("compared"), fields.pop("holm_p")
        return {**fields, **vars(compared), "holm_p": holm_p}


def every_pair(points: Sequence[PointResults], margin: float | None = None) -> list[Pair]:
    """Every two of them, later less earlier; margin: see `equivalence`."""
    return holm([pair(first, second, margin) for first, second in combinations(points, 2)])


@explained_by("compare_settings")
def pair(first: PointResults, second: PointResults, margin: float | None = None) -> Pair:
    """Chips are paired by number, so that any two have the same images, and those that one side lacks are left out.

    Raises CrossbarError when the networks have different numbers of classes or no chip in common.
    """
    chips = sorted(first.chips.keys() & second.chips.keys())
    if not chips:
        raise CrossbarError(f"{first.name} and {second.name}: no chip has a result in both; finish the runs")
    ours, theirs = first.chips[chips[0]], second.chips[chips[0]]
    classes = [result.prediction.probability.shape[1] for result in (ours, theirs)]
    if classes[0] != classes[1]:
        raise CrossbarError(
            f"{first.name} and {second.name}: {classes[0]} and {classes[1]} classes cannot be compared; take networks "
            "for the same task"
        )
    same_images = ours.images_digest == theirs.images_digest
    if same_images and not np.array_equal(ours.labels, theirs.labels):
        raise CrossbarError(
            f"{first.name} and {second.name}: the same images have other labels, so trials of one of them were edited; "
            "run it again in another folder"
        )
    if same_images:
        compared = paired(_scores(second, chips), _scores(first, chips), margin)
    else:
        compared = unpaired(_scores(second, sorted(second.chips)), _scores(first, sorted(first.chips)), margin)
    return Pair(
        first.name,
        first.settings,
        second.name,
        second.settings,
        same_images,
        min(len(ours.labels), len(theirs.labels)),
        len(chips) if same_images else min(len(first.chips), len(second.chips)),
        compared,
        same_results=alike(first, second),
    )


def holm(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs with p corrected for their number."""
    tested = [index for index, one in enumerate(pairs) if one.compared.mcnemar_p is not None]
    corrected = holm_p(np.array([pairs[index].compared.mcnemar_p for index in tested], dtype=float))
    result = list(pairs)
    for index, p in zip(tested, corrected, strict=True):
        result[index] = replace(pairs[index], holm_p=float(p))
    return result


def _scores(point: PointResults, chips: Sequence[int]) -> Scores:
    results = [point.chips[chip] for chip in chips]
    return scores(np.stack([result.prediction.probability for result in results]), results[0].labels)
