"""The sizes of all workloads: those that targets speak of, and toy sizes that only show that the code runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """turns: of each comparison; least_s: shorter calls are repeated within a turn. layer, vectors: W1. images,
    samples: W2. device_passes: (images, samples) of networks whose every cell is drawn. evaluation: (images, samples).
    wires: array sizes. numbers: random numbers drawn."""

    turns: int
    least_s: float
    layer: int
    vectors: int
    images: int
    samples: int
    device_passes: tuple[int, int]
    cnn_passes: tuple[int, int]
    evaluation: tuple[int, int]
    wires: tuple[int, ...]
    numbers: int
    flips: tuple[float, ...]

    @property
    def settings(self) -> dict[str, float]:
        return {"turns": self.turns, "least_s": self.least_s}


FULL = Effort(
    turns=15, least_s=0.02, layer=512, vectors=256, images=1000, samples=100, device_passes=(200, 10),
    cnn_passes=(10, 100), evaluation=(10_000, 100), wires=(64, 128, 256, 512), numbers=2**24,
    flips=(1e-5, 1e-4, 1e-3, 1e-2, 1e-1),
)  # fmt: skip
QUICK = Effort(
    turns=2, least_s=0.0, layer=64, vectors=16, images=10, samples=4, device_passes=(2, 2), cnn_passes=(1, 4),
    evaluation=(20, 10), wires=(16,), numbers=2**14, flips=(1e-3, 1e-2),
)  # fmt: skip
