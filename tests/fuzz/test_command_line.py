"""Command lines: exit codes 0, 1 and 2, never a traceback, a word for each refusal, and no line in another's name."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from support.hostile.command_lines import commands
from support.hostile.commands import called
from support.hostile.fuzzing import fuzz, outcome
from support.hostile.strategies import letters, texts
from support.networks import dense_network

from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models import preset_paths

FOLDER = Path(tempfile.mkdtemp(prefix="crossbar-nsm-fuzz-"))
CONFIG = f"checkpoint: {FOLDER}/net.safetensors\ndevice: ideal\ndataset: {{name: {FOLDER}/data.npz}}\n"


@pytest.fixture(scope="module", autouse=True)
def folder():
    """Small files of every kind, in the working folder, and none that is good for long work."""
    save_checkpoint(dense_network(20, 6, 3), FOLDER / "net.safetensors")
    (FOLDER / "c.yaml").write_text(CONFIG)
    (FOLDER / "bad.yaml").write_text("device: [")
    (FOLDER / "noise").write_bytes(bytes(range(256)))
    os.mkfifo(FOLDER / "pipe")
    before = Path.cwd()
    os.chdir(FOLDER)
    yield
    os.chdir(before)


FILES = [
    "c.yaml",
    "bad.yaml",
    "noise",
    "pipe",
    "net.safetensors",
    ".",
    "none.yaml",
    "/dev/zero",
    "/dev/full",
    "",
    "~",
    "a" * 300,
]
OPTIONS = [
    "--json",
    "--csv",
    "--markdown",
    "--set",
    "--data",
    "--out",
    "--plot",
    "--chips",
    "--margin",
    "--samples",
    "--seed",
    "--workers",
    "--laws",
    "--help",
    "--",
    "-",
    "--nothing",
    "--device",
    "--chip",
    "--conductances",
]
SETTINGS = [
    "device=ideal",
    "device=none",
    "evaluation.chips=1e9",
    "array.rows=0",
    "read.window_s=1e-300",
    "=",
    "a.b.c=1",
    "dataset.name=pipe",
    "checkpoint=noise",
    "checkpoint=pipe",
    "dataset.name=noise.npz",
    "layers={fc9: {}}",
    "device.read_noise.relative_sd=1e30",
    ".".join("a" * 1000) + "=1",
]
WORDS = st.one_of(
    st.sampled_from([*FILES, *OPTIONS, *SETTINGS, *commands(), *preset_paths()]),
    texts,
    st.integers().map(str),
    st.floats().map(repr),
    st.text(letters, max_size=6).map("--{}".format),
)
SMALL = ["validate", "configs", "schema", "devices", "cite", "results", "map", "report", "timing", "import"]


@fuzz(long=1500, command=st.sampled_from(SMALL), words=st.lists(WORDS, max_size=5))
def test_any_words(command, words):
    """Words that only go with a configuration that can be used are left to the next test."""
    outcome(lambda: called(command, *(word for word in words if word != "c.yaml")))


@fuzz(
    long=600,
    command=st.sampled_from(["validate", "cite", "map"]),
    words=st.lists(WORDS, max_size=4),
    settings=st.lists(st.one_of(st.sampled_from(SETTINGS), texts), max_size=3),
)
def test_a_configuration_with_options(command, words, settings):
    outcome(lambda: called(command, "c.yaml", *words, *(word for setting in settings for word in ("--set", setting))))


@fuzz(long=400, words=st.lists(WORDS, min_size=1, max_size=3))
def test_no_command_at_all(words):
    outcome(lambda: called(*(word for word in words if word not in commands())))
