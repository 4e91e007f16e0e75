"""What calibration did to one layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.mapping.calibration.settings import CalibrationCost
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class LayerCalibration:
    """What calibration did to one layer; arrays have shape (channels, positions), positions 1 for dense layers.

    trained_beta, trained_c: what neurons should have. recovered_beta, recovered_c: what they have, by the exact moments
    of the programmed cells and the offsets of the comparators, behind converters of hidden layers by simulated reads
    (`crossbar_nsm.mapping.calibration.rounded_decisions`); without noise beta is infinite and c unknown (NaN). Slow
    noise, `trajectory` or `split`, counts with all the states that it may have, also for a measured calibration, which
    has seen one. lowest_beta, highest_beta: what the circuit could reach (the same exact moments). offset and
    direction_error: mean and root mean square over calibration images of what programmed weights make wrong in t =
    w.z/||w||, the former before the threshold makes up for it. frozen_share: of the variance of the combined signal,
    which successive passes share and which is no xi.

    Without calibration images what neurons see is not known: offset, direction_error and recovered_c are NaN, and betas
    are those for independent inputs +-1.
    """

    layer: str
    circuit: str
    method: str
    trained_beta: np.ndarray
    trained_c: np.ndarray
    recovered_beta: np.ndarray
    recovered_c: np.ndarray
    lowest_beta: np.ndarray
    highest_beta: np.ndarray
    normalisation_index: np.ndarray
    gain: np.ndarray
    threshold: np.ndarray
    clipped: np.ndarray
    offset: np.ndarray
    direction_error: np.ndarray
    frozen_share: np.ndarray
    cost: CalibrationCost

    @property
    def clipped_count(self) -> int:
        """How many neurons have a beta out of the circuit's reach."""
        return int(self.clipped.sum())
