"""Scopes that keys say (pages and editors show them) are those that parts declare."""

from collections.abc import Iterator

import pytest
from support.hostile.configurations import BASES

from crossbar_nsm.experiment.config.load import load_config
from device_models import load_device, preset_paths
from device_models.device import Device
from device_models.files.document import parse_document
from device_models.schema import Schema
from device_models.scope import Scope


def scoped(section: Schema) -> Iterator[tuple[str, Scope]]:
    """Keys of a section with a scope whose effect is there: neither absent nor 0."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        there = any(value.model_dump().values()) if isinstance(value, Schema) else bool(value)
        yield from ((name, one) for one in field.metadata if isinstance(one, Scope) and there)
        if isinstance(value, Schema):
            yield from scoped(value)


def check(device: Device) -> None:
    for part in device.parts.values():
        if getattr(part, "cycles", None) == 0:  # nothing is worn yet
            continue
        declared, said = set(part.scopes.values()), dict(scoped(part))
        assert {key for key, scope in said.items() if scope not in declared} == set(), part
        assert declared - set(said.values()) <= {Scope.CHIP}, part  # of traps: their times, which have no spread of 0


@pytest.mark.parametrize("name", preset_paths())
def test_keys_of_presets_say_the_scopes_that_parts_declare(name):
    check(load_device(name))


@pytest.mark.parametrize("name", BASES)
def test_keys_of_other_devices_too(name):
    check(load_config(parse_document(BASES[name], "c.yaml").data).device)


def test_a_wrong_scope_is_found():
    class Wrong(type(load_device("ideal").read_noise)):  # type: ignore[misc]
        @property
        def scopes(self) -> dict[str, Scope]:
            return {"read noise": Scope.TIME}

    device = load_device("ideal")
    with pytest.raises(AssertionError):
        check(device.model_copy(update={"read_noise": Wrong(relative_sd=0.1)}))
