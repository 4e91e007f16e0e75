"""The installed package: what its wheel holds, and what it tells a type checker of user's code."""

import subprocess
import sys
import zipfile

import pytest
from mypy import api
from support.processes import ROOT

USER = """
from __future__ import annotations

import crossbar_nsm as xb
from device_models import Device, load_device


def evaluate(net: xb.Network, config: xb.ExperimentConfig) -> xb.Comparison:
    chip: xb.MappedNetwork = xb.map_network(net, {"device": "rram_illustrative"}, seed=1)
    reveal_type(chip.predict)
    reveal_type(xb.timing(chip)["fc1"])
    reveal_type(xb.compare(config).rows)
    reveal_type(xb.compare({"device": "rram_illustrative"}).table())
    reveal_type(xb.figures.waterfall(xb.budget("c.yaml")))
    return xb.compare("c.yaml", "neuron.scaling=paired")


device: Device = load_device("rram_illustrative")
wrong: int = xb.load_config("c.yaml")
xb.compare(5)
xb.no_such_name
"""
SAID = [
    "crossbar_nsm.mapping.timing.LayerTiming",
    "list[crossbar_nsm.experiment.studies.rows.Row]",
    "polars.dataframe.frame.DataFrame",
    "matplotlib.figure.Figure",
    'expression has type "ExperimentConfig", variable has type "int"',
    'Argument 1 to "compare" has incompatible type "int"',
    'Module has no attribute "no_such_name"',
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(path).namelist())


def test_the_wheel_says_that_it_has_types(wheel):
    assert {"crossbar_nsm/py.typed", "device_models/py.typed"} <= wheel


def test_the_wheel_holds_what_the_packages_read(wheel):
    data = {
        str(path.relative_to(ROOT))
        for package in ("crossbar_nsm", "device_models")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".nbc", ".nbi")
    }
    assert data - wheel == set()
    assert not any(name.startswith(("tests", "benchmarks", "docs", "configs")) for name in wheel)
    assert {
        "device_models/references.bib",
        "device_models/presets/rram_illustrative.yaml",
        "crossbar_nsm/nsm/bundled/mnist_mlp.safetensors",
        "crossbar_nsm/experiment/starting_point/files/measurements.csv",
    } <= wheel


@pytest.mark.parametrize(("folder", "ending"), [("configs", ".yaml"), ("docs", ".md")])
def test_configurations_and_pages_are_in_the_package(wheel, folder, ending):
    """Those of the checkout, without what makes the site of them."""
    of_checkout = {f"crossbar_nsm/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob(f"*{ending}")}
    assert {name for name in wheel if name.startswith(f"crossbar_nsm/{folder}/")} == of_checkout
    assert len(of_checkout) > 5


@pytest.mark.slow
def test_a_type_checker_knows_the_public_names(tmp_path):
    """With the cache of `mypy`, which `make lint` fills."""
    (tmp_path / "user.py").write_text(USER)
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    said, problem, _ = api.run([*options, str(tmp_path / "user.py")])
    assert problem == ""
    assert [text for text in SAID if text not in said] == [], said
    assert said.count(" error: ") == 3, said
