"""What `schema` says of every setting."""

import json

import pytest
from pydantic import BaseModel
from support.cli import captured

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.sweep_range import Range
from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.mapping.learning.tuning_config import TuningConfig
from crossbar_nsm.reproduce.config import ReproduceConfig
from device_models import Device
from device_models.files.key_texts import key_texts
from device_models.parts.read_noise_laws.polynomial import Polynomial
from device_models.parts.read_noise_laws.power_law import PowerLaw
from device_models.parts.read_noise_laws.table import Table
from device_models.schema import sections_in

UNITS = {
    "a": ("[A",), "v": ("[V",), "s": ("[s", "[S"), "ohm": ("[ohm",), "lsb": ("[LSB",), "k": ("[K",), "ev": ("[eV",),
    "deg": ("[degrees",), "bits": ("[bits",), "cycles": ("[cycles",),
}  # fmt: skip
NO_UNIT = {"per_ohm"}  # [1/ohm]


def sections(model: type[BaseModel], known: dict[type[BaseModel], None]) -> dict[type[BaseModel], None]:
    """A section and all that are inside it."""
    if model not in known:
        known[model] = None
        for field in model.model_fields.values():
            for inner in sections_in(field.annotation):
                sections(inner, known)
    return known


EVERY: dict[type[BaseModel], None] = {}
for root in (ExperimentConfig, TrainConfig, ReproduceConfig, TuningConfig, Range, Device, PowerLaw, Polynomial, Table):
    sections(root, EVERY)


@pytest.mark.parametrize("section", EVERY, ids=lambda section: section.__name__)
def test_every_key_has_a_text_and_says_the_unit_that_its_name_ends_in(section):
    texts = key_texts(section)
    assert texts.keys() == section.model_fields.keys()
    for name, text in texts.items():
        units = UNITS.get(name.rpartition("_")[2], ("",)) if "_" in name and name not in NO_UNIT else ("",)
        assert any(unit in text for unit in units), f"{name}: {text}"
        assert len(text) > 7


def test_there_are_many_sections():
    assert len(EVERY) > 70
    assert sum(len(section.model_fields) for section in EVERY) > 320


@pytest.mark.parametrize("options", [(), ("--training",), ("--reproduction",)], ids=lambda options: " ".join(options))
def test_the_json_schema_describes_every_key(options):
    _, out, _ = captured("schema", *options)
    schema = json.loads(out)
    keys = {
        f"{name}.{key}": given
        for name, section in {"": schema, **schema["$defs"]}.items()
        for key, given in section.get("properties", {}).items()
    }
    assert len(keys) > 60
    assert [key for key, given in keys.items() if not given.get("description")] == []
    assert not {"ge", "gt", "le", "lt"} & {word for given in keys.values() for word in given}
