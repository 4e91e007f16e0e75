import json
import re
from importlib import resources

import pytest
from support.reproduction import small_config

from crossbar_nsm.datasets.catalogue import DESCRIPTIONS
from crossbar_nsm.datasets.folder import DATA_VARIABLE
from crossbar_nsm.reproduce.catalogue import STUDIES, reproduce_paper
from crossbar_nsm.reproduce.config import PACKAGED, NetworkToTrain, check_reproduction, load_reproduce_config
from device_models.errors import ConfigError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reproduction")


TITLES = {name: name.replace("table", "Table ").replace("fig", "Fig. ") + ":" for name in STUDIES} | {
    "robustness": "Section 3.2: robustness",
    "noise_place": "Noise of neurons and of synapses",
    "rotated_digits": "Rotated digits: entropy",
}


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_writes_table_numbers_and_figure(folder, cnn_config, cnn_folder, name):
    config, out = (small_config(folder), folder) if STUDIES[name].config == "mlp" else (cnn_config, cnn_folder)
    if name == "table3":
        config = config.model_copy(update={"trained": config.trained | {"bnsm_scratch": config.trained["bnsm_long"]}})
    study, figures = reproduce_paper(name, config, out=out)
    assert [path.name for path in figures] == [f"{name}.{ending}" for ending in ("png", "svg", "pdf")]
    assert all(path.stat().st_size > 5000 for path in figures)
    table = (out / f"{name}.md").read_text()
    assert table.startswith(f"## {TITLES[name]}")
    lines = [line for line in table.splitlines() if line.startswith("|")]
    assert len(lines) == len(study.rows) + 2
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {len(study.columns) + 1}
    assert all(len(row) == len(study.columns) for row in study.rows)
    numbers = json.loads((out / f"{name}.json").read_text())
    assert numbers["rows"] == study.rows


def test_what_was_trained_is_used_again(folder):
    config = small_config(folder)
    first, _ = reproduce_paper("table1", config, out=folder)
    checkpoint = folder / "trained" / "mlp" / "nsm" / "state.pt"
    written = checkpoint.stat().st_mtime_ns
    second, _ = reproduce_paper("table1", config, out=folder)
    assert checkpoint.stat().st_mtime_ns == written
    assert first == second


def test_an_unknown_study_is_refused_with_a_suggestion():
    with pytest.raises(ConfigError, match="unknown study 'tabel1'; did you mean table1"):
        reproduce_paper("tabel1")


@pytest.mark.parametrize("name", PACKAGED)
def test_packaged_configurations_are_whole_and_named_as_their_files(name):
    config = load_reproduce_config(name)
    assert config.name == name
    trainings = {
        network.training.model_copy(update={"epochs": 1}).model_dump_json() for network in config.trained.values()
    }
    assert len(trainings) == (1 if name != "mlp" else 2)  # all but the ReLU network of Table 1 learn alike
    assert config.dataset.name in DESCRIPTIONS
    architecture = config.architecture(next(iter(config.trained.values())))
    description = DESCRIPTIONS[config.dataset.name]
    assert architecture.takes(description.shape)
    assert architecture.classes == description.classes


def test_packaged_networks_are_those_of_the_papers_tables():
    """SI Table 6, the network of Salimans and Kingma with an input convolution, and SI Table 7 (18 layers)."""
    text = {name: str(load_reproduce_config(name).architecture(NetworkToTrain(method="nsm"))) for name in PACKAGED}
    assert text["cnn"] == "1x28x28-32c5-m2-64c5-m2-512-10"
    assert text["cifar10"] == ("3x32x32-96c3-96c3-96c3-96c3-m2-192c3-192c3-192c3-m2-192c3-192c1-192c1-a6-10")
    assert text["dvs_gestures"] == (
        "6x64x64-96c3-96c3-96c3-m2-192c3-192c3-192c3-m2-256c3-256c3-256c3-m2-256c3-256c1-256c1-a8-11"
    )
    sides = [place.outputs[1:] for place in load_reproduce_config("dvs_gestures").architecture(
        NetworkToTrain(method="nsm")).placements() if len(place.outputs) == 3]  # fmt: skip
    assert [side[0] for side in sides] == [64] * 3 + [32] * 4 + [16] * 4 + [8] * 4 + [1]


def test_the_packaged_configuration_is_the_papers_network():
    config = load_reproduce_config("mlp")
    sizes = [config.layers[0].inputs, *(layer.outputs for layer in config.layers)]
    assert sizes == [784, 300, 300, 300, 10]
    starts = {network.training.model_dump_json() for network in config.watched.values()}
    assert len(starts) == 1


def test_a_missing_network_and_an_unknown_key_are_told(tmp_path):
    config = load_reproduce_config("mlp", "trained={nsm: {method: nsm}}")
    with pytest.raises(ConfigError, match="table1: configuration mlp has no trained network stnn, relu; table1 needs"):
        reproduce_paper("table1", config, out=tmp_path)
    with pytest.raises(ConfigError, match="fig8: configuration mlp has no watched network nsm_binconcrete"):
        reproduce_paper("fig8", "mlp", "watched={nsm: {method: nsm}}", out=tmp_path)
    with pytest.raises(ConfigError, match="did you mean fine_steps"):
        load_reproduce_config("mlp", "watch.fine_step=3")
    with pytest.raises(ConfigError, match="layer b takes 5 inputs but a has 4 outputs"):
        load_reproduce_config(
            "mlp",
            "layers=[{type: dense, name: a, inputs: 3, outputs: 4}, {type: linear, name: b, inputs: 5, outputs: 2}]",
        )


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trained.bnsm.start=gone", "trained.bnsm.start: gone, allowed: trained networks that start by themselves"),
        ("trained.bnsm.start=bnsm", "trained.bnsm.start: bnsm, allowed"),
        ("watched.nsm.start=dcnn", "watched.nsm.start: dcnn, allowed"),
        (
            "trained={bnsm: {method: nsm, start: bn}, bn: {method: bn, start: bd}, bd: {method: bd}}",
            "start: bn, allowed",
        ),
        ("image=[1, 20, 20]", "layer fc1 takes 1024 inputs but pool2 has 64x2x2 = 256 outputs"),
        ("encoding=real", "real keeps pixels as they are; set training.input_binarisation to threshold"),
    ],
)
def test_networks_that_do_not_fit_are_one_clear_line(override, message):
    with pytest.raises(ConfigError) as error:
        load_reproduce_config("cnn", override)
    assert message in str(error.value)
    assert len(error.value.mistakes) == 1


def test_validate_finds_names_that_do_not_exist_or_fit(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(
        "name: r\ndataset:\n  name: cifar10\n  exclude: mnits\ntest:\n  dataset: mnist\nlayers:\n"
        "  - {type: dense, name: a, inputs: 784, outputs: 5}\n  - {type: linear, name: b, inputs: 5, outputs: 9}\n"
        "trained:\n  nsm:\n    method: nsm\n    training:\n      start_from: gone.safetensors\n"
    )
    found = check_reproduction(path)
    assert len(found) == 4
    for line, message in zip(found, (
        ":3: data set cifar10 has images of 3x32x32, the network takes 784 pixels", ":4: unknown data set 'mnits'",
        ":6: data set mnist has 10 classes, the output layer 9 outputs",
        ":14: checkpoint gone.safetensors: no such file",
    ), strict=True):  # fmt: skip
        assert line.startswith(f"{path}{message}")


@pytest.mark.parametrize("name", PACKAGED)
def test_packaged_configurations_have_no_mistake_but_that_they_need_data(name, monkeypatch):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    with resources.as_file(resources.files("crossbar_nsm.reproduce") / f"{name}.yaml") as path:
        assert all("no data folder given; use --data DIR" in line for line in check_reproduction(path))


def test_an_unknown_packaged_configuration_is_named_with_those_there_are():
    with pytest.raises(ConfigError, match="configuration cn: no such file; in the package are mlp, cnn"):
        reproduce_paper("table2", "cn")
