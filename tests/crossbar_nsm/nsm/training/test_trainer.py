import json
import math
import zipfile

import pytest
import torch
from support.networks import conv, conv_network, dense_network

from crossbar_nsm.nsm.architecture import multiply_adds
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.nsm.training.data import LabelledImages
from crossbar_nsm.nsm.training.trainer import Trainer, usual_threads
from device_models.errors import CheckpointError, ConfigError, DatasetError, FileError, TrainingError
from device_models.files import reading


def blobs(count, seed):
    """Three noisy binary patterns of 30 pixels."""
    generator = torch.Generator().manual_seed(seed)
    patterns = (torch.rand(3, 30, generator=torch.Generator().manual_seed(9)) < 0.5).float()
    labels = torch.randint(3, (count,), generator=generator)
    flipped = (torch.rand(count, 30, generator=generator) < 0.15).float()
    return LabelledImages((patterns[labels] - flipped).abs(), labels)


ARCHITECTURE = dense_network(30, 20, 12, 3).architecture
DATA = (blobs(400, 1), blobs(200, 2))


def trainer(**settings):
    return Trainer(ARCHITECTURE, TrainingConfig.model_validate({"epochs": 6, "batch_size": 20} | settings), *DATA)


@pytest.mark.parametrize(
    "settings", [{}, {"noise_place": "synapse", "decay": "step", "step_epochs": 2}, {"decay": "none"}]
)
def test_learns(settings):
    run = trainer(**settings)
    reports = list(run.epochs())
    assert min(report.validation_error for report in reports) < 0.05
    assert reports[-1].loss < reports[0].loss
    best = run.best_network().predict(DATA[1].images, 50).argmax(dim=1)
    assert (best != DATA[1].labels).float().mean() < 0.06


def test_beta_can_be_fixed():
    run = trainer(epochs=2, beta={"start": 0.7, "learning_rate_factor": 0})
    list(run.epochs())
    assert all(torch.all(layer.beta == 0.7) for layer in run.net.nsm_layers())


def test_stopped_and_resumed_ends_with_the_same_bits(tmp_path):
    whole = trainer()
    list(whole.epochs())
    first = trainer()
    for report in first.epochs():
        first.save(tmp_path / "state.pt")
        if report.epoch == 3:
            break
    second = trainer()
    second.resume(tmp_path / "state.pt")
    assert [report.epoch for report in second.epochs()] == [4, 5, 6]
    for a, b in zip(whole.net.parameters(), second.net.parameters(), strict=True):
        assert torch.equal(a, b)
    assert all(torch.equal(value, second.best[name]) for name, value in whole.best.items())


def test_learning_rate_falls_to_zero():
    rates = [report.learning_rate for report in trainer().epochs()]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 1e-5


def test_resuming_with_other_images_is_refused(tmp_path):
    trainer().save(tmp_path / "state.pt")
    other = Trainer(ARCHITECTURE, TrainingConfig(epochs=6, batch_size=20), blobs(400, 3), DATA[1])
    with pytest.raises(CheckpointError, match="with other training images; choose another output folder"):
        other.resume(tmp_path / "state.pt")


def test_a_state_from_before_a_setting_existed_goes_on_with_its_default(tmp_path):
    """As `averaging` did not always exist: without it is the same as with its default, and not as another value."""
    path = tmp_path / "state.pt"
    trainer().save(path)
    state = _unsigned(path)
    settings = json.loads(state["identity"]["training settings"])
    del settings["averaging"]
    state["identity"]["training settings"] = json.dumps(settings)
    torch.save(state, path)
    trainer().resume(path)
    other = Trainer(ARCHITECTURE, TrainingConfig(epochs=6, batch_size=20, averaging=0.9), *DATA)
    with pytest.raises(CheckpointError, match="with other training settings;"):
        other.resume(path)


@pytest.mark.parametrize("part", ["net", "optimiser", "generator", "reports", "best", "identity"])
def test_a_state_with_a_part_missing_is_refused(tmp_path, part):
    path = tmp_path / "state.pt"
    trainer().save(path)
    state = _unsigned(path)
    del state[part]
    torch.save(state, path)
    with pytest.raises(CheckpointError, match="delete it to start again"):
        trainer().resume(path)


def test_a_diverging_run_stops_with_one_line():
    run = trainer(epochs=1)
    with torch.no_grad():
        run.net.output_layer.weight.fill_(float("inf"))
    with pytest.raises(TrainingError, match=r"stopped in epoch 1: the loss is nan; lower the learning rate"):
        list(run.epochs())


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_damaged_state_is_refused(tmp_path, content):
    (tmp_path / "state.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match="not a training state"):
        trainer().resume(tmp_path / "state.pt")


def test_a_state_that_is_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "FREE_BYTES", 1_000_000)
    torch.save({"net": torch.zeros(4, 1_000_000)}, tmp_path / "large.pt")
    with zipfile.ZipFile(tmp_path / "large.pt") as stored, zipfile.ZipFile(tmp_path / "state.pt", "w", 8) as packed:
        for name in stored.namelist():
            packed.writestr(name, stored.read(name))
    with pytest.raises(CheckpointError, match=r"state\.pt: would unpack to 16 MB, at most .* MB are read"):
        trainer().resume(tmp_path / "state.pt")


def test_a_state_of_another_network_is_refused(tmp_path):
    trainer().save(tmp_path / "state.pt")
    other = Trainer(dense_network(30, 10, 3).architecture, TrainingConfig(epochs=6, batch_size=20), *DATA)
    with pytest.raises(CheckpointError, match="with other network;"):
        other.resume(tmp_path / "state.pt")


def test_the_running_mean_is_what_is_validated_and_saved():
    """With decay d the mean over updates is sum (1-d) d^k w; it is not the last network."""
    run = trainer(epochs=2, averaging=0.9)
    expected: dict = {}

    def follow(trainer, step):
        for name, value in trainer.net.state_dict().items():
            new = value.clone()
            expected[name] = new if step == 1 else 0.9 * expected[name] + 0.1 * new

    list(run.epochs(follow))
    for name, value in run.last_network().state_dict().items():
        assert torch.allclose(value, expected[name], atol=1e-5)
    assert not torch.equal(run.last_network().output_layer.weight, run.net.output_layer.weight)


def test_averaged_runs_resume_with_the_same_bits(tmp_path):
    settings = {"averaging": 0.9, "input_flips": 0.1, "input_binarisation": "random"}
    whole, first, second = (trainer(**settings) for _ in range(3))
    list(whole.epochs())
    for report in first.epochs():
        first.save(tmp_path / "state.pt")
        if report.epoch == 2:
            break
    second.resume(tmp_path / "state.pt")
    list(second.epochs())
    ends = (whole.last_network().state_dict(), second.last_network().state_dict())
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


@pytest.mark.parametrize(
    "method",
    ["nsm", "nsm_ste", "nsm_binconcrete", {"name": "nsm_binconcrete", "forward": "relaxed"}, "bd", "wbd", "sn", "bn",
     "stnn", "relu", "sigmoid", "tanh", {"name": "tanh", "batch_norm": True, "dropout": 0.1}],
)  # fmt: skip
def test_every_method_learns_saves_and_is_loaded_again(method, tmp_path):
    architecture = dense_network(30, 20, 12, 3, method=method).architecture
    run = Trainer(architecture, TrainingConfig(epochs=25, batch_size=20, learning_rate=5e-3), *DATA)
    list(run.epochs())
    net = load_checkpoint(save_checkpoint(run.best_network(), tmp_path / "net.safetensors"))
    assert net.architecture == architecture
    predicted = net.predict(DATA[1].images, 30, noise="neuron").argmax(dim=1)
    assert (predicted != DATA[1].labels).float().mean() < 0.06
    assert torch.equal(net.predict(DATA[1].images, 3), run.best_network().predict(DATA[1].images, 3))


@pytest.mark.parametrize("images", [401, 21])
def test_batch_normalisation_of_a_single_image_is_refused(images):
    architecture = dense_network(30, 20, 3, method={"name": "relu", "batch_norm": True}).architecture
    data = blobs(images, 1)
    with pytest.raises(ConfigError, match=r"leave one in the last; choose another training\.batch_size"):
        Trainer(architecture, TrainingConfig(batch_size=20), data, DATA[1])


def test_a_relaxed_network_is_validated_as_it_is_sampled():
    """Validation states are +-1, as those of every evaluation."""
    architecture = dense_network(30, 20, 3, method={"name": "nsm_binconcrete", "forward": "relaxed"}).architecture
    net = Trainer(architecture, TrainingConfig(), *DATA).net
    layer, z = next(net.nsm_layers()), net.encode(DATA[1].images)
    draws = GeneratorDraws(torch.Generator().manual_seed(0))
    assert len(layer(z, "synapse", draws).unique()) > 100
    net.eval()
    assert layer(z, "synapse", draws).unique().tolist() == [-1.0, 1.0]


def _unsigned(path):
    """A state without the digest that notices every edit, as earlier versions wrote it."""
    state = torch.load(path, weights_only=True)
    state.pop("digest", None)
    return state


def damaged(state, part):
    if part == "reports without best":
        state["best"] = {}
    elif part == "a report of text":
        state["reports"][0]["loss"] = "low"
    elif part == "another best":
        state["best"] = {"x": torch.zeros(3)}
    elif part == "NaN weights":
        state["net"]["layers.fc1.weight"][0] = float("nan")
    return state


@pytest.mark.parametrize("part", ["reports without best", "a report of text", "another best", "NaN weights"])
def test_a_state_of_damaged_content_is_refused(tmp_path, part):
    path = tmp_path / "state.pt"
    run = trainer(epochs=1)
    list(run.epochs())
    run.save(path)
    torch.save(damaged(_unsigned(path), part), path)
    with pytest.raises(CheckpointError, match="delete it to start again"):
        trainer(epochs=1).resume(path)


def _adam(state, change):
    for entry in state["optimiser"]["state"].values():
        change(entry)


def _strided(entry):
    """The right shape and kind, on four bytes of memory."""
    entry["exp_avg"] = torch.zeros(1).expand(entry["exp_avg"].shape)


EDITED = {
    "exp_avg of another shape": lambda s: _adam(s, lambda e: e.update(exp_avg=torch.zeros(1))),
    "exp_avg_sq of another kind": lambda s: _adam(s, lambda e: e.update(exp_avg_sq=e["exp_avg_sq"].double())),
    "exp_avg of half precision": lambda s: _adam(s, lambda e: e.update(exp_avg=e["exp_avg"].half())),
    "step of another shape": lambda s: _adam(s, lambda e: e.update(step=torch.zeros(7))),
    "step as a number": lambda s: _adam(s, lambda e: e.update(step=3.0)),
    "another step": lambda s: _adam(s, lambda e: e.update(step=torch.tensor(1e6))),
    "negative squares": lambda s: _adam(s, lambda e: e["exp_avg_sq"].fill_(-1)),
    "NaN in exp_avg": lambda s: _adam(s, lambda e: e["exp_avg"].fill_(math.nan)),
    "exp_avg that no network survives": lambda s: _adam(s, lambda e: e["exp_avg"].fill_(1e30)),
    "a parameter without state": lambda s: s["optimiser"]["state"].pop(0),
    "NaN in best": lambda s: s["best"]["layers.out.bias"].fill_(math.nan),
    "what no checkpoint may hold in best": lambda s: s["best"]["layers.out.bias"].fill_(1e38),
    "what no checkpoint may hold in net": lambda s: s["net"]["layers.out.bias"].fill_(1e16),
    "NaN in average": lambda s: s["average"]["module.layers.out.bias"].fill_(math.nan),
    "half the network": lambda s: s["net"].update({"layers.out.bias": s["net"]["layers.out.bias"].half()}),
    "a sparse network": lambda s: s["net"].update({"layers.out.bias": s["net"]["layers.out.bias"].to_sparse()}),
    "an error of -1": lambda s: s["reports"][0].update(validation_error=-1.0),
    "103 epochs": lambda s: s.update(reports=[{**s["reports"][0], "epoch": k} for k in range(1, 104)]),
    "epochs out of order": lambda s: s["reports"][0].update(epoch=2),
    "a counter of 100 bits": lambda s: s["reports"][0].update(epoch=2**100),
    "another generator": lambda s: s.update(generator=torch.zeros(3, dtype=torch.uint8)),
    "a generator of zeros": lambda s: s["generator"].zero_(),
}


@pytest.mark.parametrize("edit", EDITED)
def test_an_edited_state_is_refused_before_it_is_used(tmp_path, edit):
    """Of Adam's, the first ones wrote into memory that was not theirs; the others ended with a network, or its
    checkpoint, that nobody can use."""
    path, settings = tmp_path / "state.pt", {"averaging": 0.9}
    run = trainer(**settings)
    next(run.epochs())
    run.save(path)
    state = _unsigned(path)
    EDITED[edit](state)
    torch.save(state, path)
    again = trainer(**settings)
    before = [value.clone() for value in again.net.parameters()]
    with pytest.raises(CheckpointError, match=r"state\.pt: not a training state of this program .*delete it") as caught:
        again.resume(path)
    assert len(str(caught.value)) - len(str(path)) < 300
    assert all(torch.equal(*pair) for pair in zip(before, again.net.parameters(), strict=True))
    assert again.reports == []


PLAUSIBLE = {
    "a better error": lambda s: s["reports"][0].update(validation_error=0.01),
    "other weights": lambda s: s["best"]["layers.out.bias"].add_(0.1),
    "steeper neurons": lambda s: s["net"]["layers.fc1.beta"].mul_(2),
    "a shorter memory": lambda s: _adam(s, lambda e: e["exp_avg"].mul_(0.5)),
    "other draws": lambda s: s.update(generator=torch.Generator().manual_seed(9).get_state()),
}


@pytest.mark.parametrize("edit", PLAUSIBLE)
def test_an_edit_within_the_range_is_noticed(tmp_path, edit):
    path = tmp_path / "state.pt"
    run = trainer()
    next(run.epochs())
    run.save(path)
    state = torch.load(path, weights_only=True)
    PLAUSIBLE[edit](state)
    torch.save(state, path)
    with pytest.raises(CheckpointError, match="not what this program wrote, edited perhaps"):
        trainer().resume(path)


def test_tensors_that_lie_oddly_in_their_file_get_memory_of_their_own(tmp_path):
    """One number, spread over a whole tensor, and the same tensor for two parts: values count, not where they lie."""
    path = tmp_path / "state.pt"
    run = trainer()
    next(run.epochs())
    run.save(path)
    state = _unsigned(path)
    _adam(state, _strided)
    state["best"] = state["net"]
    torch.save(state, path)
    again = trainer()
    again.resume(path)
    best = {name: value.clone() for name, value in again.best.items()}
    next(again.epochs())
    assert again.best is not again.net.state_dict()
    assert len(again.reports) == 2
    averages = [entry["exp_avg"] for entry in again.optimisation.adam.state.values()]
    assert all(average.is_contiguous() and average.stride()[-1] == 1 for average in averages)
    if again.reports[1].validation_error >= again.reports[0].validation_error:
        assert all(torch.equal(best[name], value) for name, value in again.best.items())


def test_a_state_never_takes_the_place_of_another_file(tmp_path):
    run = trainer(epochs=1)
    (tmp_path / "config.yaml").write_text("a: 1")
    with pytest.raises(FileError, match="not of this program"):
        run.save(tmp_path / "config.yaml")
    assert (tmp_path / "config.yaml").read_text() == "a: 1"
    run.save(tmp_path / "state.pt")
    run.save(tmp_path / "state.pt")


def test_a_state_without_a_sign_is_gone_on_with(tmp_path):
    """And without a digest."""
    path = tmp_path / "state.pt"
    run = trainer()
    run.save(path)
    torch.save(_unsigned(path), path)
    with pytest.raises(FileError, match="not of this program"):
        run.save(path)
    again = trainer()
    again.resume(path)
    again.save(path)


def test_a_single_training_image_is_refused():
    with pytest.raises(DatasetError, match="at least two are needed"):
        Trainer(ARCHITECTURE, TrainingConfig(), blobs(1, 1), DATA[1])


def test_weights_that_become_nan_stop_the_training():
    run = trainer(epochs=3, learning_rate=1e3)

    def spoil(trainer, step):
        if step == trainer.steps_per_epoch:
            next(iter(trainer.net.parameters())).data[0] = float("nan")

    with pytest.raises(TrainingError, match=r"fc1\.weight holds NaN, or values of 1e\+15 and more; lower"):
        list(run.epochs(spoil))


def test_validation_is_of_the_running_mean():
    """After one epoch of 20 updates a mean of decay 0.999 is still close to the start, the network is not."""
    slow, plain = (next(trainer(averaging=averaging).epochs()) for averaging in (0.999, 0.0))
    assert slow.loss == plain.loss
    assert plain.validation_nll < 0.9 < 1.0 < slow.validation_nll


def test_dropout_is_on_in_training_and_off_in_validation():
    architecture = dense_network(30, 20, 3, method={"name": "relu", "dropout": 0.5}).architecture
    run = Trainer(architecture, TrainingConfig(epochs=2, batch_size=20), *DATA)
    modes = []
    for _ in run.epochs(lambda trainer, step: modes.append(trainer.net.training)):
        assert not run.net.training
    assert len(modes) == 40
    assert all(modes)


def test_small_networks_train_on_one_thread_large_ones_on_all(monkeypatch):
    """Products of an image, by hand: 30 x 20, 20 x 12, 12 x 3; of a convolution 9 x 4 x 4 x 2 and 32 x 3."""
    monkeypatch.setattr("crossbar_nsm.nsm.training.trainer.available_threads", lambda: 7)
    convolution = conv_network(conv(2, 3)).architecture
    assert [multiply_adds(place) for place in ARCHITECTURE.placements()] == [600, 240, 36]
    assert [multiply_adds(place) for place in convolution.placements()] == [288, 96]
    assert usual_threads(ARCHITECTURE, 100) == 1
    monkeypatch.setattr("crossbar_nsm.nsm.training.trainer.MANY_PRODUCTS", 87_600)
    assert usual_threads(ARCHITECTURE, 100) == 1
    assert usual_threads(ARCHITECTURE, 101) == 7


@pytest.mark.usefixtures("two_threads")
def test_threads_change_the_session_within_an_epoch_only():
    run = Trainer(ARCHITECTURE, TrainingConfig(epochs=2, batch_size=100), *DATA, threads=2)
    before, inside = torch.get_num_threads(), set()
    for _ in run.epochs(lambda _trainer, _step: inside.add(torch.get_num_threads())):
        assert torch.get_num_threads() == before == 1
    assert inside == {2}
    alone = Trainer(ARCHITECTURE, TrainingConfig(epochs=2, batch_size=100), *DATA)
    assert alone.threads == 1
    list(alone.epochs())
    for name, value in alone.net.state_dict().items():
        assert torch.equal(value, run.net.state_dict()[name])
