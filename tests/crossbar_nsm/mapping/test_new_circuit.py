"""A circuit that is an entry of the table and nothing else: everything asks its operands."""

import numpy as np
import pytest
from support.cells.arrays import device
from support.networks import dense_network, images

from crossbar_nsm.array.operand import REPLICA, Operand
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.learning.device_training import DeviceTraining
from crossbar_nsm.mapping.learning.training_hardware import TrainingHardware
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.neuron.circuits import CIRCUITS, READ, Circuit

NET = dense_network(30, 20, 4)
OPERANDS = (READ, Operand(REPLICA, is_read=False), Operand(REPLICA))


@pytest.fixture(autouse=True)
def circuit(monkeypatch):
    """u = r1 + a (d + r2) / 2: d the noise-free product, r2 a read, both of the replica; in place of `paired`."""
    made = Circuit("toy", OPERANDS, (1.0, 0.0, 0.0), (0.0, 0.5, 0.5))
    monkeypatch.setitem(CIRCUITS, "paired", lambda _: made)


def config(engine="auto", **array):
    return HardwareConfig.model_validate({"device": device(), "read": {"engine": engine}, "array": array})


@pytest.mark.parametrize(
    "array", [{}, {"rows": 16, "partial_sums": "digital", "adc": {"bits": 10}}], ids=["analog", "digital"]
)
def test_both_readers_realise_the_trained_beta(array):
    x, chips = images(4, 30), [MappedNetwork(NET, config(engine, **array)) for engine in ("moments", "device")]
    for chip in chips:
        layer = chip.calibration["fc1"]
        assert np.allclose(layer.recovered_beta, layer.trained_beta, rtol=0.03)
        assert set(chip.hidden[0].arrays) == {"main", "replica"}
    one, other = (chip.sample(x, 3000) for chip in chips)
    spread = ((one.var(dim=0) + other.var(dim=0)) / 3000).sqrt().clamp_min(1e-6)
    assert ((one.mean(dim=0) - other.mean(dim=0)) / spread).abs().max() < 5


def test_chip_files_and_training_know_its_arrays(tmp_path):
    chip = MappedNetwork(NET, config())
    saved = load_chip(chip.save(tmp_path / "chip.safetensors"))
    assert np.array_equal(saved.hidden[0].arrays["replica"].g_s, chip.hidden[0].arrays["replica"].g_s)
    hardware = TrainingHardware.model_validate({"device": device()})
    training = DeviceTraining(NET.architecture, hardware, NET.calibration_images.astype(np.float32) / 255, seed=0)
    with training.batch(NET):
        assert set(training.programmed.layers["fc1"].arrays) == {"main", "replica"}
