"""A device: one family's parts put together, and the four questions an array asks of it.

1. `chip`        constants of each cell (device to device)                  scope chip
2. `program`     target conductances -> programmed conductances             scope programming
3. `telegraph`   states carried from read to read (see `telegraph.step`)    scope time
4. `read_law`    the law of one read: mean, fresh sd, telegraph, selector   scope read

Every draw comes from a named stream, so that chips, programmings and reads can be repeated one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from device_models import telegraph as rtn
from device_models.conductance import ConductanceRange
from device_models.faults import Faults
from device_models.programming import Programming
from device_models.read_noise import ReadNoise
from device_models.schema import Schema
from device_models.scope import Scope
from device_models.selector import Selector
from device_models.streams import Stream
from device_models.telegraph import Telegraph, Traps

Provenance = Literal["measured_fit", "derived", "illustrative", "definition", "user"]


class Source(Schema):
    """Where a number comes from. `illustrative` numbers are commonly quoted or chosen, not measured by the source."""

    unit: str
    provenance: Provenance
    source: str


@dataclass(frozen=True)
class CellConstants:
    """What distinguishes the cells of one array for life; arrays of the array's shape."""

    device_normals: np.ndarray
    fault_uniforms: np.ndarray
    traps: Traps | None


@dataclass(frozen=True)
class ReadLaw:
    """The law of one vector read of programmed cells.

    g_s: programmed conductance [S]; sd_s: fresh Gaussian sd [S]; keep_probability of the pair's selector;
    amplitude (traps, cells) and `traps` describe telegraph noise, None without it.
    """

    g_s: np.ndarray
    sd_s: np.ndarray
    keep_probability: float
    traps: Traps | None
    amplitude: np.ndarray | None

    @property
    def fresh_gaussian(self) -> bool:
        """Whether successive reads are independent normals, so that moments say everything."""
        return self.traps is None and self.keep_probability == 1

    def mean_s(self) -> np.ndarray:
        """Mean conductance over time [S], selector conducting: g prod_k (1 - d_k q_k)."""
        if self.traps is None or self.amplitude is None:
            return self.g_s
        return self.g_s * np.prod(1 - self.amplitude * self.traps.occupancy, axis=0)

    def telegraph_covariance_s2(self, window_s: float, lag_s: float) -> np.ndarray:
        """Covariance [S^2] of a cell's window means whose starts are lag_s apart (0, or at least the window)."""
        if self.traps is None or self.amplitude is None:
            return np.zeros_like(self.g_s)
        q, tau0 = self.traps.occupancy, self.traps.tau0_s
        shape = rtn.window_attenuation(tau0, window_s) if lag_s == 0 else rtn.window_covariance(tau0, window_s, lag_s)
        mean = 1 - self.amplitude * q
        covariance = self.amplitude**2 * q * (1 - q) * shape
        return self.g_s**2 * (np.prod(mean**2 + covariance, axis=0) - np.prod(mean**2, axis=0))


class Device(Schema):
    """Parts that every family has; `sources` says for each number where it comes from."""

    name: str = "device"
    family: Literal["rram"] = "rram"
    description: str = ""
    conductance: ConductanceRange
    programming: Programming = Programming()
    read_noise: ReadNoise = ReadNoise()
    telegraph: Telegraph | None = None
    selector: Selector = Selector()
    faults: Faults = Faults()
    sources: dict[str, Source] = {}

    @property
    def scopes(self) -> dict[str, Scope]:
        """Every random effect in use and when it is drawn."""
        parts = [self.faults, self.programming, self.telegraph, self.read_noise, self.selector]
        return {effect: scope for part in parts if part is not None for effect, scope in part.scopes.items()}

    @property
    def relative_read_sd(self) -> float:
        """sd(G)/G of fresh read noise at g_max, the r of an uncalibrated designer."""
        g_max = np.array([self.conductance.g_max_s])
        return float(self.read_noise.sd_s(g_max, self.conductance)[0] / g_max[0])

    def chip(self, shape: tuple[int, ...], stream: Stream) -> CellConstants:
        """Draw the constants of an array of cells."""
        return CellConstants(
            device_normals=stream.generator("device_to_device").standard_normal(shape, dtype=np.float32),
            fault_uniforms=stream.generator("faults").random(shape, dtype=np.float32),
            traps=self.telegraph.draw_traps(shape, stream.generator("traps")) if self.telegraph else None,
        )

    def program(self, target_s: np.ndarray, constants: CellConstants, stream: Stream, cycle: int = 0) -> np.ndarray:
        """Programmed conductances [S] of cells written towards `target_s` [S] for the `cycle`-th time.

        Targets are first moved to the nearest level; the input is not changed.
        """
        normals = stream.generator(f"programming {cycle}").standard_normal(target_s.shape, dtype=np.float32)
        levels = self.conductance.nearest_level(target_s)
        g_s = self.programming.programmed(levels, self.conductance, constants.device_normals, normals)
        return self.faults.apply(g_s, constants.fault_uniforms, self.conductance)

    def read_law(self, g_s: np.ndarray, constants: CellConstants) -> ReadLaw:
        """The law of one read of cells programmed to `g_s` [S]."""
        traps = constants.traps if self.telegraph else None
        amplitude = self.telegraph.amplitude(g_s, traps) if self.telegraph and traps else None
        return ReadLaw(
            g_s, self.read_noise.sd_s(g_s, self.conductance), self.selector.keep_probability, traps, amplitude
        )

    def initial_state(self, constants: CellConstants, stream: Stream) -> np.ndarray | None:
        """Stationary telegraph states (uint8, 0 or 1), or None without telegraph noise."""
        if constants.traps is None:
            return None
        q = constants.traps.occupancy
        return (stream.generator("telegraph_start").random(q.shape, dtype=np.float32) < q).astype(np.uint8)
