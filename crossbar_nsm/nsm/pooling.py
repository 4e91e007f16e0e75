"""Maximum and mean over windows of the states of a convolution."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from crossbar_nsm.nsm.architecture import PoolSpec


class PoolLayer(nn.Module):
    """States (batch, channels, height, width) to fewer of them. The maximum of +-1 is +-1: an OR over the window."""

    def __init__(self, spec: PoolSpec):
        super().__init__()
        self.spec = spec

    def forward(self, z: Tensor) -> Tensor:
        pool = functional.max_pool2d if self.spec.type == "max_pool" else functional.avg_pool2d
        return pool(z, self.spec.size, self.spec.step)
