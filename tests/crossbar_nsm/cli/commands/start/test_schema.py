"""What `schema` says of the settings that a circuit designer sets."""

import json

import pytest
from support.cli import captured

UNITS = {"a": "[A", "v": "[V]", "s": "[s]", "lsb": "[LSB"}


@pytest.mark.parametrize("section", ["AdcConfig", "DacConfig", "ComparatorConfig", "ReadConfig"])
def test_every_setting_of_the_circuit_has_a_meaning_and_its_unit(section):
    _, out, _ = captured("schema")
    settings = json.loads(out)["$defs"][section]["properties"]
    assert settings
    for name, setting in settings.items():
        unit = UNITS.get(name.rpartition("_")[2], "") if "_" in name else ""
        assert len(setting["description"]) > 20
        assert unit in setting["description"], name
