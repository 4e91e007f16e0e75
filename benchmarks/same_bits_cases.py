"""What `benchmarks.same_bits` compares: cases by name, each a function of an empty folder that returns its results.

Only the public front is used, `crossbar_nsm.*` and the command line, so that a case runs wherever modules live.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import crossbar_nsm as xb

Case = Callable[[Path], dict[str, Any]]
ROOT = Path(__file__).parents[1]
RRAM, CNN, PCM = "mnist_mlp_rram", "mnist_cnn", "mnist_mlp_pcm"  # files in configs/
CALIBRATED = (
    "trained_beta", "trained_c", "recovered_beta", "recovered_c", "lowest_beta", "highest_beta", "normalisation_index",
    "gain", "threshold", "clipped", "offset", "direction_error", "frozen_share",
)  # fmt: skip
CONVERTERS = (
    "array.output_layer=array", "array.partial_sums=digital", "array.adc={bits: 7, inl_lsb: 0.5, offset_sd_lsb: 0.5}",
    "array.dac={bits: 6, inl_lsb: 0.5, offset_sd_v: 0.001, gain_sd: 0.01}", "array.scale=per_row",
)  # fmt: skip
COMPARATORS = (
    "neuron.comparator={offset_sd_a: 1e-7, noise_sd_a: 1e-7, hysteresis_a: 5e-8}",
    "neuron.gain_bits=6", "neuron.threshold_bits=8",
)  # fmt: skip
DEVICE, WIRES = "read.engine=device", ("array.r_row_ohm=1", "array.r_col_ohm=2", "array.r_driver_ohm=50")
CHIPS = {  # name: configuration, overrides, images, samples
    "mlp_moments": (RRAM, (), 100, 20),
    "mlp_device": (RRAM, (DEVICE,), 10, 5),
    "mlp_order": (RRAM, ("read.order=sample_major", *COMPARATORS), 20, 5),
    "cnn_moments": (CNN, (), 3, 3),
    "cnn_device": (CNN, (DEVICE,), 1, 2),
    "telegraph": ("mnist_mlp_telegraph", (), 3, 4),
    "selector": ("mnist_mlp_fefet_selector", (), 5, 4),
    "pcm_trajectory": (PCM, ("read.slow_noise=trajectory",), 2, 3),
    "pcm_split": (PCM, (), 20, 10),
    "none": (RRAM, ("neuron.scaling=none", "device=rram_wan2022"), 20, 10),
    "averaged": (RRAM, ("neuron.scaling=averaged", DEVICE), 5, 5),
    "row_mask": (RRAM, ("neuron.scaling=row_mask",), 20, 10),
    "row_mask_device": (RRAM, ("neuron.scaling=row_mask", DEVICE), 5, 4),
    "replica": (RRAM, ("neuron.scaling=replica", "device=rram_milo2021"), 20, 10),
    "digital": (RRAM, ("neuron.scaling=digital", "array.pairing=balanced"), 20, 10),
    "blank_out": (RRAM, ("device=ideal_blank_out", "neuron.scaling=none"), 5, 4),
    "converters": (RRAM, CONVERTERS, 20, 5),
    "wires": (RRAM, WIRES, 20, 10),
    "measured": (RRAM, ("neuron.calibration=measured", "neuron.calibration_reads=64"), 20, 10),
    "uncalibrated": (RRAM, ("neuron.calibration=none",), 20, 10),
}  # fmt: skip
METHODS = ("nsm", "nsm_ste", "nsm_binconcrete", "bd", "wbd", "bn", "sn", "stnn", "relu", "sigmoid", "tanh")
HIDDEN, OUTPUT = "type: dense, name: fc1, inputs: 784, outputs: 30", "type: linear, name: out, inputs: 30, outputs: 10"
TRAINING = (
    f"network.layers=[{{{HIDDEN}}}, {{{OUTPUT}}}]", "dataset.exclude=null", "dataset.validation_images=100",
    "training.epochs=2", "training.batch_size=50", "training.averaging=0.9", "test.samples=5",
)  # fmt: skip
SMALL = ("evaluation.images=20", "evaluation.samples=5", "evaluation.chips=2")
COMMANDS = {  # what they print, without times that they took
    "devices": ("devices",),
    "show": ("devices", "show", "pcm_joshi2020"),
    "cite": ("cite", "configs/mnist_mlp_pcm.yaml"),
    "map": ("map", "configs/mnist_mlp_rram.yaml"),
}  # fmt: skip


def chip(name: str, _folder: Path) -> dict[str, Any]:
    """A programmed chip: single passes, then a prediction that goes on in simulated time, and its calibration."""
    file, overrides, images, samples = CHIPS[name]
    config = xb.load_config(_yaml(file), *overrides)
    mapped = xb.map_network(xb.load_checkpoint(config.checkpoint), config, seed=3, chip=1)
    x, _ = xb.load_dataset("mnist5k")
    passes = mapped.sample(x[:2], 2)
    return {"engine": mapped.engine, "passes": passes, **_predicted(mapped, x[2 : 2 + images], samples)} | {
        layer: {part: getattr(found, part) for part in CALIBRATED} for layer, found in mapped.calibration.items()
    }


def software(_folder: Path) -> dict[str, Any]:
    """Ideal software, by place of the noise and way to draw it."""
    x, _ = xb.load_dataset("mnist5k")
    mlp, cnn = xb.load_checkpoint("mnist_mlp"), xb.load_checkpoint("mnist_cnn")
    sure = mlp.predict_until_sure(x[:50], 40)
    return {
        "synapse": mlp.predict(x[:50], 20, noise="synapse", seed=2),
        "neuron": mlp.predict(x[:50], 20, noise="neuron", seed=2),
        "exact": mlp.sample(x[:3], 3, xi="exact"),
        "exact_neuron": mlp.sample(x[:3], 3, noise="neuron", xi="exact"),
        "cnn": cnn.predict(x[:3], 4),
        "cnn_neuron": cnn.predict(x[:2], 3, noise="neuron"),
        "until_sure": {"probability": sure.probability, "samples": sure.samples},
    }


def lifetime(folder: Path) -> dict[str, Any]:
    """What a chip goes through: early stopping, age, other targets, its file, its conductances."""
    mapped = xb.map_network(xb.load_checkpoint("mnist_mlp"), _yaml(PCM))
    x, _ = xb.load_dataset("mnist5k")
    sure = mapped.predict_until_sure(x[:30], 40, block=5)
    old, anew = mapped.at_age(1e7), mapped.at_age(1e7, recalibrate=True)
    mapped.retarget({"fc3": (0.8, mapped.calibration["fc3"].trained_c)})
    loaded = xb.load_chip(mapped.save(folder / "chip.safetensors"))
    with np.load(mapped.export_conductances(folder / "g.npz")) as stored:
        conductances = dict(stored)
    chips = {"old": old, "anew": anew, "retargeted": mapped, "loaded": loaded}
    return {
        "until_sure": {"probability": sure.probability, "samples": sure.samples},
        "conductances": conductances,
        **{name: _predicted(each, x[:10], 5) for name, each in chips.items()},
    }


def training(method: str, folder: Path, *overrides: str) -> dict[str, Any]:
    """Two epochs of a small network by one method."""
    places = (f"dataset.name={_digits(folder)}", f"output={folder / 'run'}")
    found = xb.train(_yaml("train_mnist_mlp"), *TRAINING, *places, f"network.method={method}", *overrides)
    x, _ = xb.load_dataset("mnist5k")
    results = {"result": found.as_dict()}
    for which in ("best", "last"):
        net = xb.load_checkpoint(folder / f"run/{which}.safetensors")
        parameters = np.concatenate([parameter.detach().numpy().ravel() for parameter in net.parameters()])
        results[which] = {"parameters": parameters, "probability": net.predict(x[:50], 5)}
    return results


def tuning(folder: Path) -> dict[str, Any]:
    """A chip that is tuned with the chip in the loop."""
    found = xb.tune(_yaml(RRAM), "device=rram_wan2022", *SMALL[:2], images=100, train_on=str(_digits(folder)))
    x, _ = xb.load_dataset("mnist5k")
    return {"result": found.as_dict(), **_predicted(found.chip, x[:20], 5)}


def rows(folder: Path) -> dict[str, Any]:
    """What the studies report, as --json prints it."""
    several = "sweep={neuron.scaling: [none, paired]}"
    points = xb.sweep(_yaml(RRAM), *SMALL, several, out=str(folder / "sweep"), workers=1)
    timed = xb.map_network(xb.load_checkpoint("mnist_mlp"), _yaml("mnist_mlp_telegraph"))
    return {
        "compare": xb.compare(_yaml(RRAM), *SMALL, several, "evaluation.margin=0.01", pairwise=True).as_dict(),
        "run": xb.compare(_yaml(CNN), "evaluation.images=2", "evaluation.samples=2", hardware_only=True).as_dict(),
        "budget": xb.budget(_yaml(RRAM), *SMALL, *COMPARATORS).as_dict(),
        "uncertainty": xb.uncertainty(_yaml(RRAM), *SMALL, angles_deg=(0, 45)).as_dict(),
        "ageing": xb.ageing(_yaml(PCM), *SMALL, ages_s=(20, 1e5, 3e7)).as_dict(),
        "timing": {layer: asdict(found) for layer, found in xb.timing(timed, 20, with_curves=True).items()},
        "sweep": points.table().to_dict(as_series=False),
    }


def printed(_folder: Path) -> dict[str, Any]:
    """Standard output of some commands."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, function = project["scripts"]["crossbar-nsm"].split(":")
    code = f"import sys; sys.argv[0] = 'crossbar-nsm'; from {module} import {function}; {function}()"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1"}
    return {
        name: subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, check=True,
                             capture_output=True, text=True).stdout
        for name, arguments in COMMANDS.items()
    }  # fmt: skip


def _predicted(mapped: Any, images: np.ndarray, samples: int) -> dict[str, np.ndarray]:
    found = mapped.predict_uncertainty(images, samples)
    return {part: getattr(found, part) for part in ("probability", "entropy", "mutual_information")}


def _yaml(name: str) -> Path:
    return ROOT / "configs" / f"{name}.yaml"


def _digits(folder: Path) -> Path:
    """The last digits of mnist5k as a data set with a training part, in a file."""
    x, y = xb.load_dataset("mnist5k")
    np.savez(folder / "digits.npz", x_train=x[-600:-100], y_train=y[-600:-100], x_test=x[-100:], y_test=y[-100:])
    return folder / "digits.npz"


CASES: dict[str, Case] = {
    **{name: partial(chip, name) for name in CHIPS},
    "software": software,
    "lifetime": lifetime,
    **{f"train_{method}": partial(training, method) for method in METHODS},
    "train_neuron_noise": lambda folder: training("nsm", folder, "training.noise_place=neuron"),
    "train_for_device": lambda folder: training(
        "nsm", folder, "hardware={device: rram_wan2022, neuron: {scaling: replica}}"
    ),
    "tuning": tuning,
    "rows": rows,
    "printed": printed,
}
