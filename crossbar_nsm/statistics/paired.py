"""Difference of error of two networks on the same images, as these chips show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.statistics.intervals import image_interval
from crossbar_nsm.statistics.mcnemar import mcnemar_p
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class PairedDifference:
    """Mean over chips, its 95 % interval over images for these chips, and McNemar's exact p, of these chips too
    (`crossbar_nsm.statistics.mcnemar`)."""

    difference: float
    low: float
    high: float
    mcnemar_p: float


def paired_difference(wrong_here: np.ndarray, wrong_reference: np.ndarray) -> PairedDifference:
    """wrong_here (chips, images) against wrong_reference, (images) or (chips, images), all bool."""
    delta = wrong_here.astype(float) - wrong_reference
    return PairedDifference(float(delta.mean()), *image_interval(delta), mcnemar_p(wrong_here, wrong_reference))
