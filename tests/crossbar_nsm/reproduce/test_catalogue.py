import json

import pytest
from support.reproduction import small_config

from crossbar_nsm.reproduce.catalogue import STUDIES, reproduce
from crossbar_nsm.reproduce.config import load_reproduce_config
from device_models.errors import ConfigError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reproduction")


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_writes_table_numbers_and_figure(folder, name):
    study, figures = reproduce(name, small_config(folder), out=folder / "out")
    assert [path.name for path in figures] == [f"{name}.png", f"{name}.pdf"]
    assert all(path.stat().st_size > 5000 for path in figures)
    table = (folder / "out" / f"{name}.md").read_text()
    assert table.startswith("## ")
    assert table.count("\n|") == len(study.rows) + 2
    assert all(len(row) == len(study.columns) for row in study.rows)
    numbers = json.loads((folder / "out" / f"{name}.json").read_text())
    assert numbers["rows"] == study.rows


def test_what_was_trained_is_used_again(folder):
    config = small_config(folder)
    first, _ = reproduce("table1", config, out=folder / "again")
    checkpoint = folder / "again" / "trained" / "nsm" / "state.pt"
    written = checkpoint.stat().st_mtime_ns
    second, _ = reproduce("table1", config, out=folder / "again")
    assert checkpoint.stat().st_mtime_ns == written
    assert first == second


def test_an_unknown_study_is_refused_with_a_suggestion():
    with pytest.raises(ConfigError, match="unknown study 'tabel1'; did you mean table1"):
        reproduce("tabel1")


def test_the_packaged_configuration_is_the_papers_network():
    config = load_reproduce_config(None)
    sizes = [config.layers[0].inputs, *(layer.outputs for layer in config.layers)]
    assert sizes == [784, 300, 300, 300, 10]
    starts = {network.training.model_dump_json() for network in config.watched.values()}
    assert len(starts) == 1


def test_a_missing_network_and_an_unknown_key_are_told(tmp_path):
    with pytest.raises(ConfigError, match="trained needs the networks nsm, stnn, relu; missing: stnn, relu"):
        load_reproduce_config(None, "trained={nsm: {method: nsm}}")
    with pytest.raises(ConfigError, match="did you mean fine_steps"):
        load_reproduce_config(None, "watch.fine_step=3")
    with pytest.raises(ConfigError, match="layer b takes 5 inputs but a has 4 outputs"):
        load_reproduce_config(
            None,
            "layers=[{type: dense, name: a, inputs: 3, outputs: 4}, {type: linear, name: b, inputs: 5, outputs: 2}]",
        )
