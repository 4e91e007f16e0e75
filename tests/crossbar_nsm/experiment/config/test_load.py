import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
from pydantic import TypeAdapter

from crossbar_nsm.datasets.folder import DATA_VARIABLE
from crossbar_nsm.experiment.config.checks.config_file import check_file
from crossbar_nsm.experiment.config.load import load_config, load_train_config
from crossbar_nsm.experiment.config.points import at_point, sweep_points
from crossbar_nsm.experiment.studies.study import plan
from device_models.errors import ConfigError
from device_models.files.document import load_document, parse_document
from device_models.schema import Schema

CONFIGS = Path(__file__).parents[4] / "configs"


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_configuration_is_valid(path, monkeypatch):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    trains = path.name.startswith("train_")
    assert ["no data folder given; use --data DIR" in line for line in check_file(path)] == [True] * trains


def write(tmp_path, text):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    return path


def test_every_mistake_at_once_with_file_and_line(tmp_path):
    path = write(
        tmp_path,
        "device: rram_wan22\nread:\n  windows_s: 1e-7\n  voltage_v: -0.2\narray: {rows: 1.5}\n"
        "evaluation: {samples: 0}\nneuron: {scaling: pared}\n",
    )
    found = "\n".join(check_file(path))
    for expected in (
        f"{path}:1: unknown device preset 'rram_wan22', did you mean rram_wan2022?",
        f"{path}:3: read.windows_s: unknown key, did you mean window_s?",
        f"{path}:4: read.voltage_v: input should be greater than 0, got -0.2",
        f"{path}:5: array.rows",
        f"{path}:6: evaluation.samples: input should be greater than or equal to 1, got 0",
        f"{path}:7: neuron.scaling: no circuit is called 'pared'; did you mean paired? (one of your own is registered "
        "in a file that --laws names)",
    ):
        assert expected in found
    assert len(check_file(path)) == 6


def test_numbers_are_yaml_1_2(tmp_path):
    assert load_config(write(tmp_path, "device: ideal\nread: {window_s: 1e-8}\n")).read.window_s == 1e-8


def test_overrides_reach_into_a_named_preset(tmp_path):
    path = write(tmp_path, "device: rram_wan2022\n")
    config = load_config(
        path, "device.read_noise.relative_sd=0.05", "device.programming.relative_sd=0.01", "read.engine=moments"
    )
    assert config.device.read_noise.relative_sd == 0.05
    assert config.device.programming.error_polynomial_s is None
    assert config.device.conductance.g_max_s == 3.93e-5
    assert config.read.engine == "moments"
    assert "read_noise.relative_sd" not in config.device.sources
    replaced = load_config(path, "device=ideal")
    assert replaced.device.name == "ideal"


def test_overrides_are_checked_together_not_one_by_one(tmp_path):
    path = write(tmp_path, "device: ideal\n")
    config = load_config(path, "read.interval_s=1e-8", "read.window_s=1e-9")
    assert config.read.interval_s == 1e-8
    with pytest.raises(ConfigError, match=r"--set read\.window_s=-1: read\.window_s"):
        load_config(path, "read.window_s=-1")
    with pytest.raises(ConfigError, match=r"--set read\.order\.x=1: read\.order holds no sections of its own"):
        load_config(path, "read.order=input_major", "read.order.x=1")


def test_a_layer_may_have_a_device_of_its_own(tmp_path):
    config = load_config(write(tmp_path, "device: ideal\nlayers: {fc1: {device: rram_milo2021}}\n"))
    assert config.device_of("fc1").name == "rram_milo2021"
    assert config.device_of("fc2").name == "ideal"


def test_an_impossible_combination_of_reader_and_law(tmp_path):
    path = write(tmp_path, "device: rram_telegraph_illustrative\nread: {engine: moments}\n")
    assert check_file(path) == [
        f"{path}:2: configuration: read.engine: moments would be wrong for rram_telegraph_illustrative, which has "
        "telegraph noise (read.slow_noise: split would do); use auto or device"
    ]


def test_age_without_drift_is_refused(tmp_path):
    mistakes = check_file(write(tmp_path, "device: ideal\nevaluation: {age_s: 10}\n"))
    assert "ideal has neither drift, relaxation" in mistakes[0]


def test_sweep_is_expanded_in_order_and_every_point_checked(tmp_path):
    path = write(
        tmp_path,
        "device: rram_illustrative\nsweep:\n"
        "  device.read_noise.relative_sd: [0.01, 0.02]\n  neuron.scaling: [none, paired]\n",
    )
    config = load_config(path)
    points = sweep_points(config)
    assert [tuple(point.values()) for point in points] == [
        (0.01, "none"), (0.01, "paired"), (0.02, "none"), (0.02, "paired"),
    ]  # fmt: skip
    document = parse_document(path.read_text(), str(path))
    point = at_point(document, points[3])
    assert point.device.read_noise.relative_sd == 0.02
    assert point.neuron.scaling == "paired"
    assert point.sweep == {}
    bad = write(tmp_path, "device: ideal\nsweep:\n  read.window_s: [1e-7, -1]\n  unknown.key: [1]\n")
    found = "\n".join(check_file(bad))
    assert "read.window_s: input should be greater than 0, got -1 (sweep: read.window_s=-1, unknown.key=1)" in found
    assert "unknown" in found
    assert "cannot be swept" in check_file(write(tmp_path, "device: ideal\nsweep: {sweep.x: [1]}\n"))[0]
    assert "sweep.x" in check_file(write(tmp_path, "device: ideal\nsweep: {x: []}\n"))[0]


def test_a_conductance_file_that_is_missing(tmp_path):
    path = write(tmp_path, "device: ideal\narray:\n  conductances: none.npz\n")
    assert check_file(path) == [f"{path}:3: none.npz: no such file"]
    assert "is a folder; name the .npz or .csv" in check_file(path, [f"array.conductances={tmp_path}"])[0]


def test_more_images_than_there_are(tmp_path):
    path = write(tmp_path, "device: ideal\nevaluation:\n  images: 5001\n")
    assert check_file(path) == [f"{path}:3: evaluation.images: 5001 images were asked for, data set mnist5k has 5000"]
    assert check_file(path, ["evaluation.images=5000"]) == []
    assert "mnist has 10000" in check_file(path, ["evaluation.images=10001", "dataset.name=mnist"])[0]
    np.savez(tmp_path / "d.npz", x=np.zeros((7, 784), np.uint8), y=np.zeros(7, int))
    own = f"dataset.name={tmp_path}/d.npz"
    assert "has 7" in check_file(path, [own, "evaluation.images=8"])[0]
    assert check_file(path, [own, "evaluation.images=7"]) == []
    (tmp_path / "d.npz").write_bytes(b"PK")
    assert "not a readable .npz file" in check_file(path, [own, "evaluation.images=7"])[0]
    swept = write(tmp_path, "device: ideal\nsweep: {evaluation.images: [10, 6000]}\n")
    assert check_file(swept) == [f"{swept}:2: evaluation.images: 6000 images were asked for, data set mnist5k has 5000"]


def _all_schemas(model=Schema):
    for child in model.__subclasses__():
        if child.__module__.startswith(("crossbar_nsm", "device_models")):
            yield child
            yield from _all_schemas(child)


def test_no_number_is_made_of_text_or_of_true():
    """The walk takes every field of every section; `padding: true` was 1."""
    wrong, fields = [], 0
    for model in set(_all_schemas()):
        for name, field in model.model_fields.items():
            fields += 1
            adapter = TypeAdapter(
                Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
            )
            for value in (True, "1"):
                with suppress(ValueError):
                    if type(adapter.validate_python(value)) is not type(value):
                        wrong.append((model.__name__, name, value))
    assert wrong == []
    assert fields > 100


def test_training_configuration(tmp_path):
    config = load_train_config(CONFIGS / "train_mnist_mlp.yaml", "training.epochs=3")
    assert config.training.epochs == 3
    assert config.dataset.exclude == "mnist5k"
    path = write(tmp_path, "network: {layers: []}\ntraining: {epoch: 3}\n")
    found = "\n".join(check_file(path))
    assert "training.epoch: unknown key, did you mean epochs?" in found
    assert "output: is missing" in found


LAYERS = "{type: dense, name: a, inputs: 4, outputs: 3}, {type: linear, name: b, inputs: 3, outputs: 2}"
NETWORK = f"network: {{layers: [{LAYERS}]}}\n"


def test_training_for_hardware_names_devices_as_an_evaluation_does(tmp_path):
    path = write(tmp_path, NETWORK + "output: run\nhardware:\n  device: rram_wan2022\n  neuron: {scaling: replica}\n")
    settings = ["hardware.device.read_noise.relative_sd=0.05", "hardware.layers.a.device=pcm_joshi2020"]
    hardware = load_train_config(path, *settings).hardware
    assert hardware.device.name == "rram_wan2022"
    assert hardware.device.read_noise.relative_sd == 0.05
    assert [device.name for device in hardware.devices] == ["rram_wan2022", "pcm_joshi2020"]
    assert load_train_config(write(tmp_path, NETWORK + "output: run\n")).hardware is None
    bad = "output: run\nhardware:\n  device: rram_wann2022\n  neurn: {}\n  age_s: 5\n"
    found = "\n".join(check_file(write(tmp_path, NETWORK + bad)))
    assert "c.yaml:4: unknown device preset 'rram_wann2022', did you mean rram_wan2022?" in found
    assert "c.yaml:5: hardware.neurn: unknown key, did you mean neuron?" in found
    old = "output: run\nhardware: {device: rram_wan2022, age_s: 5}\n"
    assert "hardware.age_s=5, but rram_wan2022 has neither drift" in check_file(write(tmp_path, NETWORK + old))[0]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("evaluation.chips=1000000000", "less than or equal to 10000, got 1000000000"),
        ("evaluation.samples=1000000000", "less than or equal to 10000000"),
        ("array.r_row_ohm=1e30", "less than or equal to 1000000000000"),
        ("read.interval_s=1e308", r"1e\+308 is too large: numbers are 0 or from 1e-30 to 1e\+30"),
        ("read.window_s=1e-300", "1e-300 is too small"),
        ("device.flicker.slowest_s=1e308", "too large"),
        ("device.programming.pulses.cycle_sd_v=1e308", "too large"),
        ("evaluation.age_s=" + "9" * 400 + ".0", "finite number"),
        (".".join("a" * 100_000) + "=1", "100000 keys deep"),
        ("sweep={evaluation.seed: {low: 1, high: 2e4, points: 20000, spacing: linear}}", "less than or equal to 10000"),
        ("sweep={" + ", ".join(f"k{k}: [1]" for k in range(500)) + "}", "500 keys are more than the 100"),
    ],
    ids=lambda value: value[:30],
)
def test_bounds_are_told_before_work_is_done(tmp_path, setting, message):
    path = write(tmp_path, "device: fefet_jerry2017\n")
    started = time.perf_counter()
    mistakes = check_file(path, [setting])
    assert time.perf_counter() - started < 5
    assert re.search(message, "\n".join(mistakes)), mistakes
    assert max(map(len, mistakes)) < 400


@pytest.mark.parametrize(
    "text",
    [
        "layers:\n" + "".join(f"  fc{k}: {{device: {{preset: pcm_joshi2020}}}}\n" for k in range(1000)),
        "device:\n  preset: ideal\n  sources:\n" + "".join(f"    k{k}: {{unit: S}}\n" for k in range(6000)),
        "device: ideal\n" + "# comment\n" * 1_000_000,
        f"device: ideal\nsweep: {{evaluation.seed: {list(range(2000))}}}\n",
    ],
    ids=["layers", "sources", "comments", "points"],
)
def test_large_files_are_checked_in_time(tmp_path, text):
    """Layers took 29 s and sources 17 s when every value looked through all others."""
    path = write(tmp_path, text)
    started = time.perf_counter()
    check_file(path)
    assert time.perf_counter() - started < 6


def test_trials_are_counted_before_they_are_planned(tmp_path):
    path = write(
        tmp_path,
        "device: ideal\nevaluation: {chips: 10000}\nsweep: {evaluation.seed: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}",
    )
    with pytest.raises(ConfigError, match="11 points of 10000 chips are more than 100000 trials"):
        plan(load_document(path))
