"""What every part of a device says of itself, so that whoever asks need not know it by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from device_models.schema import Schema
from device_models.scope import Scope

if TYPE_CHECKING:
    from device_models.cells import Cells
    from device_models.device import Device
    from device_models.parts.conductance import ConductanceRange
    from device_models.parts.read_noise import ReadConditions
    from device_models.parts.slow_law import SlowLaw


class Part(Schema):
    """One physical process of a device, a section of its description.

    noun: what sentences call it; effect: what is lost with its ideal, as a budget puts it. alternatives: groups of keys
    of which the section has one, by the place of the section inside this one. independent_reads: successive reads are
    independent normals, whatever it does. ages: conductances depend on the time since programming.
    """

    noun: ClassVar[str] = ""
    effect: ClassVar[str] = ""
    alternatives: ClassVar[Mapping[tuple[str, ...], list[set[str]]]] = {}
    independent_reads: ClassVar[bool] = True
    ages: ClassVar[bool] = False

    @property
    def scopes(self) -> dict[str, Scope]:
        """Every random effect in use and when it is drawn."""
        return {}

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        """What to cite for each law in use."""
        return {}

    @property
    def measured_until_s(self) -> float | None:
        """The longest time since programming, at 300 K, at which its numbers were measured; None: nothing says so."""
        return None

    def check_beside(self, device: Device) -> None:
        """Raises ValueError, with the reason, for other parts or a range that this one cannot stand beside."""

    def is_ideal(self, _age_s: float) -> bool:
        """Whether cells read at that age (at 300 K, see `slower`) are as its ideal would leave them."""
        return False

    def slower(self, _temperature_k: float) -> float:
        """Factor by which cells age slower than at 300 K: what takes a time there takes that times the factor."""
        return 1.0

    def ideal(self, _device: Device, _read: ReadConditions) -> dict[str, Any] | None:
        """The section without what is not ideal about it; None: no such section."""
        return None

    def memory_s(self, _temperature_k: float) -> float | None:
        """The shortest time over which its noise forgets; None: it sets none."""
        return None


class SlowNoise(Part):
    """Noise that cells carry from read to read, by a `SlowLaw` of their programmed conductances."""

    independent_reads: ClassVar[bool] = False

    @property
    def scopes(self) -> dict[str, Scope]:
        return {self.noun: Scope.TIME}

    def law(self, cells: Cells, g_s: np.ndarray, device: Device, read: ReadConditions) -> SlowLaw:
        """Of `cells` whose conductance is now `g_s` [S]."""
        raise NotImplementedError

    def sd_s(
        self, g_s: np.ndarray, age_s: float, conductance: ConductanceRange, aged_s: np.ndarray | None = None
    ) -> np.ndarray:
        """sd [S] accumulated `age_s` after programming to `g_s` [S], of cells now at `aged_s`, where `ages`, and
        whose `factors` are 1."""
        raise NotImplementedError

    def factors(self, _cells: Cells) -> np.ndarray | float:
        """Factor of each cell on that sd."""
        return 1.0
