"""An operand r_k of u = sum_k c_k r_k: a read of one of a layer's arrays, or what is computed from its conductances."""

from __future__ import annotations

from dataclasses import dataclass, replace

from device_models.shown import shown

MAIN = "main"  # the array that every layer has
REPLICA = "replica"  # a second one, programmed to the same weights


@shown
@dataclass(frozen=True)
class Operand:
    """array: whose cells. is_read: an analog read, with the noise of the cells and, with `partial_sums: digital`, a
    converter behind; otherwise the noise-free product of the mean conductances, computed. mask_probability: with which
    a random mask drives a row in each pass (None: no mask, all rows are driven)."""

    array: str = MAIN
    is_read: bool = True
    mask_probability: float | None = None

    @property
    def is_masked(self) -> bool:
        """Whether a random part of the rows is driven."""
        return self.mask_probability is not None

    @property
    def drive_probability(self) -> float:
        """Probability that a row is driven."""
        return 1.0 if self.mask_probability is None else self.mask_probability

    @property
    def unmasked(self) -> Operand:
        """The same with all rows driven."""
        return replace(self, mask_probability=None)
