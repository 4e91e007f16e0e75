"""wBD: deterministic binary network with weight normalisation and the straight-through estimator."""

from __future__ import annotations

from torch import Tensor

from crossbar_nsm.nsm.architecture import Placement
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.config import WBD
from crossbar_nsm.nsm.methods.gradients import fire_straight_through
from crossbar_nsm.nsm.methods.layer import NoisePlace, NormalisedLayer


class WBDLayer(NormalisedLayer):
    """z = sign(beta w.z/||w|| + c)."""

    def __init__(self, place: Placement, method: WBD):
        super().__init__(place)
        self.window = method.window

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        return fire_straight_through(self.argument(z), self.window)
