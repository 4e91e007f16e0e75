import json

import numpy as np
import pytest
import torch

from crossbar_nsm.experiment.train import train
from crossbar_nsm.nsm.checkpoint import load_checkpoint
from device_models.errors import CheckpointError, DatasetError

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
    assert len(json.loads((tmp_path / "run" / "history.json").read_text())) == 4


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
    entries = [json.loads((folder / "history.json").read_text()) for folder in (whole, tmp_path / "run")]
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


def test_wrong_image_size(config, tmp_path):
    np.savez(tmp_path / "data.npz", x=np.zeros((100, 31)), y=np.zeros(100, int))
    with pytest.raises(DatasetError, match="images of 31 pixels, the network takes 30"):
        train(config, "dataset.exclude=null")
