"""YAML, overrides and device mappings, from nonsense to nearly right."""

import tempfile
from importlib import resources
from pathlib import Path

import yaml
from hypothesis import strategies as st
from support.hostile.fuzzing import fuzz, outcome
from support.hostile.strategies import anything, letters, nested, texts

from crossbar_nsm.datasets.catalogue import NAMES
from crossbar_nsm.experiment.config.load import resolve, resolve_training
from crossbar_nsm.experiment.config.overrides import with_overrides
from crossbar_nsm.reproduce.config import check_reproduction, load_reproduce_config
from device_models import load_device, preset_paths
from device_models.errors import ConfigError
from device_models.files.document import parse_document, paths

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "configs").glob("*.yaml"))
TEXTS = [path.read_text() for path in FILES]
DEVICES = {name: path.read_text() for name, path in preset_paths().items()}
REPRODUCTIONS = [
    resources.files("crossbar_nsm.reproduce").joinpath(f"{name}.yaml").read_text() for name in ("mlp", "cnn")
]
FOLDER = Path(tempfile.mkdtemp(prefix="crossbar-nsm-fuzz-"))
KEYS = sorted(
    {".".join(map(str, path)) for text in TEXTS for path in paths(yaml.safe_load(text)) if path}
    | {
        "device." + ".".join(map(str, path))
        for text in DEVICES.values()
        for path in paths(yaml.safe_load(text))
        if path
    }
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            "~",
            "true",
            "no",
            "[]",
            "{}",
            "-1",
            "0",
            "1e-308",
            "1e308",
            ".nan",
            ".inf",
            "9" * 5000,
            "[[",
            "{a: ",
            "!!bool x",
            "!!timestamp 5",
            "!!binary =",
            "&a [*a]",
            "*b",
            "'",
            '"\\ud800"',
            "ideal",
            "paired",
            "[1, 1]",
            "{low: 1, high: 2, points: 3}",
            "{law: {name: x}}",
            "[" * 200,
            "1e30",
            "1e-30",
            "none",
            "1000000000",
        ]
    ),
    st.sampled_from(NAMES),
    texts,
    st.floats().map(repr),
    st.integers().map(str),
)
PIECES = st.one_of(
    VALUES,
    st.text(letters, max_size=10),
    st.sampled_from(KEYS),
    st.sampled_from(
        ["\n", "\n  ", ": ", "- ", "? ", "#", "|", ">", "%YAML 1.2\n---\n", "\t", "---\n", "...", "<<: *a", "!!set "]
    ),
)


@st.composite
def mutated(draw, texts):
    """A valid text with pieces put in, lines taken out, doubled or swapped."""
    lines = draw(st.sampled_from(texts)).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["value", "insert", "delete", "double", "swap", "indent"]))
        if kind == "value":
            lines[at] = lines[at].partition(":")[0] + ": " + draw(VALUES)
        elif kind == "insert":
            column = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:column] + draw(PIECES) + lines[at][column:]
        elif kind == "delete" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = "  " + lines[at]
    return "\n".join(lines)


def read(text):
    document = parse_document(text, "c.yaml")
    (resolve_training if "network" in document.data else resolve)(document)


@fuzz(text=st.lists(PIECES, max_size=12).map("".join))
def test_any_text_as_a_configuration(text):
    outcome(lambda: read(text))


@fuzz(text=mutated(TEXTS))
def test_configurations_that_are_nearly_right(text):
    outcome(lambda: read(text))


@fuzz(long=800, text=mutated(REPRODUCTIONS))
def test_reproductions_that_are_nearly_right(text):
    (FOLDER / "r.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")

    def read_and_check():
        if check_reproduction(FOLDER / "r.yaml"):
            raise ConfigError("mistakes")
        load_reproduce_config(FOLDER / "r.yaml")

    outcome(read_and_check)


@fuzz(text=mutated(list(DEVICES.values())))
def test_devices_that_are_nearly_right(text):
    outcome(lambda: load_device(parse_document(text, "d.yaml").data))


@fuzz(
    text=st.sampled_from(TEXTS),
    overrides=st.lists(
        st.one_of(st.builds("{}={}".format, st.one_of(st.sampled_from(KEYS), texts), VALUES), texts), max_size=4
    ),
)
def test_overrides(text, overrides):
    def overridden():
        document = with_overrides(parse_document(text, "c.yaml"), overrides)
        (resolve_training if "network" in document.data else resolve)(document)

    outcome(overridden)


SECTIONS = ["conductance", "programming", "read_noise", "flicker", "telegraph", "drift", "faults", "sources"]
PRESETS = st.fixed_dictionaries({"preset": st.sampled_from(sorted(DEVICES))}, optional=dict.fromkeys(SECTIONS, nested))


@fuzz(spec=st.one_of(anything, PRESETS), overrides=st.lists(anything, max_size=2))
def test_devices_in_python(spec, overrides):
    outcome(lambda: load_device(spec, *overrides))
