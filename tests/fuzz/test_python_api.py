"""Public functions with arguments of any kind: this package's own error, with the argument's name."""

import inspect
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from matplotlib.figure import Figure
from support.hostile.fuzzing import fuzz, outcome
from support.hostile.strategies import anything, arrays
from support.networks import dense_network
from support.results import fake_results

import crossbar_nsm as xb
from crossbar_nsm.array.wires.line_solver import column_currents
from crossbar_nsm.array.wires.transfer import transfer_matrix
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.erf_fit import ErfFit, Firing
from crossbar_nsm.nsm.noise import BernoulliNoise
from device_models import load_device

FOLDER = Path(tempfile.mkdtemp(prefix="crossbar-nsm-fuzz-"))
MISSING = FOLDER / "none.yaml"
NET = dense_network(30, 12, 4)
# function: arguments that are refused for want of a file, whatever the others are
FUNCTIONS = {
    xb.ageing: ([MISSING], ["config", "ages_s", "progress"]),
    xb.budget: ([MISSING], ["config", "only", "progress"]),
    xb.compare: ([MISSING], ["config", "ideal_only", "pairwise", "progress"]),
    xb.compare_runs: ([FOLDER / "a", FOLDER / "b"], ["first", "second", "margin"]),
    xb.dry_run: ([MISSING], ["config", "out", "workers", "progress"]),
    xb.import_published: (
        [MISSING, BernoulliNoise(), "code"],
        ["path", "noise", "bias_convention", "code_keep_probability"],
    ),
    xb.load_checkpoint: ([MISSING], ["name_or_path"]),
    xb.load_chip: ([MISSING], ["path"]),
    xb.load_config: ([MISSING], ["config"]),
    xb.load_dataset: (["none.npz"], ["name", "split", "root"]),
    xb.load_results: ([MISSING], ["folder"]),
    xb.map_network: ([NET, MISSING], ["net", "config", "seed", "chip"]),
    xb.reproduce_paper: (["fig4", MISSING], ["name", "config", "out", "progress"]),
    xb.run: ([MISSING], ["config", "progress"]),
    xb.sweep: ([MISSING], ["config", "workers", "cluster", "replace", "on_trial"]),
    xb.train: ([MISSING], ["config", "on_epoch", "progress"]),
    xb.tune: ([MISSING], ["config", "settings", "images", "train_on", "chip", "progress", "on_batch"]),
    xb.uncertainty: ([MISSING], ["config", "angles_deg", "other", "progress"]),
    xb.write_fit_report: ([None, FOLDER / "page.html"], ["fit", "path", "seed", "progress"]),
    xb.write_report: ([FOLDER / "a"], ["folder", "out", "figures", "budget", "progress"]),
}


@fuzz(function=st.sampled_from(sorted(FUNCTIONS, key=lambda f: f.__name__)), which=st.integers(0, 9), value=anything)
def test_functions(function, which, value):
    positional, names = FUNCTIONS[function]
    name = names[which % len(names)]
    first = list(inspect.signature(function).parameters)[: len(positional)]
    arguments = dict(zip(first, positional, strict=True)) | ({"out": FOLDER / "out"} if function is xb.sweep else {})
    outcome(lambda: function(**arguments | {name: value}))


@fuzz(values=st.lists(anything, max_size=3))
def test_overrides(values):
    (FOLDER / "c.yaml").write_text("device: ideal\n")
    outcome(lambda: xb.load_config(FOLDER / "c.yaml", *values))


images = st.one_of(arrays(), anything)


@fuzz(
    x=images, name=st.sampled_from(["samples", "noise", "xi", "seed", "substrates", "progress", None]), value=anything
)
def test_networks(x, name, value):
    few = isinstance(value, int) and name == "samples" and value > 1000  # right, and long
    named = {} if name is None or few else {name: value}
    outcome(lambda: NET.predict(x, **{"samples": 2} | named))
    outcome(
        lambda: NET.sample(np.zeros((1, 30)), **{"samples": 2} | {k: v for k, v in named.items() if k != "progress"})
    )


_chips = []


def a_chip():
    """Programmed once."""
    if not _chips:
        _chips.append(MappedNetwork(NET, HardwareConfig(device=load_device("rram_illustrative"))))
    return _chips[0]


@fuzz(
    x=images,
    value=anything,
    what=st.sampled_from(["predict", "until sure", "age", "retarget", "timing", "map", "save"]),
)
def test_chips(x, value, what):
    chip, long = a_chip(), isinstance(value, (int, np.integer)) and value > 1000
    calls = {
        "predict": lambda: chip.predict(x, 2 if long else value),
        "until sure": lambda: chip.predict_until_sure(x, 4, value),
        "age": lambda: chip.at_age(value),
        "retarget": lambda: chip.retarget(value),
        "timing": lambda: xb.timing(chip, 100 if long else value),
        "map": lambda: MappedNetwork(NET, chip.config, value),
        "save": lambda: chip.save(value) if not isinstance(value, (str, Path)) else None,
    }
    outcome(calls[what])


@fuzz(g_s=anything, v=anything, r_ohm=st.lists(anything, min_size=2, max_size=4))
def test_wires(g_s, v, r_ohm):
    outcome(lambda: transfer_matrix(g_s, *r_ohm))
    outcome(lambda: column_currents(v, g_s, *r_ohm))
    outcome(lambda: transfer_matrix(np.full((3, 4), 1e-5), *r_ohm))


MAPPING_KEYS = (
    "device", "device.read_noise.relative_sd", "device.name", "array", "array.rows", "neuron.scaling", "sweep",
    "layers", "sweep.neuron.scaling", "evaluation.images", "evaluation.seed", "dataset.name", "checkpoint",
    "calibration_images",
)  # fmt: skip
given_values = st.one_of(anything, st.integers(1, 300), st.floats(0, 1), st.sampled_from(("none", "paired", "ideal")))


@fuzz(keys=st.lists(st.one_of(st.sampled_from(MAPPING_KEYS), anything), max_size=3), value=given_values)
def test_any_mapping(keys, value):
    try:
        given = {"device": "rram_illustrative"} | dict.fromkeys(keys, value)
    except Exception:  # what is no key
        return
    outcome(lambda: xb.load_config(given))


@fuzz(sections=st.dictionaries(st.sampled_from(("array", "neuron", "read", "sweep", "device")), given_values))
def test_any_sections(sections):
    outcome(lambda: xb.load_config({"device": "ideal"} | sections))


NOISE, PROGRAMMING = "device.read_noise.relative_sd", "device.programming.relative_sd"
CHIP = xb.map_network(dense_network(36, 12, 4), {"device": "rram_illustrative"})
RESULTS = fake_results({NOISE: [0.01, 0.05], PROGRAMMING: [0.0, 0.1]}, chips=1, images=20)
GIVEN = {
    "results": RESULTS, "key": NOISE, "key_x": NOISE, "key_y": PROGRAMMING, "chip": CHIP, "chips": {"a": CHIP},
    "device": "rram_illustrative", "devices": ["rram_illustrative"], "betas": {"fc1": [1.0]}, "title": "timing",
    "layers": xb.timing(CHIP, 10, with_curves=True), "probability": np.eye(4), "labels": np.arange(4),
    "point": RESULTS.points[0], "figure": Figure(), "folder": FOLDER,
    "fits": {"a": {"fc1": ErfFit(*np.ones((3, 12)))}}, "firing": {"fc1": Firing(*np.zeros((2, 30, 12)), 1)},
    "name": "a",
}  # fmt: skip
FIGURES = [name for name in dir(xb.figures) if not name.startswith("_")]
PLACES = [(name, p.name) for name in FIGURES for p in inspect.signature(getattr(xb.figures, name)).parameters.values()]
PLACES = [(name, argument) for name, argument in PLACES if argument not in ("folder", "name")]  # which any text is
inside = st.one_of(
    anything,
    st.dictionaries(st.sampled_from(["fc1", "a", "preset"]), anything, max_size=2),
    st.lists(anything, max_size=2),
)


@fuzz(quick=150, place=st.sampled_from(PLACES), value=inside)
def test_figures(place, value):
    name, argument = place
    function = getattr(xb.figures, name)
    needed = (p.name for p in inspect.signature(function).parameters.values() if p.default is inspect.Parameter.empty)
    outcome(lambda: function(**{key: GIVEN.get(key) for key in needed} | {argument: value}))
