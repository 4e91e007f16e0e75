"""Every page that is made from the code."""

from collections.abc import Callable
from pathlib import Path

from docs.generate.commands import commands
from docs.generate.configuration import configuration
from docs.generate.data_sets import data_sets
from docs.generate.devices import devices
from docs.generate.presets import presets
from docs.generate.python_api import python_api
from docs.generate.training import training_configuration

FOLDER = Path(__file__).parents[1] / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "configuration.md": configuration,
    "training_configuration.md": training_configuration,
    "devices.md": devices,
    "presets.md": presets,
    "data_sets.md": data_sets,
    "python.md": python_api,
}
