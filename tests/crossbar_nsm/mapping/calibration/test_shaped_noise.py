"""Neurons calibrated by mean and variance, on cells whose read noise is not normal."""

import numpy as np
import pytest
from scipy import stats
from support.cells.arrays import device
from support.cells.shapes import SKEWED, sum_cdf
from support.laws import FALSE_ALARM
from support.networks import dense_network

from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import chunks
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models.parts.read_noise_laws.shapes import NoiseShape

SAMPLES = 20_000


def probability(layer, z: np.ndarray, shape: NoiseShape | None) -> np.ndarray:
    """P(z = +1) of every neuron of one input z (1, rows), by the exact law of its sum; None: as if it were normal."""
    array, c = layer.arrays["main"], layer.circuit.coefficients(layer.setting.gain.ravel())
    mean, found = z[0] @ array.mean_matrix(), []
    for i, shift in enumerate(layer.comparator.shift):
        cells = z[0][:, None] * array.targets.gain[:, i] * array.law.shaped.sd_s[:, :, i].T
        scales = (c[:, i, None, None] * cells.T * [[1], [-1]]).ravel()
        found.append(1 - sum_cdf(shape, scales)(-(c[:, i].sum() * mean[i] + shift)))
    return np.array(found)


def misfit(fired: np.ndarray, p: np.ndarray) -> float:
    """p-value of the rates of all neurons (chi-square)."""
    return float(stats.chi2.sf((SAMPLES * (fired - p) ** 2 / (p * (1 - p))).sum(), len(p)))


@pytest.mark.parametrize("scaling", ["none", "paired"])
@pytest.mark.parametrize("shape", ["laplace", SKEWED], ids=["laplace", "table"])
def test_neurons_of_one_pair_fire_by_the_exact_law(shape, scaling):
    """Calibration sets beta by the variance, whatever the shape; P(z = +1) is that of the shape, and not of the erf
    law of the same beta and c."""
    noise = {"relative_sd": 0.3, "shape": shape}
    net = dense_network(1, 12, 2, beta=(0.6, 2.0))
    config = HardwareConfig.model_validate({"device": device(read_noise=noise), "neuron": {"scaling": scaling}})
    layer = MappedNetwork(net, config).hidden[0]
    assert layer.reads.name == "device"
    z = np.ones((1, 1), np.float32)
    with one_blas_thread():
        fired = np.mean([layer.fire(z, p.input_of, p).mean(axis=0) for p in chunks(1, SAMPLES, "input_major")], axis=0)
    fired = (fired + 1) / 2
    table = layer.arrays["main"].law.shaped.shape
    assert misfit(fired, probability(layer, z, table)) > FALSE_ALARM
    assert misfit(fired, probability(layer, z, None)) < FALSE_ALARM

    normal = config.model_copy(update={"device": device(read_noise={"relative_sd": 0.3})})
    calibrated, other = layer.calibration, MappedNetwork(net, normal).hidden[0].calibration
    assert np.allclose(calibrated.recovered_beta, other.recovered_beta, rtol=1e-6)
    assert np.allclose(layer.setting.gain, MappedNetwork(net, normal).hidden[0].setting.gain, rtol=1e-6)
    reached = ~calibrated.clipped
    assert np.allclose(calibrated.recovered_beta[reached], calibrated.trained_beta[reached], rtol=1e-4)
