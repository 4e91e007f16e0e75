"""What a network can be trained for, seen from its training."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from crossbar_nsm.nsm.network import Network


class HardwareInTheLoop(Protocol):
    """What stands between the parameters of a network and their effect while it is trained for hardware."""

    @property
    def identity(self) -> str:
        """What distinguishes it from other hardware."""

    def start_epoch(self, epoch: int) -> None:
        """Draws of this epoch follow from its number, counted from 0."""

    def batch(self, net: Network) -> AbstractContextManager[None]:
        """Inside, parameters are what hardware makes of them; gradients found there count for the parameters outside,
        which are first brought within the hardware's reach."""

    def validation(self, net: Network) -> AbstractContextManager[None]:
        """The same with hardware that is drawn alike at every epoch and that no batch sees."""
