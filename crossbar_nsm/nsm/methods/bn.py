"""BN: deterministic binary network trained as an NSM is, with the derivative of erf in the backward pass."""

from __future__ import annotations

from torch import Tensor

from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.gradients import fire_through_probability
from crossbar_nsm.nsm.methods.layer import BiasedLayer, NoisePlace


class BNLayer(BiasedLayer):
    """z = sign(w.z + b); dz/d(w.z + b) is taken to be erf'(w.z + b)."""

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        argument = self.argument(z)
        return fire_through_probability(argument, argument.detach())
