"""What successive samples are worth, predicted by `crossbar_nsm.mapping.timing` and measured on the device reader.

    python -m benchmarks.effective_samples            # table, benchmarks/figures/effective_samples.png; some minutes
    python -m benchmarks.effective_samples --quick    # fewer points and replicates, no figure
    python -m benchmarks.effective_samples --json

A layer of equal neurons, each with 64 pairs of cells of its own, is a set of independent replicates: all inputs stay
+1, and 100 passes are read one after the other, every trap and 1/f process moved on in time. With x the signal of a
neuron less its mean, M_eff = mean(x^2) / mean(m^2) over neurons, m the mean of x over the passes; for decisions x is 1
or 0 less the rate. Thresholds make decisions fire with probability 0.5 and 0.9 if signals are normal, as sums of 64
traps nearly are; traps differ in amplitude (sd of the logarithm 0.3), or sums would lie on a lattice.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy.special import ndtri

from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import chunks
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.lagged_covariance import LaggedCovariance
from crossbar_nsm.mapping.timing import RATES, timing
from crossbar_nsm.neuron.effective_samples import PER_DECADE
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, save_figure, subplots
from device_models import load_device

ROWS, SAMPLES, INTERVAL_S = 64, 100, 1e-6
FIGURES = Path(__file__).parent / "figures"
Measured = tuple[float, float]  # M_eff and its standard error


@dataclass(frozen=True)
class Point:
    """One comparison; ratio is measured over predicted."""

    case: str
    ratio_of_times: float | None  # tau0 over the interval
    what: str
    predicted: float
    measured: float
    standard_error: float

    @property
    def ratio(self) -> float:
        return self.measured / self.predicted


def telegraph(low_s: float, high_s: float) -> dict[str, Any]:
    """Cells with one trap each and nothing else; capture and emission times log-uniform from 2 low_s to 2 high_s, so
    that tau0 = low_s where the limits are equal."""
    times = {"min_s": 2 * low_s, "max_s": 2 * high_s}
    trap = {"resistance_step": {"relative": 0.5}, "spread_log_sd": 0.3, "capture_time_s": times}
    return {"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "telegraph": trap | {"emission_time_s": times}}


def chip_of(
    device: dict[str, Any] | str, neurons: int, read: dict[str, Any], scaling: str = "none", age_s: float = 0.0
) -> MappedNetwork:
    """Equal neurons with ROWS equal weights each."""
    layers = [
        {"type": "dense", "name": "fc1", "inputs": ROWS, "outputs": neurons},
        {"type": "linear", "name": "out", "inputs": neurons, "outputs": 2},
    ]
    net = Network(Architecture.model_validate({"layers": layers, "noise": {"law": "gaussian", "sigma": 1.0}}))
    net.reset_parameters(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for layer in net.nsm_layers():
            layer.weight.fill_(1.0)
            layer.beta.fill_(1.0)
    hardware = {
        "device": load_device(device),
        "array": {"rows": ROWS},
        "read": {"interval_s": INTERVAL_S, **read},
        "neuron": {"scaling": scaling},
    }
    return MappedNetwork(net, HardwareConfig.model_validate(hardware), age_s=age_s)


def compare(case: str, chip: MappedNetwork, ratio_of_times: float | None = None) -> Iterator[Point]:
    """Currents, and decisions at every rate."""
    predicted, halfway = timing(chip, SAMPLES)["fc1"], round(PER_DECADE * np.log10(SAMPLES - 1))
    sd = np.sqrt(LaggedCovariance(chip.hidden[0], predicted.spacing_s).variance(halfway))
    x = deviations(chip, SAMPLES) / sd
    yield Point(case, ratio_of_times, "currents", _joint(predicted.currents), *effective(x))
    for rate in RATES:
        fired = (x < ndtri(rate)).astype(np.float64)
        yield Point(
            case, ratio_of_times, f"decisions, P = {rate:g}", _joint(predicted.decisions[rate]),
            *effective(fired - fired.mean()),
        )  # fmt: skip


def _joint(of_neurons: np.ndarray) -> float:
    """M_eff of all neurons together: variances of means add up."""
    return float(1 / np.mean(1 / of_neurons))


def deviations(chip: MappedNetwork, samples: int) -> np.ndarray:
    """u less its mean over time, (samples, neurons), of successive passes of an input of +1."""
    z, layer = np.ones((1, ROWS), np.float32), chip.hidden[0]
    with one_blas_thread():
        parts = [layer.reads.current(z, passes.input_of, passes) for passes in chunks(1, samples, "input_major")]
    means = [layer.arrays[operand.array].mean_matrix() for operand in layer.circuit.operands]
    coefficients = layer.circuit.coefficients(layer.setting.gain.ravel()) * layer.circuit.drive_probability[:, None]
    mean = sum(c * matrix.sum(axis=0) for c, matrix in zip(coefficients, means, strict=True))
    result: np.ndarray = np.concatenate(parts) - mean
    return result


def effective(x: np.ndarray) -> Measured:
    """M_eff of x (samples, neurons) of mean 0 over independent neurons, and its standard error."""
    single, mean = (x**2).mean(axis=0), x.mean(axis=0) ** 2
    found = single.mean() / mean.mean()
    relative = (single / single.mean() - mean / mean.mean()).std(ddof=1) / np.sqrt(x.shape[1])
    return float(found), float(found * relative)


def telegraph_points(neurons: int, ratios: np.ndarray, shares: tuple[float, ...]) -> Iterator[Point]:
    """tau0 over the interval, and the share of the interval that a read averages."""
    for share in shares:
        for ratio in ratios:
            tau0_s = float(ratio) * INTERVAL_S
            chip = chip_of(telegraph(tau0_s, tau0_s), neurons, {"window_s": share * INTERVAL_S})
            yield from compare(f"window {share:g} of the interval", chip, float(ratio))


def other_points(neurons: int) -> Iterator[Point]:
    """Traps of all times, two reads combined, and 1/f noise of phase-change memory as a trajectory.

    Pairs of reads 0.1 us apart amplify what traps changed in between, with or without fresh noise. Without, few of the
    64 did, so the signal is far from normal and currents are predicted, but not decisions.
    """
    short = {"window_s": 1e-7}
    yield from compare("20 us to 20 s", chip_of(telegraph(1e-5, 10.0), neurons, short))
    fast = telegraph(1e-7, 1e-3)
    for case, more in (("read noise", {"read_noise": {"relative_sd": 0.02}}), ("no other noise", {})):
        yield from compare(f"0.2 us to 2 ms, paired, {case}", chip_of(fast | more, neurons, short, "paired"))
    for age_s, interval_s in ((1.0, 1e-6), (1e-3, 1e-3)):
        read = {"window_s": 1e-7, "interval_s": interval_s, "slow_noise": "trajectory"}
        for scaling in ("none", "paired"):
            chip = chip_of("pcm_nandakumar2019", neurons, read, scaling, age_s)
            yield from compare(f"PCM after {age_s:g} s, {interval_s:g} s apart, {scaling}", chip)


def draw(points: list[Point]) -> Figure:
    """Predicted (lines) and measured (points, 2 standard errors) M_eff against tau0 over the interval."""
    cases = list(dict.fromkeys(point.case for point in points))
    with look():
        figure, panels = subplots(1, len(cases), figsize=(COLUMN_INCH * len(cases), 0.95 * COLUMN_INCH), sharey=True)
        for axes, case in zip(np.atleast_1d(panels), cases, strict=True):
            for index, what in enumerate(dict.fromkeys(point.what for point in points)):
                of = [point for point in points if (point.case, point.what) == (case, what)]
                times, colour = [point.ratio_of_times for point in of], LAYER_COLOURS[index]
                axes.plot(times, [point.predicted for point in of], color=colour, lw=1, label=what)
                axes.errorbar(
                    times, [point.measured for point in of], [2 * point.standard_error for point in of], fmt="o", ms=3,
                    color=colour, lw=1,
                )  # fmt: skip
            tau = np.geomspace(0.3, 30, 50)
            long = SAMPLES * np.tanh(1 / (2 * tau))  # (1 - rho) / (1 + rho)
            axes.plot(tau, long, color=GREY, lw=1, ls=":", label="currents, M large: M (1 - rho)/(1 + rho)")
            axes.set(xscale="log", yscale="log", xlabel="tau0 / interval", title=case, ylim=(0.8, 150))
        np.atleast_1d(panels)[0].set_ylabel(f"effective samples of {SAMPLES}")
        np.atleast_1d(panels)[0].legend(loc="lower left")
    return figure


def table(points: list[Point]) -> str:
    lines = [f"{'case':42}{'tau0/interval':>14}  {'what':20}{'predicted':>10}{'measured':>10}{'ratio':>8}{'+-':>7}"]
    for p in points:
        times = "" if p.ratio_of_times is None else f"{p.ratio_of_times:.3g}"
        error = p.standard_error / p.predicted
        lines.append(
            f"{p.case:42}{times:>14}  {p.what:20}{p.predicted:10.3f}{p.measured:10.3f}{p.ratio:8.3f}{error:7.3f}"
        )
    worst = max((point for point in points if point.ratio_of_times is not None), key=lambda point: abs(point.ratio - 1))
    lines.append(f"largest difference, equal traps: {100 * abs(worst.ratio - 1):.1f} % ({worst.case}, {worst.what})")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--quick", action="store_true", help="fewer points, 1,024 replicates, no figure")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    neurons = 1024 if options.quick else 4096
    ratios = np.array([1.0, 100.0]) if options.quick else np.geomspace(1e-2, 1e3, 11)
    traps = list(telegraph_points(neurons, ratios, (0.5,) if options.quick else (0.1, 0.5)))
    points = traps + ([] if options.quick else list(other_points(neurons)))
    print(json.dumps([asdict(point) for point in points], indent=2) if options.json else table(points))
    if not options.quick:
        for path in save_figure(draw(traps), FIGURES, "effective_samples", ("png",), owned=True):
            if not options.json:
                print(f"Figure: {path}")


if __name__ == "__main__":
    main()
