"""NSM + STE: the same noisy threshold units, trained with the straight-through estimator."""

from __future__ import annotations

from torch import Tensor

from crossbar_nsm.nsm.architecture import Placement
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.config import NSMStraightThrough
from crossbar_nsm.nsm.methods.gradients import fire_straight_through
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.noise import NoiseLaw


class NSMStraightThroughLayer(NSMLayer):
    """z = sign(beta w.z/||w|| + c + noise); the backward pass takes the sign for the identity."""

    def __init__(self, place: Placement, noise: NoiseLaw, method: NSMStraightThrough):
        super().__init__(place, noise)
        self.window = method.window

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        return fire_straight_through(self.argument(z) + self.fluctuation(z, noise_place, draws), self.window)
