"""NSM + BinConcrete (SI 4.6): the gradient of a relaxed draw of the unit.

With P of eq. 3 and L logistic, X = sigmoid((logit(P) + L) / lambda) is a binary concrete variable (Maddison, Mnih and
Teh 2017, arXiv:1611.00712): X > 1/2 with probability P exactly. Eq. 14 writes log(alpha) with alpha = P where that law
needs the log-odds; with log(P) the unit would fire with P/(1+P), at most one half of the time.

Equations: docs/physics.md#binary-concrete-gradient.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from crossbar_nsm.nsm.architecture import Placement
from crossbar_nsm.nsm.draws import Draws
from crossbar_nsm.nsm.methods.config import NSMBinConcrete
from crossbar_nsm.nsm.methods.gradients import threshold
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.nsm.noise import NoiseLaw

SMALLEST_UNIFORM = 2.0**-25  # the logistic of 0 would be infinite


class NSMBinConcreteLayer(NSMLayer):
    """States 2X - 1 (`relaxed`, in training), or their sign with the gradient of 2X - 1 (`binary`).

    The noise is that of synapses, one draw per unit, whatever `noise_place` says.
    """

    def __init__(self, place: Placement, noise: NoiseLaw, method: NSMBinConcrete):
        super().__init__(place, noise)
        self.method = method

    def forward(self, z: Tensor, noise_place: NoisePlace, draws: Draws) -> Tensor:
        with torch.no_grad():
            logistic = torch.logit(draws.uniform(torch.Size((len(z), *self.place.outputs))).clamp_min(SMALLEST_UNIFORM))
        relaxed = torch.tanh((log_odds(self.argument(z)) + logistic) / (2 * self.method.temperature))  # 2X - 1
        if self.method.forward == "relaxed" and self.training:
            return relaxed
        return relaxed + (threshold(relaxed) - relaxed).detach()


def log_odds(argument: Tensor) -> Tensor:
    """logit(P) of P = 1/2 [1 + erf(argument)], finite for any argument."""
    scaled = argument * math.sqrt(2)
    return torch.special.log_ndtr(scaled) - torch.special.log_ndtr(-scaled)
