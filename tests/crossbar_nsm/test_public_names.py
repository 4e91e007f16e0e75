"""The public names of the packages."""

import importlib
import inspect
import pkgutil
import types

import pytest
from support.processes import run_program

import crossbar_nsm as xb
import device_models
from crossbar_nsm.report import figures

PACKAGES = ("crossbar_nsm", "crossbar_nsm.array", "crossbar_nsm.report.figures", "device_models", "device_models.fit")


@pytest.mark.parametrize("name", sorted(set(xb.__all__) - {"__version__", "figures"}))
def test_a_public_name_is_no_package_whatever_was_imported(name):
    """A package of the same name takes the function's place once it is imported."""
    for package in pkgutil.iter_modules(xb.__path__):
        importlib.import_module(f"crossbar_nsm.{package.name}")
    assert not isinstance(getattr(xb, name), types.ModuleType)
    assert callable(getattr(xb, name))


@pytest.mark.parametrize("name", PACKAGES)
def test_dir_lists_the_public_names_and_those_of_python(name):
    package = importlib.import_module(name)
    listed = dir(package)
    assert listed == sorted(listed)
    assert {one for one in listed if not one.startswith("__")} == set(package.__all__) - {"__version__"}
    assert set(package.__all__) <= set(listed)


def test_what_users_hold_has_a_public_class():
    """What the public functions give, and the configurations that they take."""
    functions = [function for name in xb.__all__ if inspect.isfunction(function := getattr(xb, name))]
    given = {inspect.signature(function).return_annotation for function in functions}
    classes = {name for name in given if isinstance(name, str) and name.isidentifier() and name not in ("None", "Path")}
    assert classes - {"Any"} <= set(xb.__all__)
    assert {"Network", "MappedNetwork", "Comparison", "Results", "Budget"} <= classes
    assert xb.Device is device_models.Device
    assert {"ExperimentConfig", "HardwareConfig", "TrainConfig", "CrossbarError"} <= set(xb.__all__)


def test_every_figure_is_in_one_place():
    drawn = set()
    for module in pkgutil.walk_packages(figures.__path__, f"{figures.__name__}."):
        for name, function in vars(importlib.import_module(module.name)).items():
            if inspect.isfunction(function) and function.__module__ == module.name and not name.startswith("_"):
                drawn |= {name} if inspect.signature(function).return_annotation == "Figure" else set()
    assert drawn | {"save_figure"} == set(figures.__all__)
    assert xb.figures is figures


def test_completing_names_loads_nothing_heavy():
    """IPython, and so notebooks, complete with dir(); one name that is used loads what it needs."""
    program = """
import sys
import crossbar_nsm as xb
from IPython.core.completer import Completer
for start in ("xb.", "xb.figures."):
    found = Completer(namespace={"xb": xb}).attr_matches(start)
    print(*(name.removeprefix(start) for name in found if "__" not in name))
print(sorted({"torch", "numba", "polars", "matplotlib"} & sys.modules.keys()))
"""
    names, of_figures, heavy = run_program(program)
    assert set(names.split()) == set(xb.__all__) - {"__version__"}
    assert set(of_figures.split()) == set(figures.__all__)
    assert heavy == "[]"
