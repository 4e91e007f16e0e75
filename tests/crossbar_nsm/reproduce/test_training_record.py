import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from support.networks import conv, conv_network, dense_network, images, states
from support.reproduction import small_context

from crossbar_nsm.experiment.train import make_trainer
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.methods.config import NSMBinConcrete
from crossbar_nsm.reproduce.catalogue import reproduce_paper
from crossbar_nsm.reproduce.config import WatchConfig
from crossbar_nsm.reproduce.gradients import cosine, gradient_cosines, mean_gradients, sigmoid_gradients
from crossbar_nsm.reproduce.internal_shift import drift, updates_to, widening
from crossbar_nsm.reproduce.training_record import PROBE_SEED, Record, _Watcher, last_arguments, records, watch
from device_models.errors import ConfigError
from device_models.files.signs import npz_bytes


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    return small_context(tmp_path_factory.mktemp("watching"))


def trainer_of(name, context):
    run = context.config.training_run(context.config.watched[name], 1, context.folder)
    return make_trainer(run)[0]


@pytest.mark.parametrize("name", ["nsm", "batch_norm"])
def test_watching_changes_nothing_in_the_training(context, name):
    alone, watched = trainer_of(name, context), trainer_of(name, context)
    list(alone.epochs())
    watch(watched, context, "test")
    assert all(torch.equal(a, b) for a, b in zip(alone.net.parameters(), watched.net.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(alone.net.buffers(), watched.net.buffers(), strict=True))


def test_a_record_holds_what_it_says(context):
    trainer = trainer_of("nsm", context)
    start = [weight.detach().clone() for weight in (layer.weight for layer in trainer.net.nsm_layers())]
    record = watch(trainer, context, "test")
    updates = trainer.steps_per_epoch * 2
    assert record.steps.tolist() == [0, 1, 2, 3, 4, 5, 6, *range(10, updates + 1, 5)]
    assert record.percentiles.shape == (len(record.steps), 16, 3)
    assert np.all(np.diff(record.percentiles, axis=2) >= 0)
    assert record.weight_mean.shape == record.weight_sd.shape == (3, 4)
    assert record.weight_sd[0, 2] == pytest.approx(float(start[2].std()), rel=1e-6)
    assert record.gradient_size.shape == (2, 4)
    assert np.all(record.gradient_size >= np.abs(record.gradient_mean))
    assert record.cosines.shape == (3, 3, 4)
    assert np.array_equal(record.final_weights[3], trainer.net.output_layer.weight.detach().numpy())
    assert record.weight_sd[-1, 3] == pytest.approx(record.final_weights[3].std(ddof=1), rel=1e-5)


def test_the_probe_is_looked_at_with_the_noise_of_the_training(context):
    trainer = trainer_of("nsm", context)
    found = {}
    for place in ("neuron", "synapse"):
        draws = GeneratorDraws(torch.Generator().manual_seed(PROBE_SEED))
        with torch.no_grad():
            found[place] = last_arguments(trainer.net, trainer.validation_states[:50], draws, place).numpy()
    record = watch(trainer, context, "test")
    assert trainer.config.noise_place == "neuron"
    assert np.allclose(record.percentiles[0], np.percentile(found["neuron"], (15, 50, 85), axis=0).T, atol=1e-5)
    assert not np.allclose(record.percentiles[0], np.percentile(found["synapse"], (15, 50, 85), axis=0).T, atol=0.01)


def test_figures_without_binconcrete_do_not_need_it(tmp_path):
    context = small_context(tmp_path, "watch.runs=1")
    networks = {name: context.config.watched[name] for name in ("nsm", "stnn")}
    config = context.config.model_copy(update={"watched": networks})
    study, _ = reproduce_paper("fig4", config, out=tmp_path / "out")
    assert study.numbers.keys() == networks.keys()
    with pytest.raises(ConfigError, match="fig8: configuration mlp has no watched network nsm_binconcrete"):
        reproduce_paper("fig8", config, out=tmp_path / "out")


def test_percentiles_of_a_convolution_are_over_images():
    net = conv_network(conv(4, 3), image=(1, 8, 8))
    trainer = SimpleNamespace(
        net=net, validation_states=net.encode(images(20, 64)), validation_labels=torch.zeros(20, dtype=torch.long),
        labels=torch.zeros(20), config=SimpleNamespace(noise_place="neuron"),
    )  # fmt: skip
    watcher = _Watcher(trainer, WatchConfig(probe_images=20, gradient_images=1), None)
    watcher.look()
    draws = GeneratorDraws(torch.Generator().manual_seed(PROBE_SEED))
    with torch.no_grad():
        arguments = last_arguments(net, trainer.validation_states, draws, "neuron").numpy().reshape(20, 4 * 36)
    assert np.allclose(watcher.percentiles[0], np.percentile(arguments, (15, 50, 85), axis=0).T, atol=1e-6)


def test_a_record_on_disk_is_read_and_not_made_again(context, monkeypatch):
    first = records("nsm", context)
    monkeypatch.setattr("crossbar_nsm.reproduce.training_record.make_trainer", None)
    second = records("nsm", context)
    for one, two in zip(first, second, strict=True):
        assert np.array_equal(one.percentiles, two.percentiles)
        assert all(np.array_equal(a, b) for a, b in zip(one.final_weights, two.final_weights, strict=True))


def test_seeds_differ(context):
    one, two = records("stnn", context)
    assert not np.array_equal(one.final_weights[0], two.final_weights[0])


def record_with(percentiles, errors=(0.5, 0.1)):
    empty = np.zeros((0,))
    steps = np.arange(len(percentiles)) * 3
    return Record(steps, np.array(percentiles, float), np.array(errors), *([empty] * 6), final_weights=())


def test_drift_and_widening_of_a_known_shift():
    """One unit whose band (-1, 0, 1) moves by 0.5 and then doubles."""
    record = record_with([[[-1, 0, 1]], [[-0.5, 0.5, 1.5]], [[-2, 0, 2]]])
    assert drift(record).tolist() == pytest.approx([0, 0.25, (1 + 0 + 1) / 3 / 2])
    assert widening(record).tolist() == [1, 1, 2]


def test_updates_to_an_error():
    record = record_with([[[0, 1, 2]]] * 4, [0.9, 0.3, 0.12, 0.2])
    assert updates_to(record, 0.3) == 3
    assert updates_to(record, 0.15) == 6
    assert updates_to(record, 0.01) == float("inf")


def test_gradients_are_means_over_draws_and_cosines_theirs():
    net = dense_network(12, 9, 8, 3)
    z, y = torch.from_numpy(states(40, 12)), torch.randint(3, (40,), generator=torch.Generator().manual_seed(0))
    many = mean_gradients(dense_network(12, 9, 8, 3), z, y, 400, "synapse", 1)
    other = mean_gradients(dense_network(12, 9, 8, 3), z, y, 400, "synapse", 2)
    assert all(float(cosine(a, b)) > 0.95 for a, b in zip(many, other, strict=True))
    found = gradient_cosines(net, NSMBinConcrete(), z, y, 400, "synapse")
    assert found.shape == (3, 3)
    assert found[0].min() > 0.95  # two estimates of one gradient
    assert found[1].min() > 0.8  # BinConcrete points the same way
    assert found[2][-1] > 0.5
    assert float(cosine(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0]))) == pytest.approx(2**-0.5)


@pytest.mark.parametrize(
    "damage", ["truncated", "empty", "missing", "short", "nan", "negative", "text", "scalar", "error", "foreign"]
)
def test_a_damaged_record_is_made_again(context, damage):
    first = records("sigmoid", context)[0]
    path = next((context.folder / "watched").glob("sigmoid_seed0_*.npz"))
    whole = path.read_bytes()
    arrays = dict(np.load(path))
    if damage == "missing":
        del arrays["steps"]
    elif damage == "short":
        arrays["weight_sd"] = arrays["weight_sd"][1:]
    elif damage == "nan":
        arrays["weight_mean"][0] = np.nan
    elif damage == "negative":
        arrays["weight_sd"] = -arrays["weight_sd"]
    elif damage == "text":
        arrays["percentiles"] = arrays["percentiles"].astype(str)
    elif damage == "scalar":
        arrays["steps"] = np.array(3)
    elif damage == "error":
        arrays["probe_error"] = arrays["probe_error"] + 1
    if damage in ("truncated", "empty"):
        path.write_bytes(whole[: 2000 if damage == "truncated" else 0])
    elif damage == "foreign":
        np.savez_compressed(path, **arrays)
    else:
        path.write_bytes(npz_bytes("record", arrays))
    again = records("sigmoid", context)[0]
    assert np.array_equal(first.weight_sd, again.weight_sd)
    assert len(path.read_bytes()) == len(whole)


def test_more_probe_images_than_there_are_is_refused(context):
    config = context.config.watch.model_copy(update={"probe_images": 101})
    many = dataclasses.replace(context, config=context.config.model_copy(update={"watch": config}))
    with pytest.raises(ConfigError, match="probe_images=101: there are only 100 such images"):
        watch(trainer_of("nsm", context), many, "test")


def test_the_sigmoid_network_has_the_slope_of_erf_at_zero():
    """Its states are 2 sigmoid(4/sqrt(pi) x) - 1 with x = beta w.z/||w|| + c: slope 2/sqrt(pi) at x = 0, as erf."""
    net = dense_network(12, 9, 8, 3)
    z, y = torch.from_numpy(states(40, 12)), torch.randint(3, (40,), generator=torch.Generator().manual_seed(0))
    found = sigmoid_gradients(net, z, y)
    h = z
    for layer in net.nsm_layers():
        x = layer.beta * (h @ (layer.weight / layer.weight.norm(dim=1, keepdim=True)).T) + layer.c
        h = 2 * torch.sigmoid(4 / math.sqrt(math.pi) * x) - 1
    loss = torch.nn.functional.cross_entropy(net.output_layer(h), y)
    weights = [layer.weight for layer in (*net.nsm_layers(), net.output_layer)]
    for one, other in zip(found, torch.autograd.grad(loss, weights), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_gradients_are_averaged_and_not_summed():
    net = dense_network(12, 9, 3, method="tanh")
    z, y = torch.from_numpy(states(40, 12)), torch.randint(3, (40,), generator=torch.Generator().manual_seed(0))
    for one, five in zip(*(mean_gradients(net, z, y, draws, "neuron", 1) for draws in (1, 5)), strict=True):
        assert torch.allclose(one, five, atol=1e-7)
