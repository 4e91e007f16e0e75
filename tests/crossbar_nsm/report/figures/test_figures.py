"""Figures can be imported from one place."""

import importlib
import inspect
import pkgutil

import pytest

from crossbar_nsm.report import figures
from crossbar_nsm.report.figures import against_parameter


def in_modules():
    """Public functions that return a figure, by name, of all modules below."""
    found = {}
    for module in pkgutil.walk_packages(figures.__path__, f"{figures.__name__}."):
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            here = function.__module__ == module.name and not name.startswith("_")
            if here and inspect.signature(function).return_annotation == "Figure":
                found[name] = function
    return found


def test_every_figure_is_there_under_its_name():
    found = in_modules()
    assert found.keys() | {"save_figure"} == figures._HOME.keys() <= set(dir(figures))
    assert all(getattr(figures, name) is function for name, function in found.items())
    assert against_parameter is found["against_parameter"]


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        figures.nothing  # noqa: B018
