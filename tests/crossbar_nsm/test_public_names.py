"""The public names of the package."""

import importlib
import pkgutil
import types

import pytest

import crossbar_nsm as xb


@pytest.mark.parametrize("name", sorted(set(xb.__all__) - {"__version__"}))
def test_a_public_name_is_no_package_whatever_was_imported(name):
    """A package of the same name takes the function's place once it is imported."""
    for package in pkgutil.iter_modules(xb.__path__):
        importlib.import_module(f"crossbar_nsm.{package.name}")
    assert not isinstance(getattr(xb, name), types.ModuleType)
    assert callable(getattr(xb, name))
