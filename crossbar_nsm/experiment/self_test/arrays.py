"""Checks of arrays and their readers."""

from __future__ import annotations

import numpy as np
from scipy.stats import kstest

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_reader import DeviceReader
from crossbar_nsm.array.pair_targets import PairTargets
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.engine.sampling.passes import Passes, chunks
from crossbar_nsm.experiment.self_test.result import SIGMAS, CheckResult
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.programming import LayerSite
from crossbar_nsm.mapping.reads.reader_choice import combined_reads
from device_models import Stream, load_device
from device_models.device import Device

KS_READS = 20_000


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


def _ks_p(engine: str, sd_factor: float) -> float:
    """p of u against its normal law, both readers at one input, all outputs standardised."""
    array, z = _noisy_array(), _inputs(1, 50)
    if engine == "device":
        u = _read_device(array, z, KS_READS)
    else:
        reads = combined_reads(ReadPlan.of_one_read(array))
        u = np.concatenate([reads.current(z, passes.input_of, passes) for passes in chunks(1, KS_READS, "input_major")])
    sd = sd_factor * np.sqrt(array.covariance(0.0))
    return float(kstest(((u - z @ array.mean_matrix()) / sd).ravel(), "norm").pvalue)


def _read_device(array: Crossbar, z: np.ndarray, samples: int) -> np.ndarray:
    """u (samples, outputs) of one input vector, read again and again."""
    reader = DeviceReader(array, np.ones((1, 1, array.tiling.outputs)))
    return np.concatenate([reader.currents(z, passes.input_of, passes)[0, 0] for passes in _passes(samples)]).astype(
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
