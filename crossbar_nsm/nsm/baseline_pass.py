"""Forward passes of the networks that an NSM is compared with, with the draws addressed as those of the NSM are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch

from crossbar_nsm.engine.kernels.product import BLOCK_ROWS
from crossbar_nsm.engine.sampling.passes import Passes, most_passes
from crossbar_nsm.nsm.draws import CounterDraws
from crossbar_nsm.nsm.methods.layer import HiddenLayer
from crossbar_nsm.nsm.values import check_computable
from device_models.streams import Stream

if TYPE_CHECKING:
    from crossbar_nsm.nsm.network import Network


class BaselinePass:
    """The torch forward pass in zero-padded blocks of fixed size on one thread: bits do not depend on the batch."""

    def __init__(self, net: Network, states: np.ndarray, seed: int):
        check_computable(net.values())
        self.net, self.states, self.stream = net, states, Stream(seed=seed)
        self.block_rows = min(BLOCK_ROWS, most_passes(net.architecture.widest))

    def logits(self, passes: Passes) -> np.ndarray:
        """Logits (passes, classes)."""
        with torch.inference_mode(), _evaluating(self.net):
            return np.concatenate([self._block(passes, start) for start in range(0, len(passes), self.block_rows)])

    def _block(self, passes: Passes, start: int) -> np.ndarray:
        size = min(self.block_rows, len(passes) - start)
        index = np.minimum(np.arange(start, start + self.block_rows), len(passes) - 1)  # the last again
        block = Passes(passes.start, passes.stop, passes.input_of[index], passes.images[index], passes.samples[index])
        states = torch.from_numpy(passes.of(self.states)[block.input_of])

        def fire(name: str, layer: HiddenLayer, z: torch.Tensor) -> torch.Tensor:
            fired: torch.Tensor = layer(z, "neuron", CounterDraws(self.stream.at(layer=name), "baseline", block))
            return fired

        return self.net.walk(states, fire).numpy()[:size]


@contextmanager
def _evaluating(net: Network) -> Iterator[None]:
    """The network in evaluation mode (no dropout, running means in batch normalisation) on one torch thread."""
    training, threads = net.training, torch.get_num_threads()
    net.eval()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        net.train(training)
        torch.set_num_threads(threads)
