"""What parts say of themselves, for all that a device may have."""

import numpy as np
import pytest
from support.cells.devices import device

from device_models import Device, ReadConditions, Stream
from device_models.catalogue import ALTERNATIVES
from device_models.device import ORDER
from device_models.parts.part import SlowNoise

TIMES = {"capture_time_s": {"min_s": 1e-3, "max_s": 1e-3}, "emission_time_s": {"min_s": 1e-3, "max_s": 1e-3}}
PARTS = {
    "faults": {"stuck_on": 0.1},
    "endurance": {"cycles": 1e6, "spread": {"reference_cycles": 1e5, "exponent": 0.1}},
    "programming": {"relative_sd": 0.02},
    "relaxation": {"sd_at_1s_s": 1e-7},
    "drift": {"reference_time_s": 1.0, "exponent": {"mean": {"at_g_max": 0.05}}},
    "retention": {"loss_per_decade": 0.1, "reference_time_s": 1.0},
    "telegraph": {"resistance_step": {"relative": 0.1}, **TIMES},
    "flicker": {"relative": {"coefficient": 0.01}, "read_time_s": 1e-6},
    "selector": {"threshold": {"mean_v": 0.5, "sd_v": 0.1, "correlation_time_s": 1e-6}, "input_v": 0.5,
                 "on_conductance_s": 1e-3, "off_conductance_s": 1e-9},
    "read_noise": {"relative_sd": 0.02, "thermal": True},
}  # fmt: skip


def test_every_part_is_named_and_has_a_place():
    kinds = Device.part_kinds()
    assert tuple(kinds) == tuple(PARTS) == ORDER
    for words in ({kind.noun for kind in kinds.values()}, {kind.effect for kind in kinds.values()}):
        assert len(words - {""}) == len(kinds)
    assert {place[0] for place, _ in ALTERNATIVES} <= kinds.keys()


def test_which_parts_change_with_time_and_which_make_reads_depend_on_each_other():
    alone = {name: device(**{name: settings}) for name, settings in PARTS.items()}
    assert {name for name, dev in alone.items() if dev.changes_with_time} == {
        "relaxation", "drift", "retention", "flicker",
    }  # fmt: skip
    assert {name for name, dev in alone.items() if dev.slow_noise} == {"telegraph", "flicker"}
    assert {name for name, dev in alone.items() if dev.noisy} == {"telegraph", "flicker", "selector", "read_noise"}
    for name, dev in alone.items():
        law = dev.read_law(dev.program(np.full((2, 3), 5e-5), Stream()), ReadConditions(age_s=10.0))
        assert law.independent == dev.parts[name].independent_reads


@pytest.mark.parametrize("name", PARTS)
def test_the_ideal_of_a_part_is_ideal(name):
    dev = device(**{name: PARTS[name]})
    part = dev.parts[name]
    assert not part.is_ideal(100.0)
    ideal = part.ideal(dev, ReadConditions())
    rest = device(**{name: ideal}).parts.get(name)
    assert rest is None or rest.is_ideal(100.0)
    assert (rest is None) == (isinstance(part, SlowNoise) or name in ("endurance", "relaxation", "drift", "retention"))


def test_cells_without_time_have_not_aged():
    for name in ("relaxation", "drift", "retention"):
        assert device(**{name: PARTS[name]}).parts[name].is_ideal(0.0)
    assert device().no_ageing == "neither drift, relaxation, retention nor 1/f noise"
