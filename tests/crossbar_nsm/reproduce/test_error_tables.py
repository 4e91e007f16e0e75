"""Tables 2 to 4 against the trained networks' own files, evaluated here once more."""

import json

import numpy as np
import pytest

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.reproduce.catalogue import reproduce_paper
from crossbar_nsm.reproduce.error_tables import LABELS, PAPER, paper_error, table2
from crossbar_nsm.reproduce.reproduction import RunContext


@pytest.fixture(scope="module")
def study(cnn_config, cnn_folder):
    return reproduce_paper("table2", cnn_config, out=cnn_folder)[0]


def evaluated(folder, config, name, place, data):
    """([error], [NLL]) of both seeds, in plain numpy."""
    errors, nlls = [], []
    for seed in (0, 1):
        net = load_checkpoint(folder / "trained" / "cnn" / name / f"seed_{seed}" / "best.safetensors")
        p = net.predict(data.images, config.test.samples, noise=place, seed=config.test.seed).numpy()
        errors.append(np.mean(p.argmax(axis=1) != data.labels))
        nlls.append(-np.log(p[np.arange(len(p)), data.labels].astype(float)).mean())
    return errors, nlls


def histories(folder, name):
    files = [folder / "trained" / "cnn" / name / f"seed_{seed}" / "history.json" for seed in (0, 1)]
    return [[epoch["validation_error"] for epoch in json.loads(file.read_text())["epochs"]] for file in files]


def per_cent(values):
    return f"{100 * np.mean(values):.2f} ± {100 * np.std(values, ddof=1):.2f}"


def test_rows_hold_what_the_trained_networks_do(study, cnn_config, cnn_folder, cnn_data):
    rows = {row[0]: row for row in study.rows}
    best_is_not_last = 0
    for name in ("bnsm", "gnsm_long", "bd", "dcnn"):
        is_nsm = "nsm" in name
        errors, nlls = evaluated(cnn_folder, cnn_config, name, "neuron", cnn_data)
        validation = histories(cnn_folder, name)
        best_is_not_last += min(validation[0]) != validation[0][-1]
        row = rows[LABELS[name]]
        assert row[2] == per_cent(errors)
        low, high = (float(bound) / 100 for bound in row[3].split(" to "))
        for bound in (low, high):  # Wilson: |bound - error| = 1.96 sqrt(bound (1 - bound) / images), not images x seeds
            assert abs(bound - np.mean(errors)) == pytest.approx(1.96 * np.sqrt(bound * (1 - bound) / 300), abs=2e-4)
        assert low < np.mean(errors) < high
        assert row[5] == f"{np.mean(nlls):.4f}"
        synapse = evaluated(cnn_folder, cnn_config, name, "synapse", cnn_data) if is_nsm else None
        assert row[6] == (per_cent(synapse[0]) if is_nsm else None)
        assert row[7] == (f"{np.mean(synapse[1]):.4f}" if is_nsm else None)
        assert row[8] == per_cent([min(errors) for errors in validation])
        assert (row[9], row[10]) == (len(validation[0]), 2)
    assert best_is_not_last > 0  # else the last epoch would do as well


def test_differences_are_paired_by_image_and_averaged_over_seeds(study, cnn_config, cnn_folder, cnn_data):
    wrong = {}
    for name in ("bnsm", "dcnn"):
        nets = [load_checkpoint(cnn_folder / "trained" / "cnn" / name / f"seed_{seed}" / "best.safetensors")
                for seed in (0, 1)]  # fmt: skip
        p = [net.predict(cnn_data.images, cnn_config.test.samples, noise="neuron", seed=5).numpy() for net in nets]
        wrong[name] = np.array([one.argmax(axis=1) != cnn_data.labels for one in p])
    delta = wrong["dcnn"].mean(axis=0) - wrong["bnsm"].mean(axis=0)
    half = 1.96 * delta.std(ddof=1) / np.sqrt(300)
    expected = [delta.mean(), delta.mean() - half, delta.mean() + half]
    assert delta.std() > 0
    assert study.numbers["dcnn"]["difference"] == pytest.approx(expected, abs=1e-5)
    assert study.rows[2][4] == "{:+.2f} ({:+.2f} to {:+.2f})".format(
        *(100 * np.array(study.numbers["dcnn"]["difference"]))
    )
    assert study.rows[0][4] is None


def test_seeds_and_places_of_the_noise_differ(study):
    for name in ("bnsm", "gnsm"):
        assert len(set(study.numbers[name]["nll"] + study.numbers[name]["synapse_nll"])) == 4
    assert "synapse_error" not in study.numbers["bd"]


def test_networks_learn(study):
    for name in ("bnsm", "gnsm", "dcnn", "bn"):
        assert max(study.numbers[name]["error"]) < 0.4, name  # chance is 2/3


def test_each_network_has_its_law_of_noise(study, cnn_folder):
    laws = {name: load_checkpoint(cnn_folder / "trained" / "cnn" / name / "seed_0" / "best.safetensors")
            .architecture.noise.law for name in ("bnsm", "gnsm", "bnsm_long", "gnsm_long")}  # fmt: skip
    assert laws == {"bnsm": "bernoulli", "gnsm": "gaussian", "bnsm_long": "bernoulli", "gnsm_long": "gaussian"}


def test_the_papers_errors_stand_beside_the_networks_of_their_data_set(cnn_config, cnn_folder, monkeypatch):
    """Tables 2 to 4 of the paper; its EMNIST are the 26 letters."""
    assert paper_error("mnist", "bn") == 1.10
    assert paper_error("emnist_letters", "gnsm") == 6.256
    assert paper_error("emnist_balanced", "gnsm") is None
    assert paper_error("dvs_gestures", "bn") is None
    assert paper_error("my.npz", "bnsm") is None
    monkeypatch.setitem(PAPER, cnn_config.dataset.name, {"gnsm": 7.25})
    study, _ = reproduce_paper("table2", cnn_config, out=cnn_folder)
    assert [row[1] for row in study.rows][:3] == [None, "7.250", None]
    assert "on 300 test images" in study.says
    assert "100 held-out images" in study.says


def test_curves_start_at_the_first_epoch(cnn_config, cnn_folder):
    _, figure = table2(RunContext(cnn_config, cnn_folder, lambda _label: lambda _done, _total, _note: None))
    line = figure.axes[0].get_lines()[0]
    assert list(line.get_xdata()) == [1, 2, 3, 4]
    assert np.allclose(line.get_ydata(), 100 * np.array(histories(cnn_folder, "bnsm")[0]))
