"""Sampling in time: what the Monte Carlo samples of a programmed chip are worth, and which read interval they need.

For every layer the effective number of samples of its combined signals and of its decisions (see
`crossbar_nsm.neuron.effective_samples`), what of the noise is fresh, settles within the samples or stays frozen, and
from which interval on samples are independent. By the law of the programmed cells, gains and thresholds as they are;
hysteresis of comparators, which also makes decisions alike, is left out. Numbers of decisions hold for signals that are
nearly normal: sums over many cells that change. Where pairs of reads amplify nothing but the switches of a few traps,
decisions are worth less than stated (half, in `benchmarks/effective_samples.py`); those of currents hold always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crossbar_nsm.engine.sampling.config import MOST_SAMPLES
from crossbar_nsm.engine.sampling.passes import Order, Progress
from crossbar_nsm.mapping.mapped_layer import MappedLayer
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.lagged_covariance import LaggedCovariance
from crossbar_nsm.neuron.effective_samples import (
    PER_DECADE,
    decision_correlation,
    effective_samples_of_lattice,
    lag_lattice,
)
from device_models.checks.arguments import a_flag, a_function, checked, instance_of, optional, whole_number
from device_models.files.frames import frame
from device_models.number_text import time_text
from device_models.numerics import usual_numerics
from device_models.shown import from_notebook, shown

if TYPE_CHECKING:
    import polars

RATES = (0.5, 0.9)
INDEPENDENT = 0.95  # share of the samples that decisions must be worth to count as independent
LONGEST_INTERVAL_S = 1.0  # that is searched


@shown
@dataclass(frozen=True)
class TrapCounts:
    """Traps by their correlation time tau0: `averaged` within a read window, `frozen` for longer than all samples of an
    image take, `between`."""

    averaged: int
    between: int
    frozen: int


@shown
@dataclass(frozen=True)
class IntervalCurve:
    """Median over neurons of M_eff against the read interval; decisions at P = 1/2."""

    interval_s: np.ndarray
    currents: np.ndarray
    decisions: np.ndarray


@shown
@dataclass(frozen=True)
class LayerTiming:
    """What `samples` samples of one layer are worth, read interval_s apart; arrays have one entry per neuron.

    amplifies: whether the circuit amplifies fresh noise. spacing_s: from a sample of an image to its next. currents,
    decisions: M_eff of the signal u, and of decisions that fire with probability P, by P. fresh, settling, frozen:
    shares of the variance of u that a sample does not share with the next, that it shares with the next but not with
    the last, and that all samples share, which is a weight error and no noise. independent_from_s: read interval from
    which the median neuron's decisions at P = 1/2 are worth 95 % of the samples (None: not up to LONGEST_INTERVAL_S).
    """

    layer: str
    samples: int
    images: int
    order: Order
    amplifies: bool
    interval_s: float
    spacing_s: float
    currents: np.ndarray
    decisions: dict[float, np.ndarray]
    fresh: np.ndarray
    settling: np.ndarray
    frozen: np.ndarray
    independent_from_s: float | None
    traps: TrapCounts | None
    curve: IntervalCurve | None = None

    @property
    def advice(self) -> str:
        """What to do, in one sentence."""
        worth = float(np.median(self.decisions[0.5]))
        now = f"{self.samples} samples are worth {worth:.3g} decisions"
        if worth >= INDEPENDENT * self.samples:
            return f"{now}: keep the interval"
        if self.independent_from_s is None:
            remedy = "several chips average it" if self.amplifies else "neuron.scaling: paired amplifies what is fresh"
            return (
                f"{now}, and no interval up to {time_text(LONGEST_INTERVAL_S)} makes them independent: "
                f"{100 * float(np.median(self.frozen)):.2g} % of the variance stays the same in all of them, an error "
                f"of the weights that more samples do not average; {remedy}"
            )
        least_s = self.independent_from_s
        better = f"{now}: set read.interval_s to {least_s:.2g} ({time_text(least_s, 2)}) or more"
        if self.order == "input_major" and self.images * self.interval_s >= self.independent_from_s:
            better += f", or read.order to sample_major ({self.images} images between two samples)"
        return better


@shown
class Timing(dict[str, LayerTiming]):
    """What samples are worth, by hidden layer."""

    def table(self) -> polars.DataFrame:
        """One row per layer; effective samples as [lowest, median, highest] neuron, shares of the median neuron."""
        return frame(from_notebook("rows_of")(self))


@checked(
    chip=instance_of(MappedNetwork, of="a programmed chip, as map_network gives it"),
    samples=whole_number(1, MOST_SAMPLES), images=whole_number(1, 2**31),
    with_curves=a_flag, progress=optional(a_function),
)  # fmt: skip
@usual_numerics()
def timing(
    chip: MappedNetwork,
    samples: int = 100,
    images: int = 1,
    with_curves: bool = False,
    progress: Progress | None = None,
) -> Timing:
    """What `samples` samples of each of `images` images are worth, by hidden layer. with_curves: also for other read
    intervals. progress(done, total) is called after each layer. Raises ConfigError for numbers out of range."""
    result = Timing()
    for done, layer in enumerate(chip.hidden, start=1):
        result[layer.name] = _SampledLayer(layer, samples, images).timing(with_curves)
        if progress is not None:
            progress(done, len(chip.hidden))
    return result


class _SampledLayer:
    """Effective samples of one layer; intervals are numbered, number n is 10^(n / PER_DECADE) times the present one."""

    def __init__(self, layer: MappedLayer, samples: int, images: int):
        self.layer, self.samples, self.images, self.read = layer, samples, images, layer.config.read
        # a pass reads all positions of a convolution; other images lie between the samples of one
        between = layer.patches * (images if self.read.order == "sample_major" else 1)
        self.spacing_s = between * self.read.interval_s
        self.covariance = LaggedCovariance(layer, self.spacing_s)
        self._lags = PER_DECADE * np.log10(lag_lattice(samples))
        self._elapsed = round(PER_DECADE * np.log10(max(samples - 1, 1)))

    def correlation(self, interval: int) -> np.ndarray:
        """Of u at the lags of the lattice, (lags, neurons); 0 where there is no noise."""
        elapsed = interval + self._elapsed
        variance = self.covariance.variance(elapsed)
        at = self.covariance.at(np.rint(interval + self._lags), elapsed)
        result: np.ndarray = np.where(variance > 0, at / np.where(variance > 0, variance, 1), 0.0)
        return result

    def worth(self, correlation: np.ndarray) -> np.ndarray:
        return effective_samples_of_lattice(correlation, self.samples)

    def timing(self, with_curve: bool) -> LayerTiming:
        correlation = self.correlation(0)
        # the lattice ends with the last sample, or some lags later where there are few
        kept = np.clip(correlation[[0, self._elapsed]], 0, 1)
        decisions = {rate: self.worth(decision_correlation(correlation, rate)) for rate in RATES}
        return LayerTiming(
            self.layer.name,
            self.samples,
            self.images,
            self.read.order,
            self.layer.circuit.amplifies_fresh_noise,
            self.read.interval_s,
            self.spacing_s,
            self.worth(correlation),
            decisions,
            fresh=1 - kept[0],
            settling=np.maximum(kept[0] - kept[1], 0.0),
            frozen=kept[1],
            independent_from_s=self._independent_from_s(),
            traps=self._traps(),
            curve=self._curve() if with_curve else None,
        )

    def _intervals(self) -> range:
        """Numbers from the shortest interval that leaves room for the reads to the longest that is searched."""
        read, reads = self.read, self.layer.config.reads_per_decision
        shortest_s = (max(reads, 2) - 1) * read.between_reads_s + read.window_s
        first = np.ceil(PER_DECADE * np.log10(shortest_s / read.interval_s) - 1e-9)
        last = np.floor(PER_DECADE * np.log10(LONGEST_INTERVAL_S / read.interval_s))
        return range(int(first), max(int(last), 0) + 1)

    def _interval_s(self, number: float) -> float:
        return float(self.read.interval_s * 10 ** (number / PER_DECADE))

    def _decisions(self, interval: int) -> float:
        """M_eff of the median neuron's decisions at P = 1/2."""
        return float(np.median(self.worth(decision_correlation(self.correlation(interval), 0.5))))

    def _independent_from_s(self) -> float | None:
        """Down from the longest interval in steps of half a decade, then by bisection: M_eff rises with the interval,
        except where another pass is as near as the other read of the same one."""
        enough, numbers = INDEPENDENT * self.samples, self._intervals()
        if self._decisions(numbers[-1]) < enough:
            return None
        high = low = numbers[-1]
        while low > numbers[0]:
            low = max(high - PER_DECADE // 2, numbers[0])
            if self._decisions(low) < enough:
                break
            high = low
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._decisions(middle) >= enough else (middle, high)
        below, above = self._decisions(low), self._decisions(high)
        share = 1.0 if above == below else (enough - below) / (above - below)
        return self._interval_s(low + share * (high - low))

    def _curve(self) -> IntervalCurve:
        """Three intervals a decade, and the present one."""
        numbers = [number for number in self._intervals() if number % (PER_DECADE // 3) == 0]
        correlations = [self.correlation(number) for number in numbers]
        currents = [float(np.median(self.worth(values))) for values in correlations]
        decisions = [self._decisions(number) for number in numbers]
        interval_s = np.array([self._interval_s(number) for number in numbers])
        return IntervalCurve(interval_s, np.array(currents), np.array(decisions))

    def _traps(self) -> TrapCounts | None:
        laws = [array.law.traps for array in self.covariance.arrays.values()]
        if any(law is None for law in laws):
            return None
        tau0_s = np.concatenate([law.traps.tau0_s.ravel() for law in laws if law is not None])
        averaged = int((tau0_s < self.read.window_s).sum())
        frozen = int((tau0_s > self.samples * self.spacing_s).sum())
        return TrapCounts(averaged, tau0_s.size - averaged - frozen, frozen)
