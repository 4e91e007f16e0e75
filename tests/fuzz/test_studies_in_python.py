"""Studies in Python on a good configuration that takes no time, with options of any kind: an object that is broken is
refused in words, too. Options that ask for much work (samples, epochs) are not drawn, nor functions, whose own errors
come out."""

import inspect
import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from support.hostile.fuzzing import fuzz, outcome
from support.hostile.strategies import anything
from support.networks import dense_network, images

import crossbar_nsm as xb
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint

CONFIG = """
checkpoint: {folder}/net.safetensors
dataset: {{name: {folder}/data.npz}}
device: pcm_joshi2020
evaluation: {{images: 6, samples: 2, chips: 1}}
"""
OPTIONS = {
    "ageing": ["ages_s"],
    "budget": ["only"],
    "compare": ["ideal_only", "pairwise"],
    "uncertainty": ["angles_deg", "other"],
    "tune": ["settings", "images", "train_on", "chip"],
    "dry_run": ["out", "workers"],
    "map_network": ["seed", "chip", "config", "net"],
    "circuit_numbers": ["chip", "samples"],
    "paper_studies": ["data"],
    "plan_reproduction": ["name", "config", "out", "quick"],
    "load_dataset": ["name", "split", "root"],
    "with_margin": ["margin"],
    "compare_runs": ["first", "second", "margin"],
    "unknown": ["nothing"],
}


@cache
def _place() -> Path:
    """A study, its results, and the working folder of whatever writes."""
    place = Path(tempfile.mkdtemp(prefix="studies_in_python"))
    save_checkpoint(dense_network(16, 6, 3), place / "net.safetensors")
    x, y = images(30, 16).reshape(30, 4, 4), np.arange(30) % 3
    np.savez(place / "data.npz", x_train=x, y_train=y, x_test=x[:10], y_test=y[:10])
    (place / "c.yaml").write_text(CONFIG.format(folder=place))
    xb.sweep(place / "c.yaml", out=place / "results", workers=1)
    return place


def _call(name, option, value):
    config, results = _place() / "c.yaml", _place() / "results"
    given = {option: value}
    if name == "map_network":
        return xb.map_network(**{"net": dense_network(16, 6, 3), "config": config} | given)
    if name == "load_dataset":
        return xb.load_dataset(**{"name": str(_place() / "data.npz"), "split": "train"} | given)
    if name == "with_margin":
        return xb.load_results(results).with_margin(value).as_dict()
    if name == "compare_runs":
        return xb.compare_runs(**{"first": results, "second": results} | given)
    if name == "circuit_numbers":
        return xb.circuit_numbers(**{"chip": xb.map_network(dense_network(16, 6, 3), config)} | given)
    if name == "paper_studies":
        return xb.paper_studies(**given)
    if name == "plan_reproduction":
        return xb.plan_reproduction(**{"name": "table1", "out": _place() / "paper"} | given)
    if name == "tune":
        return xb.tune(config, **{"images": 20} | given)
    if name == "dry_run":
        return xb.dry_run(config, **{"out": _place() / "new"} | given)
    return getattr(xb, name)(config, **given)


@fuzz(
    long=500, quick=25, value=anything,
    call=st.sampled_from([(name, option) for name, options in OPTIONS.items() for option in options]),
)  # fmt: skip
def test_options(call, value):
    """What is unknown is a TypeError, as everywhere in Python."""
    _place()
    name, option = call
    here = Path.cwd()
    os.chdir(_place())
    try:
        if name == "unknown":
            for function in ("run", "compare", "sweep", "train", "load_results"):
                try:
                    getattr(xb, function)(_place() / "c.yaml", nothing=value)
                except TypeError:
                    continue
                raise AssertionError(f"{function} took it")
            return
        outcome(lambda: _call(name, option, value))
    finally:
        os.chdir(here)


def test_every_public_name_is_called():
    """Here, or in another file of this folder; classes are what these functions give."""
    names = {name for name in xb.__all__ if not inspect.isclass(getattr(xb, name)) and name != "figures"}
    elsewhere = {"__version__", "import_published", "load_checkpoint", "load_chip", "load_config", "load_results"}
    elsewhere |= {
        "reproduce_paper",
        "run",
        "save_checkpoint",
        "sweep",
        "timing",
        "train",
        "write_fit_report",
        "write_report",
    }
    elsewhere |= {"load_device", "write_fit_report", "register_circuit", "register_dataset"}
    assert names == elsewhere | set(OPTIONS) - {"with_margin", "unknown"}
