"""What the trials of one point of a study gave."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.studies.rows import Row, make_row
from crossbar_nsm.experiment.studies.trial_result import TrialResult
from crossbar_nsm.statistics.over_chips import OverChips, metrics_over_chips
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class PointResults:
    """One combination of swept settings (none without a sweep); config holds no sweep. chips: by number; those that
    failed are in `failures`, with the reason, and those that have not run in neither. reference: ideal_synapse on the
    same images (None: it has no result)."""

    settings: dict[str, Any]
    config: ExperimentConfig
    chips: dict[int, TrialResult]
    failures: dict[int, str]
    reference: TrialResult | None

    @property
    def name(self) -> str:
        """`<device>/<scaling>`."""
        return self.config.hardware_name

    @cached_property
    def row(self) -> Row | None:
        """Means over the chips that have a result; None when none has."""
        chips = list(self.chips.values())
        return make_row(self.name, chips, self.settings, self.config, self.reference) if chips else None

    @cached_property
    def reference_row(self) -> Row | None:
        """Ideal software on the same images; None when it has no result."""
        return None if self.reference is None else make_row("ideal_synapse", [self.reference], {}, self.config, None)

    @property
    def probability(self) -> np.ndarray:
        """Mean class probabilities (chips, images, classes) of the chips that have a result, one or more."""
        return np.stack([chip.prediction.probability for chip in self.chips.values()])

    @property
    def labels(self) -> np.ndarray:
        """Of the images, (images)."""
        return next(iter(self.chips.values())).labels

    @cached_property
    def over_chips(self) -> dict[str, OverChips]:
        """`Metrics` by name, of the chips that have a result, one or more."""
        return metrics_over_chips(self.probability, self.labels)
