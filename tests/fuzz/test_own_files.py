"""Results folders, chips, checkpoints and training states, edited and damaged in every way."""

import json
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save
from support.hostile.chips import signed_metadata
from support.hostile.damage import (
    ARRAY,
    IN_MEMORY,
    OF_TORCH,
    places,
    signed,
    spoil,
    spoil_array,
    spoil_bytes,
    spoil_tensor,
    spoilt,
)
from support.hostile.fuzzing import fuzz, outcome
from support.networks import dense_network, images
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.budget.file import load_budget, save_budget
from crossbar_nsm.experiment.budget.rows import MEASURES, BudgetRow, Change
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.experiment.studies.folder.trial_file import read_trial
from crossbar_nsm.experiment.training.run_folder import RESULT, RunRecord
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.nsm.training.data import LabelledImages
from crossbar_nsm.nsm.training.trainer import Trainer
from crossbar_nsm.statistics.metrics import measure
from device_models import load_device
from device_models.errors import CrossbarError
from device_models.files.digests import digest
from device_models.files.records import read_record, write_record
from device_models.files.signs import npz_bytes

X = images(2, 30)
CHIPS = {
    "moments": {"device": load_device("rram_illustrative"), "neuron": {"scaling": "paired"}},
    "states and converters": {
        "device": load_device("fefet_selector_illustrative"),
        "neuron": {"scaling": "replica"},
        "array": {"partial_sums": "digital", "output_layer": "array", "rows": 8},
    },
}
of_arrays = st.sampled_from([*ARRAY, "drop"])
of_tensors = st.sampled_from([*ARRAY, *OF_TORCH, "drop"])
in_memory = st.sampled_from([*ARRAY, *OF_TORCH, *IN_MEMORY])
raw = st.fixed_dictionaries({"place": places, "to": st.binary(max_size=8), "cut": st.booleans()})


@cache
def _place() -> Path:
    return Path(tempfile.mkdtemp(prefix="own_files"))


@cache
def _results() -> tuple[Path, bytes]:
    folder = _place() / "results"
    folder.mkdir()
    xb.sweep(small_study(folder, "sweep: {neuron.scaling: [none, paired]}"), out=folder / "out", workers=1)
    return folder / "out" / "manifest.json", (folder / "out" / "manifest.json").read_bytes()


def _load_results(content: bytes) -> str:
    path, whole = _results()
    path.write_bytes(content)
    try:
        return outcome(lambda: xb.load_results(path.parent).as_dict())
    finally:
        path.write_bytes(whole)


@fuzz(change=spoilt, forged=st.booleans())
def test_manifests(change, forged):
    """forged: with the digest of what was edited, which else notices every edit."""
    manifest = spoil(json.loads(_results()[1]), **change)
    text = json.dumps(signed(manifest) if forged else manifest)
    _load_results(text.encode("utf-8", "surrogatepass"))


@fuzz(change=raw)
def test_bytes_of_manifests(change):
    _load_results(spoil_bytes(_results()[1], **change))


@cache
def _trial() -> dict[str, np.ndarray]:
    path = next(path for path in sorted((_results()[0].parent / "trials").glob("*.npz")) if "recovery" in _names(path))
    with np.load(path) as file:
        return {name: np.asarray(file[name]) for name in file.files}


def _names(path: Path) -> str:
    with np.load(path) as file:
        return " ".join(file.files)


def _read_trial(content: bytes) -> None:
    path = _place() / f"{json.loads(str(_trial()['about']))['key']}.npz"
    path.write_bytes(content)

    def read() -> None:
        result = read_trial(path)
        if result is None:
            raise CrossbarError("counts as not run")
        found = measure(result.prediction.probability, result.labels)
        assert np.isfinite(list(vars(found).values())).all()

    outcome(read)


@fuzz(name=places, how=of_arrays, about=st.none() | spoilt)
def test_trials(name, how, about):
    """The digest is that of what was edited."""
    arrays = dict(_trial())
    told = json.loads(str(arrays.pop("about")))
    key = sorted(arrays)[name % len(arrays)]
    if how == "drop":
        del arrays[key]
    else:
        arrays[key] = spoil_array(arrays[key], how)
    told = told if about is None else spoil(told, **about)
    if isinstance(told, dict):
        told["digest"] = digest([{name: told[name] for name in told if name != "digest"}, arrays])
    _read_trial(npz_bytes("trial", arrays | {"about": np.array(json.dumps(told))}))


@fuzz(change=raw)
def test_bytes_of_trials(change):
    _read_trial(spoil_bytes(npz_bytes("trial", _trial()), **change))


@cache
def _budget() -> tuple[Path, dict]:
    config, change = load_config(_results()[0].parent / "config.yaml", "sweep={}"), Change(0.1, 0.01, 0.08, 0.12)
    rows = [
        BudgetRow(
            "ladder", "circuit", 0.1, 0.2, 0.01, dict.fromkeys(MEASURES, change), (0.9, 1.0, float("inf")), "moments"
        )
    ]
    total = dict.fromkeys(MEASURES, change)
    save_budget(_place() / "budget.json", Budget(config, {"a": "b"}, rows, total, 60, 4, 20, 2, 1.0))
    return _place() / "budget.json", json.loads((_place() / "budget.json").read_text())


@fuzz(change=spoilt)
def test_budgets(change):
    path, whole = _budget()
    path.write_text(json.dumps(signed(spoil(whole, **change))), errors="surrogatepass")
    outcome(lambda: load_budget(path, load_config(_results()[0].parent / "config.yaml", "sweep={}")))


@fuzz(change=spoilt)
def test_training_results(change):
    measured = {"error": 0.1, "nll": 0.3, "brier": 0.1, "ece": 0.1, "entropy": 0.2, "error_low": 0.0, "error_high": 0.2}
    test = {"settings": {"samples": 3}, "best": measured, "last": measured}
    whole = {"seed": 1, "checkpoint": "a", "epochs": 4, "best_epoch": 2, "validation_error": 0.1, "test": test,
             "validation_error_last_epochs": {"mean": 0.1}}  # fmt: skip
    path = _place() / "result.json"
    write_record(path, *RESULT, whole, owned=True)
    path.write_text(json.dumps(signed(spoil(json.loads(path.read_text()), **change))), errors="surrogatepass")
    outcome(lambda: read_record(path, *RESULT, RunRecord))


@cache
def _chip(case: str) -> tuple[dict[str, torch.Tensor], dict[str, str], bytes]:
    net = dense_network(30, 20, 12, 4)
    chip = MappedNetwork(net, HardwareConfig.model_validate(CHIPS[case]))
    chip.sample(X, 1)
    path = chip.save(_place() / f"{case}.safetensors")
    return _parts(path)


@cache
def _checkpoint() -> tuple[dict[str, torch.Tensor], dict[str, str], bytes]:
    return _parts(save_checkpoint(dense_network(30, 20, 12, 4), _place() / "net.safetensors"))


def _parts(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str], bytes]:
    with safe_open(path, "pt") as file:
        return load_file(path), file.metadata(), path.read_bytes()


def _use_chip(content: bytes) -> None:
    path = _place() / "chip.safetensors"
    path.write_bytes(content)

    def use() -> None:
        chip = load_chip(path)
        assert torch.isfinite(chip.sample(X, 2)).all()
        load_chip(chip.save(path))

    outcome(use)


def _use_checkpoint(content: bytes) -> None:
    path = _place() / "checkpoint.safetensors"
    path.write_bytes(content)
    outcome(lambda: load_checkpoint(path).predict(X, 2))


def _spoilt_tensors(tensors: dict[str, torch.Tensor], name: int, how: str) -> dict[str, torch.Tensor]:
    key = sorted(tensors)[name % len(tensors)]
    if how == "drop":
        return {other: value for other, value in tensors.items() if other != key}
    return tensors | {key: spoil_tensor(tensors[key], how).contiguous()}


def _spoilt_metadata(metadata: dict[str, str], name: int, change: dict) -> dict[str, str]:
    """A change inside one of its JSON texts, or of the text as a whole."""
    key = sorted(metadata)[name % len(metadata)]
    try:
        data = json.loads(metadata[key])
        text = json.dumps(spoil(data, **change)) if data else json.dumps(change["to"])
    except ValueError:
        text = str(change["to"])
    return metadata | {key: text.encode("utf-8", "replace").decode()}


@fuzz(case=st.sampled_from(sorted(CHIPS)), name=places, how=of_tensors)
def test_chips(case, name, how):
    """Signed anew, as below: the digest notices every edit."""
    tensors, metadata, _ = _chip(case)
    spoilt_tensors = _spoilt_tensors(tensors, name, how)
    _use_chip(save(spoilt_tensors, signed_metadata(spoilt_tensors, metadata)))


@fuzz(case=st.sampled_from(sorted(CHIPS)), name=places, change=spoilt)
def test_what_chips_say_of_themselves(case, name, change):
    tensors, metadata, _ = _chip(case)
    _use_chip(save(tensors, signed_metadata(tensors, _spoilt_metadata(metadata, name, change))))


@fuzz(case=st.sampled_from(sorted(CHIPS)), change=raw)
def test_bytes_of_chips(case, change):
    _use_chip(spoil_bytes(_chip(case)[2], **change))


@fuzz(name=places, how=of_tensors, change=st.none() | spoilt)
def test_checkpoints(name, how, change):
    tensors, metadata, _ = _checkpoint()
    if change is not None:
        _use_checkpoint(save(tensors, _spoilt_metadata(metadata, name, change)))
    else:
        _use_checkpoint(save(_spoilt_tensors(tensors, name, how), metadata))


def _trainer() -> Trainer:
    settings = TrainingConfig(epochs=3, batch_size=20, averaging=0.9, validation_samples=2)
    data = LabelledImages(torch.from_numpy(images(40, 30)), torch.arange(40) % 4)
    return Trainer(dense_network(30, 12, 4).architecture, settings, data, data)


@cache
def _state() -> bytes:
    trainer = _trainer()
    next(trainer.epochs())
    trainer.save(_place() / "whole.pt")
    return (_place() / "whole.pt").read_bytes()


def _resume(content: bytes) -> None:
    path = _place() / "state.pt"
    path.write_bytes(content)

    def resume() -> None:
        trainer = _trainer()
        trainer.resume(path)
        next(trainer.epochs())
        assert all(torch.isfinite(value).all() for value in trainer.best_network().parameters())

    outcome(resume)


@fuzz(place=places, how=in_memory, change=st.none() | spoilt)
def test_training_states(place, how, change):
    """One tensor of all is spoilt, or anything else: names, numbers, reports."""
    _state()
    state = torch.load(_place() / "whole.pt", weights_only=True)
    del state["digest"]  # which notices every edit
    if change is not None:
        state = spoil(state, **change)
    else:
        tensors = list(_tensors(state))
        container, key = tensors[place % len(tensors)]
        container[key] = spoil_tensor(container[key], how)
    torch.save(state, _place() / "edited.pt")
    _resume((_place() / "edited.pt").read_bytes())


@fuzz(change=raw)
def test_bytes_of_training_states(change):
    _resume(spoil_bytes(_state(), **change))


def _tensors(data):
    for key, value in data.items():
        if isinstance(value, torch.Tensor):
            yield data, key
        elif isinstance(value, dict):
            yield from _tensors(value)
