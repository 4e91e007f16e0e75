"""Targets of the layers that were mapped last, kept for the next chip: they depend on neither seed nor chip."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from crossbar_nsm.array.config import ArrayConfig, Clipping, Pairing, Scale
from crossbar_nsm.array.pair_targets import PairTargets
from crossbar_nsm.array.tiling import Tiling
from device_models.device import Device
from device_models.parts.conductance import ConductanceRange
from device_models.parts.programming import Programming


@dataclass(frozen=True)
class TargetSettings:
    """All that targets depend on besides the weights. tiling: None where tiles have no scale of their own."""

    conductance: ConductanceRange
    programming: Programming
    wear: float
    pairing: Pairing
    scale: Scale
    clipping: Clipping
    tiling: Tiling | None

    @classmethod
    def of(cls, device: Device, config: ArrayConfig, tiling: Tiling) -> TargetSettings:
        scaled = tiling if config.scale == "per_tile" else None
        return cls(
            device.conductance, device.programming, device.wear, config.pairing, config.scale, config.clipping, scaled
        )

    def error_sd_s(self, target_s: np.ndarray) -> np.ndarray:
        """sd of the programmed conductance [S], see `Programming`."""
        return self.programming.error_sd_s(target_s, self.conductance, self.wear)

    def moments_s(self, target_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean [S] and variance [S^2] of the programmed conductance, see `Programming`."""
        return self.programming.moments_s(target_s, self.conductance, self.wear)


@dataclass(frozen=True)
class _Key:
    """Settings are compared, not digested: a law that was registered anew under its old name is another law."""

    digest: bytes
    shape: tuple[int, ...]
    settings: TargetSettings


class TargetMemory:
    """The targets that were used last, as many as fit into `most_bytes`. Their arrays cannot be written to."""

    def __init__(self, most_bytes: int):
        self.most_bytes = most_bytes
        self._entries: list[tuple[_Key, PairTargets]] = []  # the one used last is at the end
        self._lock = Lock()

    def targets(
        self, weight: np.ndarray, settings: TargetSettings, calculate: Callable[[], PairTargets]
    ) -> PairTargets:
        """The targets of `weight` (outputs, inputs) under these settings: as kept, or calculated."""
        digest = hashlib.blake2b(np.ascontiguousarray(weight).data, digest_size=32).digest()
        key = _Key(digest + weight.dtype.str.encode(), weight.shape, settings)
        recalled = self._recalled(key)
        if recalled is not None:
            return recalled
        result = calculate()
        for array in (result.target_s, result.gain, result.column_scale):
            array.flags.writeable = False
        self._keep(key, result)
        return result

    def _recalled(self, key: _Key) -> PairTargets | None:
        with self._lock:
            for index, (known, targets) in enumerate(self._entries):
                if known == key:
                    self._entries.append(self._entries.pop(index))
                    return targets
        return None

    def _keep(self, key: _Key, targets: PairTargets) -> None:
        with self._lock:
            self._entries.append((key, targets))
            while sum(_bytes(entry) for _, entry in self._entries) > self.most_bytes:
                del self._entries[0]


def _bytes(targets: PairTargets) -> int:
    return targets.target_s.nbytes + targets.gain.nbytes + targets.column_scale.nbytes
