"""What a study is said to do is what it then does; nothing is written for it."""

import numpy as np
import pytest
from support.reproduction import small_cnn_config, small_config

import crossbar_nsm.reproduce.planning.plan as module
from crossbar_nsm.reproduce.catalogue import STUDIES, reproduce_paper
from crossbar_nsm.reproduce.config import load_reproduce_config
from crossbar_nsm.reproduce.noise_place import PASSES
from crossbar_nsm.reproduce.planning.plan import image_counts, plan_reproduction
from crossbar_nsm.reproduce.planning.rates import Rates, rates
from crossbar_nsm.reproduce.planning.tables import plan_table
from device_models.errors import ConfigError


@pytest.fixture
def second_each(monkeypatch):
    """An image takes 1 s in an update, 10 s in validation, 100 s in an evaluation."""
    monkeypatch.setattr(module, "rates", lambda _network, _training: Rates(1.0, 10.0, 100.0))


def doing(planned):
    return [(step.doing, step.network) for step in planned.steps]


def test_what_was_made_is_used_again(tmp_path):
    config, out = small_config(tmp_path, "watch.runs=1"), tmp_path / "paper"
    assert doing(plan_reproduction("fig4", config, out=out)) == [("watch", "nsm"), ("watch", "stnn")]
    assert not out.exists()
    reproduce_paper("fig4", config, out=out)
    planned = plan_reproduction("fig4", config, out=out)
    assert doing(planned) == [("reuse", "nsm"), ("reuse", "stnn")]
    assert planned.seconds == 0
    more = config.model_copy(update={"watch": config.watch.model_copy(update={"runs": 3})})
    assert doing(plan_reproduction("fig4", more, out=out)) == [("watch", "nsm"), ("watch", "stnn")]


def test_a_training_that_was_stopped_goes_on(tmp_path):
    config, out = small_config(tmp_path), tmp_path / "paper"
    folder = out / "trained" / "mlp" / "nsm"
    folder.mkdir(parents=True)
    (folder / "state.pt").touch()
    steps = plan_reproduction("robustness", config, out=out).steps
    assert [(step.doing, step.network) for step in steps][:3] == [
        ("go on", "nsm"),
        ("train", "stnn"),
        ("train", "relu"),
    ]


def test_the_estimate_adds_up(tmp_path, second_each):
    """600 images x 12 epochs and 100 x 20 passes of validation; 300 test images."""
    planned = plan_reproduction("table1", small_config(tmp_path))
    seconds = {(step.doing, step.network): step.seconds for step in planned.steps}
    assert seconds["train", "nsm"] == 12 * (600 * 1 + 100 * 20 * 10)
    assert seconds["evaluate", "nsm"] == 300 * (2 * 30 + 4 * 30) * 100
    assert seconds["evaluate", "relu"] == 300 * 2 * 100  # one pass is enough
    assert planned.seconds == sum(seconds.values())
    assert "about" in str(plan_table(planned).caption)


@pytest.mark.parametrize("name", [pytest.param("table2", marks=pytest.mark.slow), "noise_place", "rotated_digits"])
def test_passes_are_those_that_a_study_makes(name, tmp_path, monkeypatch):
    """Counted while it runs. Units are looked at in other passes, which are not counted here; networks that are the
    same, with probabilities that are made once, have seeds of their own."""
    from crossbar_nsm.nsm.network import Network

    config = small_cnn_config(tmp_path, "trained.gnsm_long.training.seed=7")
    made, predict = [], Network.predict

    def counted(net, x, samples, *arguments, **more):
        made.append(len(x) * samples if any(layer.noisy for layer in net.hidden_layers()) else len(x))
        return predict(net, x, samples, *arguments, **more)

    monkeypatch.setattr(Network, "predict", counted)
    reproduce_paper(name, config, out=tmp_path / "out")
    expected = sum(STUDIES[name].passes(config, image_counts(config).test).values())
    assert sum(made) == expected - (4 * PASSES if name == "noise_place" else 0)


def test_networks_that_studies_share_are_there_once(tmp_path, second_each, monkeypatch):
    monkeypatch.setattr(module, "ON_MNIST", ("table2", "noise_place", "fig4", "fig2"))
    planned = plan_reproduction("all", out=tmp_path)
    trainings = [(step.section, step.network) for step in planned.steps if step.doing != "evaluate"]
    assert len(trainings) == len(set(trainings)) == 10 + 3
    assert planned.as_dict()["config"] is None
    with pytest.raises(ConfigError, match="all: runs every study of MNIST with its own configuration"):
        plan_reproduction("all", "cnn")


def test_images_are_those_of_the_published_sets():
    counts = image_counts(load_reproduce_config("mlp"))
    assert (counts.training, counts.validation, counts.test) == (50_000, 5000, 10_000)


@pytest.mark.slow
def test_the_estimate_of_a_training_is_about_right(tmp_path):
    """Within a factor of three, as other processes may run beside it."""
    import time

    from support.reproduction import small_context

    from crossbar_nsm.reproduce.trained import trained

    context = small_context(tmp_path, "trained.nsm.training.epochs=60")
    planned = plan_reproduction("table1", context.config, out=context.folder)
    started = time.perf_counter()
    trained("nsm", context, tested=False)
    ratio = planned.steps[0].seconds / (time.perf_counter() - started)
    assert 1 / 3 < ratio < 3


def test_rates_are_positive_and_measured_once(tmp_path):
    config = small_config(tmp_path)
    network = config.trained["nsm"]
    one = rates(config.architecture(network), network.training)
    assert np.all(np.array([one.update_s, one.validation_s, one.evaluation_s]) > 0)
    longer = network.training.model_copy(update={"epochs": 900})
    assert rates(config.architecture(network), longer) is one
