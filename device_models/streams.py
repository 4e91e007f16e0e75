"""Named random streams: every draw is a function of (seed, chip, layer, tile, purpose), never of the order of calls.

A stream is a 64-bit key. `generator` turns it into a numpy generator (Philox, counter based) for draws made once per
cell; the array kernels use the same key for draws made on every read, counted by image, sample and cell.
"""

from __future__ import annotations

import hashlib
import operator
from dataclasses import dataclass, replace

import numpy as np

from device_models.errors import ConfigError, quoted
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Stream:
    """The address of a random stream; two addresses that differ in any field never share a draw."""

    seed: int = 0
    chip: int = 0
    layer: str = ""
    tile: str = ""

    def __post_init__(self) -> None:
        for name in ("seed", "chip"):  # numpy integers must give the streams of the plain ones
            try:
                object.__setattr__(self, name, operator.index(getattr(self, name)))
            except Exception:  # of whatever was given
                raise ConfigError(f"{name}={quoted(getattr(self, name))}: expected a whole number") from None

    def at(self, **fields: int | str) -> Stream:
        """The same address with some fields replaced, e.g. ``stream.at(layer="fc1", tile="0,0")``."""
        return replace(self, **fields)  # type: ignore[arg-type]

    def key(self, purpose: str) -> np.uint64:
        """64-bit key of the stream that serves `purpose` (for example ``"read_noise"``)."""
        address = repr((self.seed, self.chip, self.layer, self.tile, purpose)).encode()
        return np.uint64(int.from_bytes(hashlib.blake2b(address, digest_size=8).digest(), "little"))

    def generator(self, purpose: str) -> np.random.Generator:
        """A numpy generator at the start of the stream that serves `purpose`."""
        return np.random.Generator(np.random.Philox(key=int(self.key(purpose))))
