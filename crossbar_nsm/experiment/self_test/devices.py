"""Checks of cells by themselves."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from crossbar_nsm.experiment.self_test.result import SIGMAS, CheckResult
from device_models import CellReads, Cells, ReadConditions, Stream, load_device
from device_models.device import Device

CELLS = 100_000


def slow_noise_grows_as_published() -> CheckResult:
    """1/f noise as a trajectory: sd accumulated an hour after programming, Q sqrt(ln((t + tr)/(2 tr))), Q = 0.0088."""
    device = load_device("pcm_nandakumar2019")
    cells = Cells(np.full(CELLS, device.conductance.g_max_s), Stream(seed=6))
    law = device.read_law(cells, ReadConditions(age_s=3600.0))
    g_s = CellReads(law, device.initial_state(law, cells.stream), 1e-6, np.random.default_rng(6)).read()
    expected = 0.0088 * np.sqrt(np.log((3600 + 2.5e-7) / 5e-7))
    ratio = float((g_s / law.g_s).std() / expected - 1)
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
