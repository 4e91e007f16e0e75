import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
import yaml
from support.hostile.damage import signed
from support.hostile.unreadable import make_unreadable

from crossbar_nsm.experiment.config.load import load_train_config
from crossbar_nsm.experiment.images.training import training_split
from crossbar_nsm.experiment.train import make_trainer, train
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.nsm.training.trainer import Trainer
from device_models.errors import CheckpointError, CrossbarError, DatasetError, FileError
from device_models.files.writing import LEFTOVER_AGE_S, TEMPORARY, locked

TEXT = """
network:
  layers:
    - {{type: dense, name: fc1, inputs: 30, outputs: 12}}
    - {{type: linear, name: out, inputs: 12, outputs: 3}}
dataset: {{name: {folder}/data.npz, exclude: {folder}/excluded.npz, validation_images: 40}}
training: {{epochs: 4, batch_size: 20, calibration_images: 16, seed: 1}}
output: {folder}/run
"""


@pytest.fixture
def config(tmp_path):
    rng = np.random.default_rng(0)
    patterns = rng.random((3, 30)) < 0.5
    y = rng.integers(3, size=240)
    x = (patterns[y] ^ (rng.random((240, 30)) < 0.1)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    np.savez(tmp_path / "excluded.npz", x=x[:40], y=y[:40])
    path = tmp_path / "train.yaml"
    path.write_text(TEXT.format(folder=tmp_path))
    return path


def test_trains_and_says_so_in_the_checkpoint(config, tmp_path):
    seen = []
    path = train(config, on_epoch=lambda report, epochs: seen.append((report.epoch, epochs))).checkpoint
    assert path == tmp_path / "run" / "best.safetensors"
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    net = load_checkpoint(path)
    assert net.facts["training_images"] + 40 <= 200
    assert net.facts["validation_images"] == 40
    assert net.facts["best_epoch"] in range(1, 5)
    assert net.calibration_images.shape == (16, 30)
    assert len(json.loads((tmp_path / "run" / "history.json").read_text())["epochs"]) == 4


def test_a_stopped_run_goes_on_with_the_same_bits(config, tmp_path):
    class StopError(Exception):
        pass

    def stop(report, _):
        if report.epoch == 2:
            raise StopError

    whole = load_checkpoint(train(config, f"output={tmp_path}/whole").checkpoint)
    with pytest.raises(StopError):
        train(config, on_epoch=stop)
    resumed = load_checkpoint(train(config).checkpoint)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))


def test_a_run_stopped_between_its_files_is_completed(config, tmp_path, monkeypatch):
    """Killed after the last state was written, before its checkpoint: the next call writes what is missing."""
    import crossbar_nsm.experiment.train as module

    whole = train(config, f"output={tmp_path}/whole").checkpoint.parent
    save, calls = module._save_networks, []

    def killed(trainer, *rest):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        save(trainer, *rest)

    monkeypatch.setattr(module, "_save_networks", killed)
    with pytest.raises(KeyboardInterrupt):
        train(config)
    monkeypatch.setattr(module, "_save_networks", save)
    train(config)
    entries = [json.loads((folder / "history.json").read_text())["epochs"] for folder in (whole, tmp_path / "run")]
    assert [len(history) for history in entries] == [4, 4]
    facts = [load_checkpoint(folder / "best.safetensors").facts for folder in (whole, tmp_path / "run")]
    assert facts[0]["epochs"] == facts[1]["epochs"] == 4


def test_resuming_on_other_data_is_refused(config, tmp_path):
    train(config)
    with pytest.raises(CheckpointError, match=r"with other training images, validation images"):
        train(config, "dataset.exclude=null")


def test_no_images_left(config):
    with pytest.raises(DatasetError, match="leaves none"):
        train(config, "dataset.validation_images=5000")


@pytest.mark.parametrize(("averaging", "share"), [(0.99, 72), (0.5, None), (0.0, None)])
def test_a_mean_over_more_updates_than_there_are_keeps_the_start(config, recwarn, averaging, share):
    """4 epochs of 160 images in batches of 20: 32 updates, 0.99^32 = 0.725."""
    train(config, "dataset.exclude=null", "dataset.validation_images=80", f"training.averaging={averaging}")
    said = [str(warning.message) for warning in recwarn if "averaging" in str(warning.message)]
    if share is None:
        assert said == []
    else:
        (line,) = said
        assert "this training makes 32: 72 % of the network" in line


def test_what_training_goes_on_from_is_no_untrained_start(config, recwarn, tmp_path):
    save_checkpoint(load_checkpoint(train(config).checkpoint), tmp_path / "start.safetensors")
    asked = (f"training.start_from={tmp_path}/start.safetensors", f"output={tmp_path}/again")
    train(config, "training.averaging=0.99", *asked)
    assert not any("averaging" in str(warning.message) for warning in recwarn)


def test_wrong_image_size(config, tmp_path):
    np.savez(tmp_path / "data.npz", x=np.zeros((100, 31)), y=np.zeros(100, int))
    with pytest.raises(DatasetError, match="images of 31 pixels, the network takes 30"):
        train(config, "dataset.exclude=null")


def test_several_runs_have_seeds_and_a_spread(config, tmp_path):
    result = train(config, "runs=3", f"test.dataset={tmp_path}/excluded.npz", "training.epochs=2")
    assert [run.seed for run in result.runs] == [1, 2, 3]
    assert [run.folder.name for run in result.runs] == ["seed_1", "seed_2", "seed_3"]
    written = json.loads((tmp_path / "run" / "result.json").read_text())
    for which in ("best", "last"):
        errors = [run.test[which]["error"] for run in result.runs]
        spread = written["over_runs"][f"test_error_{which}"]
        assert spread == {"mean": pytest.approx(np.mean(errors)), "sd": pytest.approx(np.std(errors, ddof=1))}
    weights = [load_checkpoint(run.checkpoint).output_layer.weight for run in result.runs]
    assert not torch.equal(weights[0], weights[1])
    alone = train(config, "training.seed=2", "training.epochs=2", f"output={tmp_path}/alone")
    assert torch.equal(load_checkpoint(alone.checkpoint).output_layer.weight, weights[1])


def test_finished_networks_are_measured_on_test_images(config, tmp_path):
    result = train(config, f"test={{dataset: {tmp_path}/excluded.npz, samples: 40}}").runs[0]
    file = np.load(tmp_path / "excluded.npz")
    for which in ("best", "last"):
        net = load_checkpoint(tmp_path / "run" / f"{which}.safetensors")
        probability = net.predict(file["x"], 40, noise="neuron", seed=0).numpy()
        assert result.test[which]["error"] == (probability.argmax(axis=1) != file["y"]).mean()
    last = torch.load(tmp_path / "run" / "state.pt", weights_only=True)["net"]
    assert torch.equal(net.state_dict()["layers.out.weight"], last["layers.out.weight"])


def test_no_test_images_where_the_data_set_has_none_of_its_own(config):
    assert train(config, "training.epochs=1").runs[0].test is None


@pytest.mark.parametrize(
    ("change", "message"),
    [({"y": np.full(50, 3)}, "labels run from 3 to 3, but the output layer has 3 classes"),
     ({"x": np.zeros((50, 31))}, "images of 31 pixels, the network takes 30")],
)  # fmt: skip
def test_test_images_are_checked_before_training(config, tmp_path, change, message):
    np.savez(tmp_path / "test.npz", **({"x": np.zeros((50, 30)), "y": np.zeros(50, int)} | change))
    with pytest.raises(DatasetError, match=message):
        train(config, f"test.dataset={tmp_path}/test.npz")
    assert not (tmp_path / "run" / "state.pt").exists()


def test_an_nsm_starts_from_a_trained_deterministic_network(config, tmp_path):
    relu = train(config, "network.method={name: relu, dropout: 0.2}", f"output={tmp_path}/relu").checkpoint
    first = load_checkpoint(relu)
    started = make_trainer(load_train_config(config, f"training.start_from={relu}"))[0].net
    assert torch.equal(started.layers["fc1"].weight, first.layers["fc1"].weight)
    assert torch.equal(started.output_layer.bias, first.output_layer.bias)
    layer = next(started.nsm_layers())
    assert not torch.equal(layer.beta, torch.ones(12))  # set from data: eq. 8
    again = train(config, f"training.start_from={relu}", f"output={tmp_path}/nsm").checkpoint
    fine = make_trainer(load_train_config(config, f"training.start_from={again}"))[0].net
    trained = load_checkpoint(again)
    assert all(torch.equal(a, b) for a, b in zip(fine.parameters(), trained.parameters(), strict=True))


def test_a_checkpoint_knows_the_images_that_its_weights_go_back_to(config, tmp_path):
    x = np.load(tmp_path / "data.npz")["x"]
    first = train(config, "training.epochs=1", f"output={tmp_path}/first").checkpoint
    known = load_checkpoint(first).trained_on(x)
    assert known.sum() >= load_checkpoint(first).facts["training_images"]
    assert not known[:40].any()  # excluded
    assert not known.all()  # some were held out
    others = ("training.epochs=1", "dataset.split_seed=1", f"output={tmp_path}/next")
    alone = load_checkpoint(train(config, *others).checkpoint).trained_on(x)
    after = load_checkpoint(
        train(config, *others, f"training.start_from={first}", f"output={tmp_path}/both").checkpoint
    ).trained_on(x)
    assert not np.array_equal(alone, known)
    assert np.array_equal(after, alone | known)


def test_a_file_with_test_images_is_tested_on_them(config, tmp_path):
    data = np.load(tmp_path / "data.npz")
    x, first = np.unique(data["x"], axis=0, return_index=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], data["y"][first][order]
    np.savez(tmp_path / "parts.npz", x_train=x[:-40], y_train=y[:-40], x_test=x[-40:], y_test=y[-40:])
    (run,) = train(config, f"dataset.name={tmp_path}/parts.npz", "dataset.exclude=null", "training.epochs=2").runs
    assert run.test["settings"]["images"] == 40
    assert load_checkpoint(run.checkpoint).facts["training_images"] == len(x) - 80
    assert load_checkpoint(run.checkpoint).trained_on(x).sum() == len(x) - 80
    assert not load_checkpoint(run.checkpoint).trained_on(x[-40:]).any()


def test_starting_from_other_layers_is_refused(config, tmp_path):
    other = train(config, f"output={tmp_path}/other").checkpoint
    layers = "[{type: dense, name: fc1, inputs: 30, outputs: 9}, {type: linear, name: out, inputs: 9, outputs: 3}]"
    with pytest.raises(CheckpointError, match=r"other layers \(30-12-3 against 30-9-3\)"):
        train(config, f"network.layers={layers}", f"training.start_from={other}", f"output={tmp_path}/small")


def test_resuming_with_another_start_is_refused(config, tmp_path):
    one = train(config, f"output={tmp_path}/one", "training.epochs=1").checkpoint
    train(config, f"training.start_from={one}")
    train(config, f"output={tmp_path}/two", "training.epochs=1", "training.seed=5")
    one.write_bytes((tmp_path / "two" / "best.safetensors").read_bytes())
    with pytest.raises(CheckpointError, match="with other start_from checkpoint"):
        train(config, f"training.start_from={one}")


KILLER = """
import os, signal, sys, time
from crossbar_nsm.experiment.train import train

for attempt in range(400):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            train(sys.argv[1], f"output={sys.argv[2]}", on_epoch=lambda *_: os.write(writing, b"."))
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    if attempt % 3:
        os.read(reading, 1)  # an epoch is over, or the child has ended
    time.sleep(0.007 * (attempt % 19))
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    os.close(reading)
    if os.WIFEXITED(status):
        print(attempt)
        sys.exit(os.WEXITSTATUS(status))
"""


@pytest.mark.parametrize(("epochs", "runs"), [(12, 1), pytest.param(60, 2, marks=pytest.mark.slow)])
def test_killed_at_any_moment_and_resumed_ends_with_the_same_files(config, tmp_path, epochs, runs):
    """SIGKILL a training again and again, at moments that sweep over its epochs and files, until it gets through."""
    settings = (f"training.epochs={epochs}", "training.averaging=0.9", "training.input_flips=0.05", f"runs={runs}")
    whole = train(config, *settings, f"output={tmp_path}/whole")
    document = yaml.safe_load(config.read_text())
    document["training"] |= {"epochs": epochs, "averaging": 0.9, "input_flips": 0.05}
    path = tmp_path / "long.yaml"
    path.write_text(yaml.safe_dump(document | {"runs": runs}))
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(path), f"{tmp_path}/killed"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 5  # times killed
    for run in whole.runs:
        place = run.folder.relative_to(tmp_path / "whole")
        for name in ("best.safetensors", "last.safetensors"):
            killed = tmp_path / "killed" / place / name
            assert killed.read_bytes() == (run.folder / name).read_bytes()
        results = [json.loads((tmp_path / which / place / "result.json").read_text())
                   for which in ("whole", "killed")]  # fmt: skip
        assert [(result.pop("checkpoint"), result.pop("digest")) is not None for result in results] == [True, True]
        assert results[0] == results[1]


def test_a_foreign_checkpoint_in_a_finished_run_is_not_taken_for_its_own(config, tmp_path):
    own = train(config).checkpoint
    content = own.read_bytes()
    other = train(config, "training.seed=9", f"output={tmp_path}/other").checkpoint
    own.write_bytes(other.read_bytes())
    assert train(config).checkpoint.read_bytes() == content


@pytest.mark.parametrize("forged", [False, True])
def test_an_edited_result_is_measured_again(config, tmp_path, forged):
    """An error of -1 was believed; with a digest that fits it is refused for its range."""
    path, test = tmp_path / "run" / "result.json", f"test.dataset={tmp_path}/excluded.npz"
    right = train(config, test).runs[0].test
    edited = json.loads(path.read_text())
    edited["test"]["best"]["error"] = -1
    path.write_text(json.dumps(signed(edited) if forged else edited))
    assert train(config, test).runs[0].test == right


@pytest.mark.parametrize("test", ["excluded.npz", None])
def test_the_result_of_another_run_is_not_taken_for_this_one(config, tmp_path, test):
    """Test errors of another seed were believed: they had the same settings."""
    settings = [] if test is None else [f"test.dataset={tmp_path}/{test}"]
    right = train(config, *settings).runs[0].as_dict()
    path = tmp_path / "run" / "result.json"
    own = path.read_bytes()
    other = train(config, *settings, "training.seed=7", f"output={tmp_path}/other").checkpoint.parent
    path.write_bytes((other / "result.json").read_bytes())
    assert train(config, *settings).runs[0].as_dict() == right
    assert path.read_bytes() == own


def test_a_run_takes_no_place_of_other_files(config, tmp_path):
    """Neither before it starts, nor once it has nothing of its own there."""
    (tmp_path / "run").mkdir()
    for name in ("best.safetensors", "history.json", "result.json"):
        (tmp_path / "run" / name).write_text("precious")
        with pytest.raises(FileError, match=f"{name}: is there, and not of this program"):
            train(config)
        assert [path.name for path in (tmp_path / "run").iterdir() if path.name != ".lock"] == [name]
        (tmp_path / "run" / name).unlink()
    train(config)
    (tmp_path / "run" / "state.pt").unlink()
    train(config)  # from the start: the other files are its own


@pytest.mark.parametrize("name", ["history.json", "result.json", "best.safetensors"])
def test_other_files_in_a_run_that_goes_on_are_found_before_an_epoch(config, tmp_path, monkeypatch, name):
    train(config)
    (tmp_path / "run" / name).write_text("precious")
    monkeypatch.setattr(Trainer, "epochs", lambda *_: pytest.fail("an epoch was trained"))
    with pytest.raises(FileError, match=f"{name}: is there, and not of this program"):
        train(config)
    assert (tmp_path / "run" / name).read_text() == "precious"


def test_labels_that_do_not_fit_the_output_layer_name_the_data_set(config, tmp_path):
    np.savez(tmp_path / "data.npz", x=np.zeros((100, 30)), y=np.arange(100) % 4)
    with pytest.raises(DatasetError, match=r"data\.npz: labels run from 0 to 3, but the output layer has 3 classes"):
        train(config, "dataset.exclude=null")


def test_seeds_hold_out_the_same_images_and_split_seeds_others(config):
    def held_out(*overrides):
        return training_split(load_train_config(config, *overrides))[1].images

    assert np.array_equal(held_out("training.seed=1"), held_out("training.seed=2"))
    assert not np.array_equal(held_out("dataset.split_seed=0"), held_out("dataset.split_seed=1"))


def test_two_trainings_do_not_share_a_folder(config, tmp_path):
    """The lock belongs to an open file, so that this process can stand for the other one."""
    (tmp_path / "run").mkdir()
    with locked(tmp_path / "run"), pytest.raises(CrossbarError, match="another process is writing here"):
        train(config)
    train(config)


HARDWARE = ("hardware.device=rram_wan2022", "hardware.neuron.scaling=replica")


def test_a_run_for_hardware_goes_on_with_the_same_bits_and_says_what_for(config, tmp_path):
    class StopError(Exception):
        pass

    def stop(report, _):
        if report.epoch == 2:
            raise StopError

    whole = load_checkpoint(train(config, f"output={tmp_path}/whole", *HARDWARE).checkpoint)
    with pytest.raises(StopError):
        train(config, *HARDWARE, on_epoch=stop)
    with pytest.raises(CheckpointError, match="other hardware"):
        train(config, *HARDWARE, "hardware.device=rram_illustrative")
    with pytest.raises(CheckpointError, match="other hardware"):
        train(config)
    resumed = load_checkpoint(train(config, *HARDWARE).checkpoint)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))
    assert resumed.facts["hardware"] == {"device": "rram_wan2022", "scaling": "replica"}
    ideal = load_checkpoint(train(config, f"output={tmp_path}/ideal").checkpoint)
    assert not torch.equal(ideal.output_layer.weight, whole.output_layer.weight)
    assert "hardware" not in ideal.facts


def test_a_network_for_hardware_is_tested_on_a_chip(config, tmp_path):
    """The last network, on images of the file, in software and on cells that are useless."""
    useless = ("hardware.device.programming.relative_sd=1", "hardware.device.conductance.g_min_s=0")
    settings = load_train_config(config, *HARDWARE, *useless)
    ideal = load_train_config(config)
    data = training_split(ideal)[1]
    net = load_checkpoint(train(ideal).checkpoint)
    from crossbar_nsm.experiment.training.final_test import measure_on_test

    assert measure_on_test(net, data, ideal)["error"] < 0.2
    assert measure_on_test(net, data, settings)["error"] > 0.3


IN_THE_WAY = {"link": lambda path: path.symlink_to("elsewhere"), "folder": os.mkdir, "named pipe": os.mkfifo}


@pytest.mark.parametrize("goes_on", [False, True])
@pytest.mark.parametrize("what", IN_THE_WAY)
@pytest.mark.parametrize("name", ["best.safetensors", "last.safetensors", "history.json", "result.json", "state.pt"])
def test_what_is_in_the_way_of_a_file_is_found_before_the_first_epoch(config, tmp_path, name, what, goes_on):
    trained, path = [], tmp_path / "run" / name
    if goes_on and name == "state.pt":
        pytest.skip("nothing to go on from")
    path.parent.mkdir()
    if goes_on:
        train(config, "training.epochs=1")
        path.unlink()
    IN_THE_WAY[what](path)
    with pytest.raises(FileError, match=f"{name}: is a {what}, which is never replaced by a file"):
        train(config, on_epoch=lambda *_: trained.append(1))
    assert trained == []


def test_the_folders_of_all_runs_are_looked_at_before_the_first(config, tmp_path):
    (tmp_path / "run/seed_2").mkdir(parents=True)
    (tmp_path / "run/seed_2/result.json").symlink_to("elsewhere")
    with pytest.raises(FileError, match=r"seed_2/result\.json: is a link"):
        train(config, "runs=2", on_epoch=lambda *_: pytest.fail("trained first"))
    (tmp_path / "run/seed_2/result.json").unlink()
    (tmp_path / "run/seed_2").rmdir()
    (tmp_path / "run/seed_2").write_text("x")
    with pytest.raises(FileError, match="seed_2: cannot be written, it is a file and a folder is needed"):
        train(config, "runs=2", on_epoch=lambda *_: pytest.fail("trained first"))


def test_a_state_that_is_a_link_is_not_trained_on_from(config, tmp_path):
    train(config, "training.epochs=1")
    state = tmp_path / "run/state.pt"
    state.rename(tmp_path / "state.pt")
    state.symlink_to(tmp_path / "state.pt")
    with pytest.raises(FileError, match=r"state\.pt: is a link"):
        train(config, on_epoch=lambda *_: pytest.fail("trained first"))


@pytest.mark.parametrize("name", ["state.pt", "history.json", "result.json", "last.safetensors"])
def test_files_that_may_not_be_read_are_not_called_damaged_and_not_replaced(config, tmp_path, monkeypatch, name):
    train(config, "training.epochs=1")
    path = tmp_path / "run" / name
    content = path.read_bytes()
    with monkeypatch.context() as patch:
        make_unreadable(patch, path)
        with pytest.raises(FileError, match=rf"{name}: cannot be read \(Permission denied\)"):
            train(config, on_epoch=lambda *_: pytest.fail("trained first"))
    assert path.read_bytes() == content


def test_a_state_that_may_not_be_read_is_no_damaged_one(config, tmp_path, monkeypatch):
    train(config, "training.epochs=1")
    trainer, _ = make_trainer(load_train_config(config, "training.epochs=1"))
    make_unreadable(monkeypatch, tmp_path / "run/state.pt")
    with pytest.raises(CheckpointError, match=r"state\.pt: cannot be read \(Permission denied\)\n"):
        trainer.resume(tmp_path / "run/state.pt")


def test_what_a_killed_training_left_is_removed(config, tmp_path):
    (tmp_path / "run").mkdir()
    names = (TEMPORARY.format(16 * "0"), TEMPORARY.format(16 * "1"), "a.part")
    old, young, other = (tmp_path / "run" / name for name in names)
    for path, age_s in ((old, LEFTOVER_AGE_S + 60), (young, 0), (other, LEFTOVER_AGE_S + 60)):
        path.write_text("x")
        os.utime(path, (time.time() - age_s,) * 2)
    train(config, "training.epochs=1")
    assert [path.exists() for path in (old, young, other)] == [False, True, True]


def test_a_training_from_a_checkpoint_goes_on_from_another_folder(config, tmp_path, monkeypatch):
    """Where the network lies that it starts from is no setting; what is in that file is."""
    train(load_train_config(config))
    start = tmp_path / "run" / "best.safetensors"
    second = tmp_path / "second.yaml"
    text = TEXT.format(folder=tmp_path).replace("seed: 1}", "seed: 1, start_from: run/best.safetensors}")
    second.write_text(text.replace("/run\n", "/second\n"))
    monkeypatch.chdir(tmp_path)
    first = train(load_train_config("second.yaml"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    epochs = []
    again = train(load_train_config(second), on_epoch=lambda report, _: epochs.append(report.epoch))
    assert (epochs, again.checkpoint) == ([], first.checkpoint)
    net = load_checkpoint(start)
    with torch.no_grad():
        next(net.parameters()).mul_(1.5)
    save_checkpoint(net, start)
    with pytest.raises(CheckpointError, match="by a run with other start_from checkpoint"):
        train(load_train_config(second))
