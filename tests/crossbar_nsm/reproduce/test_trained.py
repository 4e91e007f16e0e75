"""Networks of a reproduction: where they lie, with how many passes they are tested, what they start from."""

import json

import pytest
import torch
from support.reproduction import small_cnn_config

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.reproduce.reproduction import RunContext
from crossbar_nsm.reproduce.trained import images_to_test, trained
from device_models.errors import DatasetError


def context(config, folder):
    return RunContext(config, folder, lambda _label: lambda _done, _total, _note: None)


@pytest.mark.parametrize(("tested", "samples"), [(True, 20), (False, 1)])
def test_a_study_that_measures_for_itself_spares_the_passes_of_the_trainings_own_test(tested, samples, tmp_path):
    config = small_cnn_config(tmp_path, "trained.gnsm.training.epochs=1")
    result = trained("gnsm", context(config, tmp_path), tested)
    assert result.runs[0].test["settings"]["samples"] == samples
    assert json.loads((tmp_path / "trained" / "cnn" / "gnsm" / "result.json").read_text())["test"]["settings"][
        "samples"
    ] == samples  # fmt: skip


def test_every_seed_is_trained(cnn_config, tmp_path):
    one = cnn_config.trained["bd"]
    quick = one.model_copy(update={"training": one.training.model_copy(update={"epochs": 1})})
    config = cnn_config.model_copy(update={"trained": {"bd": quick}})
    result = trained("bd", context(config, tmp_path))
    assert [run.seed for run in result.runs] == [0, 1]
    weights = [load_checkpoint(run.checkpoint).layers["a"].weight for run in result.runs]
    assert not torch.allclose(*weights, atol=0.01)


def test_a_network_starts_from_another_of_the_same_table(tmp_path):
    """bnsm starts with the weights of dcnn: after updates of no size they are still the same."""
    none = "epochs: 1, batch_size: 20, learning_rate: 1e-30, validation_samples: 1"
    config = small_cnn_config(tmp_path, f"trained.bnsm.training={{{none}}}", f"trained.gnsm.training={{{none}}}")
    found = {}
    for name in ("bnsm", "gnsm"):
        found[name] = load_checkpoint(trained(name, context(config, tmp_path)).checkpoint)
    start = load_checkpoint(tmp_path / "trained" / "cnn" / "dcnn" / "best.safetensors")
    for name in ("a", "b", "c", "d"):
        assert torch.allclose(start.layers[name].weight, found["bnsm"].layers[name].weight, atol=1e-6)
        assert not torch.allclose(start.layers[name].weight, found["gnsm"].layers[name].weight, atol=1e-2)


def test_without_test_images_the_fix_is_named(tmp_path):
    config = small_cnn_config(tmp_path, "test={samples: 3}")
    with pytest.raises(DatasetError, match=r"train.npz has no test images of its own; set test.dataset"):
        images_to_test(context(config, tmp_path))
