"""The self-test a suspicious user runs: each check compares something simulated with an exact law or a hand count.

Statistical checks have fixed seeds and limits of 5 standard errors (false alarm 6e-7 each), and one negative control
must fail: a check that cannot fail says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import erf, ndtr
from scipy.stats import kstest, multivariate_normal

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_reader import DeviceReader
from crossbar_nsm.array.pair_targets import PairTargets
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import Passes, Progress, chunks
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.recovery import observe
from crossbar_nsm.mapping.programming import LayerSite
from crossbar_nsm.mapping.reads.combined_reads import combined_reads
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.network import Network
from device_models import CellReads, Cells, ReadConditions, Stream, load_device
from device_models.device import Device

SIGMAS = 5.0
KS_READS = 20_000
CELLS = 100_000


@dataclass(frozen=True)
class CheckResult:
    name: str
    measured: str
    allowed: str
    passed: bool


def run_checks(progress: Progress = lambda _done, _total: None) -> list[CheckResult]:
    """All checks, in a few seconds; `progress(done, total)` counts checks."""
    checks: list[Callable[[], CheckResult]] = [
        currents_by_hand,
        tiles_add_up,
        lambda: ideal_is_software("ideal", "Gaussian xi"),
        lambda: ideal_is_software("ideal_blank_out", "Bernoulli xi"),
        read_noise_variance,
        readers_agree,
        wrong_variance_is_noticed,
        telegraph_statistics,
        slow_noise_grows_as_published,
        selector_conducts,
        same_seed_same_bits,
    ]
    results = []
    with one_blas_thread():
        for check in checks:
            results.append(check())
            progress(len(results), len(checks))
    return results


def currents_by_hand() -> CheckResult:
    """2 inputs x 2 outputs: I_1 = V [z_1 (G+_11 - G-_11) + z_2 (G+_21 - G-_21)], 0.2 V, z = (+1, -1)."""
    g_plus, g_minus = np.array([[10.0, 20.0], [30.0, 40.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    targets = PairTargets(np.stack([g_plus, g_minus]) * 1e-6, np.ones((2, 2)), np.ones(2))
    array = Crossbar(load_device("ideal"), targets, Tiling(2, 2, 256, 256), Stream())
    current = array.mean_currents_a(np.array([[1.0, -1.0]]), 0.2)[0]
    by_hand = np.array([0.2 * (9e-6 - 27e-6), 0.2 * (18e-6 - 36e-6)])
    error = float(np.abs(current - by_hand).max() / np.abs(by_hand).max())
    return CheckResult("currents of a 2x2 array by hand", f"{error:.1e} off", "1e-12", error <= 1e-12)


def tiles_add_up() -> CheckResult:
    """Any split of a layer over tiles gives the same product."""
    weight, z = _weights(40, 70), _inputs(16, 70)
    products = []
    for rows, cols in ((256, 256), (7, 6), (1, 2)):
        config = HardwareConfig.model_validate(
            {"device": load_device("ideal"), "array": {"rows": rows, "cols": cols, "scale": "per_column"}}
        )
        products.append(z @ LayerSite(config, Stream()).array(weight).mean_matrix())
    error = max(float(np.abs(product - z @ weight.T).max()) for product in products)
    return CheckResult("tiles of any size give W z", f"{error:.1e} off", "1e-9", error <= 1e-9)


def ideal_is_software(preset: str, law: str) -> CheckResult:
    """A network on ideal cells fires with the trained probabilities (device reader, every cell drawn)."""
    net = _network()
    config = HardwareConfig.model_validate(
        {"device": load_device(preset), "neuron": {"scaling": "digital"}, "read": {"engine": "device"}}
    )
    chip = MappedNetwork(net, config, seed=3)
    layer = next(net.nsm_layers())
    seen = observe(chip, np.random.default_rng(0).random((20, 60), dtype=np.float32), reads=2000)[layer.place.spec.name]
    beta, c = layer.beta.detach().numpy(), layer.c.detach().numpy()
    p = 0.5 * (1 + erf(beta * seen.t + c))
    z = (seen.fired - seen.reads * p).sum() / np.sqrt((seen.reads * p * (1 - p)).sum())
    allowed = SIGMAS
    return CheckResult(
        f"ideal cells fire as software does, {law}", f"{z:+.2f} sigma", f"{allowed:g} sigma", abs(z) <= allowed
    )


def read_noise_variance() -> CheckResult:
    """Device reader: variance of u = sum over cells of (gain sd)^2, G_min cells included."""
    array, z = _noisy_array(), _inputs(1, 50)
    u = _read_device(array, z, 20_000)
    expected = array.covariance(0.0)
    statistic = float((u.var(axis=0, ddof=1) / expected).mean() - 1)
    limit = SIGMAS * np.sqrt(2 / (len(u) * u.shape[1]))
    return CheckResult(
        "read-noise variance of every cell",
        f"{100 * statistic:+.2f} %",
        f"{100 * limit:.2f} %",
        abs(statistic) <= limit,
    )


def readers_agree() -> CheckResult:
    """Moments and device reader have the same law (Kolmogorov-Smirnov against the closed form)."""
    p = min(_ks_p(engine, 1.0) for engine in ("moments", "device"))
    return CheckResult("both readers follow the closed form", f"KS p = {p:.3f}", "p > 1e-4", p > 1e-4)


def wrong_variance_is_noticed() -> CheckResult:
    """Negative control: the same test must reject an sd that is 3 % wrong."""
    p = _ks_p("device", 1.03)
    return CheckResult("negative control: 3 % wrong sd is rejected", f"KS p = {p:.1e}", "p < 1e-4", p < 1e-4)


def telegraph_statistics() -> CheckResult:
    """Mean and variance of telegraph reads against d, q, tau0 (windowed), over 400 independent trajectories."""
    device = Device.model_validate(
        {
            "conductance": {"g_min_s": 1e-6, "g_max_s": 1e-5},
            "telegraph": {
                "resistance_step": {"relative": 0.5},
                "capture_time_s": {"min_s": 3e-6, "max_s": 3e-6},
                "emission_time_s": {"min_s": 1e-6, "max_s": 1e-6},
            },
        }
    )
    read = ReadConfig(window_s=1e-6, interval_s=5e-6)
    array = LayerSite(HardwareConfig(device=device, read=read), Stream(seed=5)).array(np.ones((400, 1)))
    u = _read_device(array, np.ones((1, 1), np.float32), 500)
    mean, variance = array.mean_matrix()[0], array.covariance(0.0)
    correlation = array.covariance(5e-6) / variance
    effective = u.size * (1 - correlation.mean()) / (1 + correlation.mean())
    z = float((u.mean() - mean.mean()) / np.sqrt(variance.mean() / effective))
    ratio = float(u.var() / variance.mean() - 1)
    passed = abs(z) <= SIGMAS and abs(ratio) <= 0.03
    return CheckResult(
        "telegraph occupancy and window average", f"mean {z:+.2f} sigma, variance {100 * ratio:+.1f} %",
        f"{SIGMAS:g} sigma, 3 %", passed,
    )  # fmt: skip


def slow_noise_grows_as_published() -> CheckResult:
    """1/f noise as a trajectory: sd accumulated an hour after programming, Q sqrt(ln((t + tr)/(2 tr))), Q = 0.0088."""
    device = load_device("pcm_nandakumar2019")
    cells = Cells(np.full(CELLS, device.conductance.g_max_s), Stream(seed=6))
    law = device.read_law(cells, ReadConditions(age_s=3600.0))
    seen = CellReads(law, device.initial_state(law, cells.stream), 1e-6, np.random.default_rng(6)).read()
    expected = 0.0088 * np.sqrt(np.log((3600 + 2.5e-7) / 5e-7))
    ratio = float((seen / law.g_s).std() / expected - 1)
    return CheckResult("1/f noise grows by the published law", f"{100 * ratio:+.2f} %", "2.5 %", abs(ratio) <= 0.025)


def selector_conducts() -> CheckResult:
    """A selector whose threshold wanders conducts with p = Phi((V - mean)/sd), and remembers as its law says."""
    device = Device.model_validate(
        {
            "conductance": {"g_min_s": 1e-6, "g_max_s": 1e-5},
            "selector": {
                "threshold": {"mean_v": 0.5, "sd_v": 0.1, "correlation_time_s": 1e-6},
                "input_v": 0.45,
                "on_conductance_s": 1.0,
                "off_conductance_s": 0.0,
                "per": "cell",
            },
        }
    )
    cells = Cells(np.full(CELLS, 1e-5), Stream(seed=7))
    law = device.read_law(cells)
    reads = CellReads(law, device.initial_state(law, cells.stream), 1e-6, np.random.default_rng(7))
    first, second = (reads.read() > 5e-6 for _ in range(2))
    p, rho = float(ndtr(-0.5)), np.exp(-1.0)
    both = float(multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([-0.5, -0.5]))
    z = [(np.mean(bits) - q) / np.sqrt(q * (1 - q) / CELLS) for bits, q in ((first, p), (first & second, both))]
    return CheckResult(
        "selector: probability, and both of two reads",
        f"{z[0]:+.2f}, {z[1]:+.2f} sigma",
        f"{SIGMAS:g} sigma",
        max(map(abs, z)) <= SIGMAS,
    )


def same_seed_same_bits() -> CheckResult:
    """Halves of a batch, one after the other, give the bits of the whole."""
    net, x = _network(), np.random.default_rng(1).random((30, 60), dtype=np.float32)
    config = HardwareConfig(device=load_device("rram_illustrative"))
    whole = MappedNetwork(net, config).sample(x, 7)
    chip = MappedNetwork(net, config)
    halves = torch.cat([chip.sample(x[:11], 7), chip.sample(x[11:], 7)], dim=1)
    same = torch.equal(whole, halves)
    return CheckResult("same seed, same bits for any batch", "equal" if same else "different", "equal", same)


def _ks_p(engine: str, sd_factor: float) -> float:
    """p of u against its normal law, both readers at one input, all outputs standardised."""
    array, z = _noisy_array(), _inputs(1, 50)
    if engine == "device":
        u = _read_device(array, z, KS_READS)
    else:
        reads = combined_reads(ReadPlan.of_one_read(array))
        u = np.concatenate([reads.current(z, passes.rows, passes) for passes in chunks(1, KS_READS, "input_major")])
    sd = sd_factor * np.sqrt(array.covariance(0.0))
    return float(kstest(((u - z @ array.mean_matrix()) / sd).ravel(), "norm").pvalue)


def _read_device(array: Crossbar, z: np.ndarray, samples: int) -> np.ndarray:
    """u (samples, outputs) of one input vector, read again and again."""
    reader = DeviceReader(array, np.ones((1, 1, array.tiling.outputs)))
    return np.concatenate([reader.currents(z, passes.rows, passes)[0, 0] for passes in _passes(samples)]).astype(
        np.float64
    )


def _passes(samples: int) -> list[Passes]:
    return list(chunks(1, samples, "input_major"))


def _noisy_array() -> Crossbar:
    config = HardwareConfig(device=load_device("rram_illustrative"))
    return LayerSite(config, Stream(seed=2)).array(_weights(20, 50))


def _weights(outputs: int, inputs: int) -> np.ndarray:
    return np.random.default_rng(7).normal(size=(outputs, inputs))


def _inputs(batch: int, width: int) -> np.ndarray:
    return np.where(np.random.default_rng(8).random((batch, width)) < 0.5, np.float32(-1), np.float32(1))


def _network() -> Network:
    layers = [
        {"type": "dense", "name": "fc1", "inputs": 60, "outputs": 30},
        {"type": "dense", "name": "fc2", "inputs": 30, "outputs": 20},
        {"type": "linear", "name": "out", "inputs": 20, "outputs": 4},
    ]
    net = Network(Architecture.model_validate({"layers": layers}))
    generator = torch.Generator().manual_seed(0)
    net.reset_parameters(generator)
    with torch.no_grad():
        for layer in net.nsm_layers():
            layer.beta.uniform_(0.6, 1.6, generator=generator)
            layer.c.uniform_(-0.4, 0.4, generator=generator)
    net.calibration_images = torch.rand((256, 60), generator=generator, dtype=torch.float32)
    return net
