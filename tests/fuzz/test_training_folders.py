"""Training folders of which files are damaged, dropped or swapped: training that goes on, or is asked for again, ends
with the networks and numbers of the whole folder, or is refused, naming the file."""

import io
import json
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st
from support.hostile.damage import ARRAY, spoil_tensor
from support.hostile.folders import changes, damage, files_in, put
from support.hostile.fuzzing import fuzz, outcome
from support.networks import images

from crossbar_nsm.experiment.train import train
from device_models.errors import CrossbarError

TEXT = """
network:
  layers: [{{type: dense, name: fc1, inputs: 12, outputs: 6}}, {{type: linear, name: out, inputs: 6, outputs: 3}}]
dataset: {{name: {folder}/data.npz, validation_images: 12}}
test: {{samples: 4}}
training: {{epochs: 3, batch_size: 10, averaging: 0.5, calibration_images: 8, validation_samples: 2, seed: 1}}
runs: 2
output: {folder}/case
"""


@cache
def _place() -> Path:
    """t.yaml; the folders of two seeds of it, trained, and trained to the second of three epochs; and of others."""
    place = Path(tempfile.mkdtemp(prefix="training_folders"))
    x, y = images(60, 12), np.arange(60) % 3
    np.savez(place / "data.npz", x_train=x, y_train=y, x_test=x[:20], y_test=y[:20])
    (place / "t.yaml").write_text(TEXT.format(folder=place))
    return place


def _made(*overrides: str, stop: bool = False) -> dict[str, bytes]:
    """Files of training in the folder `case`, which is where it says that it was."""
    put(_place() / "case", {})

    def stopped(report, epochs):
        if report.epoch == 2:
            raise KeyboardInterrupt

    try:
        train(_place() / "t.yaml", *overrides, **({"on_epoch": stopped} if stop else {}))
    except KeyboardInterrupt:
        assert stop
    return files_in(_place() / "case")


@cache
def _files(which: str) -> dict[str, bytes]:
    if which == "stopped":  # the first seed is trained, the second has one epoch to go
        whole, half = _files("whole"), _made("training.seed=2", "runs=1", stop=True)
        first = {name: content for name, content in whole.items() if name.startswith("seed_1/")}
        return first | {f"seed_2/{name}": content for name, content in half.items()}
    return _made() if which == "whole" else _made("training.seed=5", "training.learning_rate=0.05")


def _numbers() -> dict[str, object]:
    """What training has left that counts, without times."""
    files = files_in(_place() / "case")
    records = {name: json.loads(content) for name, content in files.items() if name.endswith(".json")}
    for name in records:
        del records[name]["digest"]  # over times, too
        for entry in records[name].get("epochs", []) if name.endswith("history.json") else []:
            del entry["seconds"]
    return records | {name: content for name, content in files.items() if name.endswith(".safetensors")}


@cache
def _right() -> dict[str, object]:
    put(_place() / "case", _files("whole"))
    return _numbers()


def _train_on(names: list[str]) -> None:
    refusal = ""
    try:
        train(_place() / "t.yaml")
    except CrossbarError as error:
        refusal = str(error)
    if refusal:
        assert any(Path(name).name in refusal for name in names), refusal
        raise CrossbarError(refusal)
    right, now = _right(), _numbers()
    assert now.keys() == right.keys()
    different = [name for name in right if now[name] != right[name]]
    assert not different, f"{different} differ without a word: {names}"


@fuzz(long=600, which=st.sampled_from(["whole", "stopped"]), drawn=changes)
def test_training_that_goes_on(which, drawn):
    _right()
    own, others = _files(which), _files("others")
    put(_place() / "case", own)
    names = [damage(_place() / "case", own, others, one) for one in drawn]
    outcome(lambda: _train_on(names))


@fuzz(
    long=600, which=st.sampled_from(["whole", "stopped"]), seed=st.sampled_from([1, 2]),
    place=st.integers(0, 10**6), how=st.sampled_from([*ARRAY, "of another", "swapped"]),
)  # fmt: skip
def test_tensors_of_states(which, seed, place, how):
    """One tensor of a state is another of its kind and shape, as an edit with a program makes it."""
    _right()
    own, name = _files(which), f"seed_{seed}/state.pt"
    state = torch.load(io.BytesIO(own[name]), weights_only=True)
    parts = [(state[part], key) for part in ("net", "best", "average") for key in sorted(state[part])]
    container, key = parts[place % len(parts)]
    if how == "of another":
        container[key] = torch.load(io.BytesIO(_files("whole")[f"seed_{3 - seed}/state.pt"]), weights_only=True)[
            next(part for part in ("net", "best", "average") if state[part] is container)
        ][key]
    elif how == "swapped":
        container[key] = container[key].flip(0) if container[key].ndim else container[key]
    else:
        container[key] = spoil_tensor(container[key], how)
    content = io.BytesIO()
    torch.save(state, content)
    put(_place() / "case", own | {name: content.getvalue()})
    outcome(lambda: _train_on([name]))
