"""What a trial gives: the predictions of one chip, or of ideal software, and what is about the run."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.statistics.metrics import measure
from device_models.shown import shown

if TYPE_CHECKING:
    from crossbar_nsm.mapping.calibration.layer_calibration import LayerCalibration


@shown
@dataclass(frozen=True)
class LayerRecovery:
    """What calibration gave one layer of one chip back, every array (neurons): see `LayerCalibration`. None: results
    that were written before it was kept."""

    trained_beta: np.ndarray
    recovered_beta: np.ndarray
    trained_c: np.ndarray
    recovered_c: np.ndarray
    clipped: np.ndarray
    direction_error: np.ndarray | None = None
    frozen_share: np.ndarray | None = None

    @classmethod
    def of(cls, calibration: LayerCalibration) -> LayerRecovery:
        return cls(**{field.name: getattr(calibration, field.name).ravel() for field in fields(cls)})

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """By name, those that are known."""
        return {name: values for name, values in vars(self).items() if values is not None}


@shown
@dataclass(frozen=True)
class TrialResult:
    """labels (images). images_digest: of images and labels; results with equal digests may be paired image by image.
    engine: the reader that served. recovery: by layer, none for ideal software. seconds, host and started (ISO 8601,
    UTC) are about the run and no part of the result. warnings: what was said of it while it ran."""

    prediction: Prediction
    labels: np.ndarray
    images_digest: str
    engine: str
    recovery: dict[str, LayerRecovery]
    seconds: float
    host: str
    started: str
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The result in one line."""
        metrics = measure(self.prediction.probability, self.labels)
        return f"error {100 * metrics.error:.2f} %, NLL {metrics.nll:.4f}, {self.seconds:.1f} s"


@shown
@dataclass(frozen=True)
class TrialFailure:
    """Why a trial has no result: one line, and the traceback where there is one."""

    error: str
    traceback: str = ""
