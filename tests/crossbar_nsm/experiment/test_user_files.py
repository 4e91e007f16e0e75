"""Files that register data sets and circuits: other processes load them, and results are known by their contents."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from support.cluster import cluster
from support.networks import dense_network
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.experiment.config.load import document_of
from crossbar_nsm.experiment.studies.study import plan
from crossbar_nsm.mapping.files.chip_file import load_chip
from device_models.errors import CheckpointError, ConfigError
from device_models.laws import load_laws
from device_models.registry import restore

MINE = """
import numpy as np, crossbar_nsm as xb

@xb.register_dataset("dots", shape=(1, 5, 6), classes=4)
def dots(split, root):
    rng = np.random.default_rng(7)
    return rng.random((30, 5, 6)), np.arange(30) % 4

@xb.register_circuit("halves")
def halves(neuron):
    return xb.Circuit("halves", (xb.Operand(),) * 3, (1, 0, 0), (0, 0.5, 0.5))
"""
SETTINGS = ("dataset.name=dots", "sweep={neuron.scaling: [halves, averaged]}", "neuron.averaged_reads=2")


@pytest.fixture
def study(tmp_path):
    """Its configuration, and the file that registers what it names."""
    (tmp_path / "mine.py").write_text(MINE)
    load_laws(tmp_path / "mine.py")
    return small_study(tmp_path), tmp_path / "mine.py"


def keys(path, *settings):
    trials = plan(document_of(path, settings)).trials
    return {(trial.what, trial.config.neuron.scaling, trial.chip): replace(trial).key for trial in trials}


def test_processes_load_what_is_registered(study, tmp_path):
    """Two of them, and this one; both circuits are the same, so their rows are."""
    path, file = study
    apart = xb.sweep(path, *SETTINGS, out=tmp_path / "apart", workers=2)
    here = xb.sweep(path, *SETTINGS, out=tmp_path / "here", workers=1)
    assert not apart.failures
    nll = [[point.row.nll for point in results.points] for results in (apart, here)]
    assert nll[0] == nll[1]
    assert nll[0][0] == nll[0][1]
    assert str(file.resolve()) in (tmp_path / "apart" / "manifest.json").read_text()


def test_so_do_workers_of_a_cluster(study, tmp_path):
    path, _ = study
    with cluster(tmp_path / "cluster") as machines:
        machines.start_worker()
        there = xb.sweep(path, *SETTINGS, out=tmp_path / "there", cluster=machines.address)
    here = xb.sweep(path, *SETTINGS, out=tmp_path / "here", workers=1)
    assert not there.failures
    assert [point.row.nll for point in there.points] == [point.row.nll for point in here.points]


def test_results_of_another_content_have_other_names(study):
    """Of trials that need the file: all, where it has the images, the circuit's chips, where it has the circuit."""
    path, file = study
    of_circuit = SETTINGS[1:]
    before, circuit_before = keys(path, *SETTINGS), keys(path, *of_circuit)
    file.write_text(MINE.replace("rng(7)", "rng(8)"))
    after, circuit_after = keys(path, *SETTINGS), keys(path, *of_circuit)
    assert not set(before.values()) & set(after.values())
    changed = {trial for trial in circuit_before if circuit_before[trial] != circuit_after[trial]}
    assert changed == {("hardware", "halves", 0), ("hardware", "halves", 1)}


def test_a_sweep_refuses_what_only_this_process_knows(tmp_path):
    @xb.register_dataset("here", shape=(1, 5, 6), classes=4)
    def here(split, root):
        return np.zeros((8, 5, 6)), np.arange(8) % 4

    @xb.register_circuit("alone")
    def alone(neuron):
        return xb.Circuit("alone", (xb.Operand(),), (1,), (0,))

    path = small_study(tmp_path)
    settings = ("dataset.name=here", "sweep={neuron.scaling: [alone]}")
    with pytest.raises(ConfigError, match="circuit alone, data set here: registered in a running program"):
        xb.sweep(path, *settings, out=tmp_path / "out")
    rows = xb.compare(path, *settings).rows
    assert rows[-1].images == 8


def test_results_say_which_file_they_need(study, tmp_path, monkeypatch):
    path, _ = study
    xb.sweep(path, *SETTINGS, "evaluation.chips=1", out=tmp_path / "out", workers=1)
    restore({})
    monkeypatch.setattr("device_models.laws._FILES", {})
    with pytest.raises(ConfigError) as caught:
        xb.load_results(tmp_path / "out")
    assert "no circuit is called 'halves'" in str(caught.value)
    assert "mine.py: read them with --laws FILE.py" in str(caught.value)


def saved_chip(folder):
    config = {"device": "rram_illustrative", "neuron": {"scaling": "halves"}}
    from crossbar_nsm.mapping.config import HardwareConfig
    from device_models import load_device

    settings = HardwareConfig.model_validate({**config, "device": load_device("rram_illustrative")})
    return xb.map_network(dense_network(30, 12, 4), settings).save(folder / "chip.safetensors")


def test_a_saved_chip_says_which_file_it_needs(study, tmp_path, monkeypatch):
    chip = saved_chip(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_chip(chip)
    restore({})
    monkeypatch.setattr("device_models.laws._FILES", {})
    with pytest.raises(CheckpointError, match=r"no circuit is called 'halves'.*mine.py: read it with --laws"):
        load_chip(chip)


def test_a_chip_whose_file_has_changed_says_so(study, tmp_path):
    _, file = study
    chip = saved_chip(tmp_path)
    file.write_text(MINE.replace("0.5, 0.5", "0.4, 0.6"))
    load_laws(file)
    with pytest.warns(UserWarning, match=r"saved with other contents of mine.py"):
        load_chip(chip)
