"""Programmed arrays and reads for tests."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.device_reader import DeviceReader
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.moments_reader import MomentsReader, ReadOperand
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import chunks
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.programming import LayerSite
from device_models import Device, Stream

NOISY = {
    "conductance": {"g_min_s": 5e-6, "g_max_s": 1e-4},
    "programming": {"relative_sd": 0.02},
    "read_noise": {"relative_sd": 0.05},
}


def weights(outputs: int, inputs: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(outputs, inputs))


def device(**parts: object) -> Device:
    return Device.model_validate({**NOISY, **parts})


def telegraph(capture_s: float, emission_s: float, step: float = 0.5, **more: object) -> dict:
    """One kind of trap for every cell."""
    return {
        "resistance_step": {"relative": step},
        "capture_time_s": {"min_s": capture_s, "max_s": capture_s},
        "emission_time_s": {"min_s": emission_s, "max_s": emission_s},
        **more,
    }


def program(
    weight: np.ndarray, dev: Device, seed: int = 0, read: ReadConfig | None = None, age_s: float = 0.0, **array: object
) -> Crossbar:
    config = HardwareConfig.model_validate({"device": dev, "array": array, "read": read or ReadConfig()})
    return LayerSite(config, Stream(seed=seed), age_s).array(weight)


def read_device(array: Crossbar, z: np.ndarray, samples: int, reads: int = 1) -> np.ndarray:
    """u (reads, samples, outputs) of one input vector z (1, inputs), every cell drawn."""
    reader = device_reader(array, reads)
    with one_blas_thread():
        parts = [reader.currents(z, passes.input_of, passes)[:, 0] for passes in chunks(1, samples, "input_major")]
    return np.concatenate(parts, axis=1).astype(np.float64)


def device_reader(array: Crossbar, reads: int = 1, per_tile: bool = False) -> DeviceReader:
    """A reader whose slots are the reads of a pass."""
    mixing = np.repeat(np.eye(reads)[:, :, None], array.tiling.outputs, axis=2)
    return DeviceReader(array, mixing, LayerInput(array.tiling.inputs, shift=array.targets.shift), per_tile)


def moments_reader(array: Crossbar, sd_factor: float = 1.0) -> MomentsReader:
    """One read in closed form, with `sd_factor` times the noise."""
    operand = ReadOperand(array.mean_matrix(), sd_factor**2 * array.pair_variance(), np.ones(array.tiling.outputs))
    shown = LayerInput(array.tiling.inputs)
    return MomentsReader([operand], array.tiling.row_slices, shown, np.uint64(9))
