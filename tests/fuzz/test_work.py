"""Commands that compute, on a network and data that take them no time, with all of their options: exit codes 0, 1 and
2, no traceback, no file changed that is not of this program, and nothing left behind by what was refused.

Numbers of epochs, samples and images stay small: however many are asked for are computed."""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from support.hostile.command_lines import command_lines
from support.hostile.commands import called, said
from support.hostile.folders import files_in
from support.hostile.fuzzing import fuzz, outcome
from support.networks import dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models import load_device
from device_models.errors import CrossbarError
from device_models.files.signs import sign_in

CONFIG = """
checkpoint: net.safetensors
dataset: {name: data.npz}
device: {preset: pcm_joshi2020}
evaluation: {images: 10, samples: 2, chips: 1}
"""
TRAINING = """
network:
  layers: [{type: dense, name: fc1, inputs: 16, outputs: 6}, {type: linear, name: out, inputs: 6, outputs: 3}]
dataset: {name: data.npz, validation_images: 8}
training: {epochs: 2, batch_size: 8, calibration_images: 8}
output: trained
"""
PAIRS = "".join(f"{10 + k % 7},{10 + k % 7 + (k * k % 5) / 10}\n" for k in range(40))
MEASURED = "target [uS],programmed [uS]\n" + PAIRS
COMMANDS = {  # good words of each
    ("budget",): ["c.yaml"],
    ("uncertainty",): ["c.yaml", "--angles", "0,90"],
    ("tune",): ["c.yaml", "--images", "20", "--epochs", "1"],
    ("compare",): ["c.yaml"],
    ("run",): ["c.yaml"],
    ("ageing",): ["c.yaml", "--ages", "20,3600"],
    ("timing",): ["c.yaml"],
    ("map",): ["c.yaml"],
    ("sweep",): ["s.yaml", "--workers", "1"],
    ("train",): ["t.yaml"],
    ("results",): ["results"],
    ("report",): ["results", "--no-budget"],
    ("import",): ["net.pt", "--out", "new.safetensors", "--noise", "bernoulli", "--bias-convention", "code"],
    ("devices", "fit"): ["m.csv"],
    ("devices", "show"): ["pcm_joshi2020"],
    ("demo",): ["--set", "dataset={name: mnist}", "--data", "none"],
    ("reproduce",): ["fig4", "--data", "none"],  # which is not there: these two would take their time
}  # fmt: skip
SLOW = {("report",), ("budget",)}
OUTPUTS = ["new", "new/sub/file", "new.safetensors", "chip.safetensors", "net.safetensors", "figures", "own.npz"]
FILES = [
    *OUTPUTS, "c.yaml", "s.yaml", "t.yaml", "precious.txt", "net.pt", "data.npz", "m.csv", "results", "folder", "pipe",
    "link", "dangling", "link_to_folder", "precious.txt/x", "none", "none.yaml", "", " ", "~", ".", "..", "a" * 300,
    "-", "--", "./c.yaml", "new.csv", "new.npz", "new.html",
]  # fmt: skip
SETTINGS = [
    "sweep={}", "evaluation.images=5", "evaluation.chips=2", "neuron.scaling=none", "array.rows=8",
    "evaluation.chips=0", "device=none", "=", "a.b=1", "checkpoint=precious.txt", "dataset.name=pipe",
    "dataset.name=net.pt", "layers={x: {}}",
    "training.epochs=1", "output=precious.txt", "output=link_to_folder", "output=.", "evaluation.samples=1e300",
]  # fmt: skip
KNOWN = {
    "--set": SETTINGS, "--out": OUTPUTS, "--plot": OUTPUTS, "--figures": OUTPUTS,
    "--conductances": ["new.csv", "own.npz"], "--angles": ["0", "0,15,...,30", "-90,1e300"],
    "--ages": ["1", "20,1e8", "5,5", "1e300,2e300"], "--other": ["data.npz"],
    "--only": ["drift", "drift,read_noise"], "--train-on": ["data.npz"], "--margin": ["0.01"], "--workers": ["1"],
    "--network": ["t.yaml"], "--calibration-images": ["data.npz"], "--noise": ["gaussian"], "--kind": ["both"],
    "--family": ["pcm"], "--config": ["mlp"], "--checkpoint": ["net.safetensors"],
    "--cluster": ["tcp://", "x:99999999"],
}  # fmt: skip


@cache
def _place() -> Path:
    """A folder with small files of every kind."""
    place = Path(tempfile.mkdtemp(prefix="work")) / "case"
    (place / "folder").mkdir(parents=True)
    net, x = dense_network(16, 6, 3), images(40, 16).reshape(40, 4, 4)
    save_checkpoint(net, place / "net.safetensors")
    parts = {"fc1.weight": (6, 16), "fc1.b": (6,), "fc1.bias": (6,), "out.weight": (3, 6), "out.bias": (3,)}
    torch.save({name: torch.rand(shape) for name, shape in parts.items()}, place / "net.pt")
    y = np.arange(40) % 3
    np.savez(place / "data.npz", x_train=x, y_train=y, x_test=x[:20], y_test=y[:20])
    (place / "c.yaml").write_text(CONFIG)
    (place / "s.yaml").write_text(CONFIG + "sweep: {neuron.scaling: [none, paired]}\n")
    (place / "t.yaml").write_text(TRAINING)
    (place / "m.csv").write_text(MEASURED)
    (place / "precious.txt").write_text("precious")
    (place / "folder/precious.txt").write_text("precious")
    chip = MappedNetwork(net, HardwareConfig(device=load_device("pcm_joshi2020")))
    chip.save(place / "chip.safetensors")
    chip.export_conductances(place / "own.npz")
    return place


@cache
def _files() -> dict[str, bytes]:
    here = Path.cwd()
    os.chdir(_place())
    assert said("sweep", "s.yaml", "--workers", 1, "--out", "results").code == 0
    os.chdir(here)
    return files_in(_place())


@pytest.fixture(autouse=True)
def folder():
    """Tests work in it."""
    _files()
    before = Path.cwd()
    os.chdir(_place())
    yield
    os.chdir(before)


def _fresh() -> None:
    for path in _place().iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name, content in _files().items():
        (_place() / name).parent.mkdir(parents=True, exist_ok=True)
        (_place() / name).write_bytes(content)
    os.mkfifo("pipe")
    Path("link").symlink_to("precious.txt")
    Path("dangling").symlink_to("nowhere")
    Path("link_to_folder").symlink_to("folder")


def _standing() -> dict[str, object]:
    """Everything below the working folder, links not followed."""
    found: dict[str, object] = {}
    for path in sorted(Path().rglob("*")):
        regular = path.is_file() and not path.is_symlink()
        found[str(path)] = path.read_bytes() if regular else path.lstat().st_mode
    return found


def _run(words: list[str]) -> None:
    before, refused = _standing(), False
    try:
        called(*words)
    except CrossbarError:
        refused = True
        raise
    finally:
        after = _standing()
        changed = [name for name, content in before.items() if after.get(name) != content]
        foreign = [name for name in changed if not _is_replaced(before[name], after.get(name))]
        assert not foreign, f"{foreign} changed by {words}"
        left = [name for name in after if name not in before and ".lock" not in name]
        assert not (refused and left), f"{left} left by {words}"


def _is_replaced(before, after) -> bool:
    """A file of this program, as it wrote it, by another of its kind."""
    if not (isinstance(before, bytes) and isinstance(after, bytes)):
        return False
    old, new = sign_in(before), sign_in(after)
    return old is not None and new is not None and old.kind == new.kind and not old.edited


def _lines(command: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """But those that draw all of a device, or all of a study in three formats, which takes its time."""
    lines = command_lines(command, COMMANDS[command], KNOWN, [*FILES, *SETTINGS])
    drawing = {("devices", "show"): "--plot", ("report",): "--figures"}.get(command)
    return lines.filter(lambda words: drawing not in words)


@fuzz(long=500, quick=15, words=st.one_of([_lines(command) for command in COMMANDS if command not in SLOW]))
def test_command_lines(words):
    _fresh()
    outcome(lambda: _run(words))


@fuzz(long=60, quick=1, words=st.one_of([_lines(command) for command in sorted(SLOW)]))
def test_command_lines_that_draw(words):
    _fresh()
    outcome(lambda: _run(words))
