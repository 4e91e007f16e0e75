"""Every key of an evaluation's schema with the largest, smallest and least likely numbers: each is refused in words, or
gives finite results, in bounded time and memory, and without a word of numpy's."""

import json
import random
import warnings
from contextlib import suppress

import numpy as np
import pytest
from support.cli import captured
from support.hostile.configurations import BASES, every_key
from support.hostile.fuzzing import outcome
from support.networks import dense_network, images

from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from crossbar_nsm.statistics.metrics import measure
from device_models import preset_paths
from device_models.files.document import parse_document

NET, X, Y = dense_network(20, 6, 4, 3), images(2, 20), np.array([0, 2])
FEW = 3  # samples
NUMBERS = [
    "1e308", "-1e308", "5e-324", "1e-300", str(2**63), str(2**63 - 1), str(10**30), "1e30", "-1e30", "1e-30", "1e20",
    "1e12", "1e9", "1e6", "1000", "16", "0", "-1", "1e-6", "1e-12", "1e-20",
]  # fmt: skip
WORK = {"neuron.calibration_reads"}  # so many reads were asked for
KEYS = sorted(set(every_key()) - WORK)
CONFIGURATIONS = BASES | {f"preset {name}": f"device: {name}" for name in preset_paths()}


def mapped_and_shown(base: str, key: str, number: str) -> None:
    value = f"[{number}, {number}]" if key.endswith("coefficients") else number
    document = parse_document(f"dataset: {{name: mnist5k}}\n{CONFIGURATIONS[base]}\n", "c.yaml")
    config = resolve(document, [f"{key}={value}"])
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # numpy's, of what overflows on the way
        chip = map_network(NET, config)
        probability = chip.predict(X, FEW).numpy()
    assert np.isfinite(list(vars(measure(probability, Y)).values())).all()
    for layer in chip.mapped_layers():
        assert all(np.isfinite(array.g_s).all() for array in layer.arrays.values())
    for calibration in chip.calibration.values():
        assert np.isfinite(calibration.threshold).all()


def judge(base: str, key: str, number: str) -> None:
    """A case that fails is tried again once its kernels are compiled, which takes longer than any case may."""
    try:
        outcome(lambda: mapped_and_shown(base, key, number))
    except Exception:
        with suppress(Exception):
            mapped_and_shown(base, key, number)
        outcome(lambda: mapped_and_shown(base, key, number))


@pytest.mark.slow
@pytest.mark.parametrize("base", sorted(CONFIGURATIONS))
def test_every_key(base):
    wrong = []
    for key in KEYS:
        for number in NUMBERS:
            try:
                judge(base, key, number)
            except Exception as error:
                wrong.append(f"{key}={number}: {type(error).__name__} {error}"[:200])
    assert wrong == []


def test_a_few_of_them():
    cases = [(base, key, number) for base in ("parts", "converters", "wander") for key in KEYS for number in NUMBERS]
    for case in random.Random(0).sample(cases, 150):
        judge(*case)


KNOWN = [
    ("switching", "device.endurance.cycles", "1e-30"),
    ("switching", "device.endurance.failure.scale_cycles", "1e30"),
    ("switching", "device.endurance.failure.shape", "1e30"),
    ("preset rram_switching_illustrative", "read.interval_s", "16"),
    ("plain", "array.dac.offset_sd_v", "1e30"),
    ("plain", "neuron.comparator.noise_sd_a", "1e20"),
    ("converters", "read.voltage_v", "1e-30"),
    ("digital sums", "array.adc.range_factor", "1e-20"),
    ("logarithmic", "device.flicker.log_law.at_g_max", str(2**63)),
    ("polynomial", "device.programming.error_polynomial_s.coefficients", "1e20"),
    ("preset pcm_joshi2020", "read.window_s", "1e-30"),
    ("wander", "device.drift.exponent.sd.above.coefficients", "1e12"),
    ("wander", "device.flicker.slowest_s", "1e308"),
    ("pulses", "device.programming.pulses.cycle_sd_v", "1e308"),
]


@pytest.mark.parametrize(("base", "key", "number"), KNOWN)
def test_those_that_once_failed(base, key, number):
    judge(base, key, number)


@pytest.mark.parametrize(
    ("base", "key", "number", "code"),
    [
        ("preset rram_switching_illustrative", "read.interval_s", "16", 2),
        ("pulses", "device.programming.pulses.cycle_sd_v", "1e308", 2),
        ("switching", "device.endurance.cycles", "1e-30", 0),
    ],
)
def test_on_the_command_line(tmp_path, base, key, number, code):
    """`validate` looks at numbers alone, `compare` at what they mean; JSON holds no infinite number."""
    save_checkpoint(NET, tmp_path / "net.safetensors")
    np.savez(tmp_path / "d.npz", x=X, y=Y)
    text = f"checkpoint: {tmp_path}/net.safetensors\ndataset: {{name: {tmp_path}/d.npz}}\n{CONFIGURATIONS[base]}\n"
    (tmp_path / "c.yaml").write_text(text)
    for command in ("validate", "map", "compare"):
        asked = [command, str(tmp_path / "c.yaml"), "--set", f"{key}={number}", "--set", f"evaluation.samples={FEW}"]
        found, out, err = captured(*asked, "--json")
        assert found == code or (command == "validate" and found == 0)
        assert "Traceback" not in err
        assert sum(line.startswith("error: ") for line in err.splitlines()) == (found == 2)
        json.loads(out, parse_constant=lambda name: pytest.fail(name))
