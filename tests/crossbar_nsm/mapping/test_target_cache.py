"""Chips mapped from remembered targets are those that are mapped afresh, to the last bit."""

import hashlib
from dataclasses import fields, replace

import numpy as np
import pytest
from support.cells.arrays import NOISY, device, weights
from support.networks import conv, conv_network, dense, dense_network

from crossbar_nsm.array.config import ArrayConfig
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.mapping import conductances
from crossbar_nsm.mapping.conductances import pair_targets
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.target_cache import TargetMemory, TargetSettings
from device_models.laws import ProgrammingLaw, register
from device_models.parts.conductance import ConductanceRange
from device_models.parts.programming import Programming

WEIGHT = weights(6, 20)
BASE = {"device": {}, "array": {"rows": 8, "cols": 6, "scale": "per_tile"}, "weight": WEIGHT}


@pytest.fixture
def memory(monkeypatch):
    """An empty memory, and a count of what was calculated."""
    memory = TargetMemory(most_bytes=2**24)
    memory.calculated = 0
    calculate = conductances._pair_targets

    def counted(*arguments):
        memory.calculated += 1
        return calculate(*arguments)

    monkeypatch.setattr(conductances, "MEMORY", memory)
    monkeypatch.setattr(conductances, "_pair_targets", counted)
    return memory


def targets(given):
    config = ArrayConfig.model_validate(given["array"])
    weight = given["weight"]
    tiling = Tiling(weight.shape[1], weight.shape[0], config.rows, config.cols)
    return pair_targets(weight, device(**given["device"]), config, tiling)


def bits(result):
    arrays = (result.target_s, result.gain, result.column_scale, np.float64(result.clipped_fraction))
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()


def chip_bits(chip):
    values = [array.g_s for layer in chip.hidden for array in layer.arrays.values()]
    values += [value for layer in chip.hidden for value in (layer.setting.gain, layer.setting.threshold)]
    values += [layer.calibration.normalisation_index for layer in chip.hidden]
    return hashlib.sha256(b"".join(np.ascontiguousarray(value).tobytes() for value in values)).hexdigest()


@pytest.mark.parametrize("scaling", ["paired", "replica"])
def test_chips_are_the_same_from_a_cold_and_from_a_warm_memory(memory, monkeypatch, scaling):
    stack = conv(3, 3), dense(10)
    nets = [dense_network(30, 20, 12, 4), conv_network(*stack, image=(1, 8, 8), classes=3)]
    for net in nets:
        config = HardwareConfig.model_validate({"device": device(), "neuron": {"scaling": scaling}})
        first = MappedNetwork(net, config, chip=0)
        cold = [chip_bits(first), chip_bits(MappedNetwork(net, config, chip=1))]
        before = memory.calculated
        warm = [chip_bits(MappedNetwork(net, config, chip=chip)) for chip in (0, 1)]
        assert memory.calculated == before  # nothing was paid for twice
        monkeypatch.setattr(memory, "_entries", [])
        afresh = [chip_bits(MappedNetwork(net, config, chip=chip)) for chip in (0, 1)]
        assert cold == warm == afresh
        assert cold[0] != cold[1]
    assert memory.calculated == 2 * (2 + 2)


MATTERS = {
    "weights": {"weight": np.where(np.arange(20) == 3, np.nextafter(WEIGHT, 9), WEIGHT)},
    "shape": {"weight": WEIGHT.reshape(12, 10)},
    "range": {"device": {"conductance": {"g_min_s": 5e-6, "g_max_s": 9e-5}}},
    "levels": {"device": {"conductance": {**NOISY["conductance"], "levels": 4}}},
    "programming": {"device": {"programming": {"relative_sd": 0.021}}},
    "device fraction": {"device": {"programming": {"relative_sd": 0.02, "device_fraction": 0.5}}},
    "verify": {"device": {"programming": {"relative_sd": 0.02, "verify": {"acceptance_s": 2e-6}}}},
    "wear": {"device": {"endurance": {"cycles": 10, "spread": {"reference_cycles": 5, "exponent": 1}}}},
    "pairing": {"array": {**BASE["array"], "pairing": "balanced"}},
    "scale": {"array": {**BASE["array"], "scale": "per_row"}},
    "clipping": {"array": {**BASE["array"], "clipping": "none"}},
    "tiles": {"array": {**BASE["array"], "rows": 7}},
}
SAME_TARGETS = {"device fraction"}  # a miss that was not needed: only the sum of its two parts is seen


@pytest.mark.parametrize("change", MATTERS.values(), ids=MATTERS)
def test_whatever_matters_is_calculated_anew(memory, monkeypatch, request, change):
    targets(BASE)
    changed = targets(BASE | change)
    assert memory.calculated == 2
    monkeypatch.setattr(memory, "_entries", [])
    assert bits(targets(BASE | change)) == bits(changed)
    assert (bits(targets(BASE)) != bits(changed)) == (request.node.callspec.id not in SAME_TARGETS)


@pytest.mark.parametrize(
    "change",
    [
        {"device": {"read_noise": {"relative_sd": 0.3}}},
        {"device": {"temperature_k": 350}},
        {"device": {"faults": {"stuck_on": 0.1}}},
        {"array": {**BASE["array"], "r_row_ohm": 1.0}},
        {"array": {**BASE["array"], "adc": {"bits": 4}}},
        {"weight": np.asfortranarray(WEIGHT)},
    ],
)
def test_whatever_does_not_matter_is_not_paid_for_again(memory, change):
    assert targets(BASE) is targets(BASE | change)
    assert memory.calculated == 1


def test_tiles_matter_for_a_scale_of_their_own_only(memory):
    per_column = {"array": {"rows": 8, "cols": 6}}
    assert targets(BASE | per_column) is targets(BASE | {"array": {"rows": 7, "cols": 4}})
    assert memory.calculated == 1


def test_settings_left_out_would_be_noticed():
    """The negative control: every single setting changes the bits, so a memory that does not look at it is wrong."""
    config = ArrayConfig.model_validate(BASE["array"])
    base = TargetSettings.of(device(), config, Tiling(20, 6, 8, 6))
    others = {
        "conductance": ConductanceRange(g_min_s=5e-6, g_max_s=9e-5),
        "programming": Programming(relative_sd=0.1),
        "wear": 3.0,
        "pairing": "balanced",
        "scale": "per_column",
        "clipping": "none",
        "tiling": Tiling(20, 6, 7, 6),
    }
    assert others.keys() == {field.name for field in fields(TargetSettings)}
    blind = bits(conductances._pair_targets(WEIGHT, base))
    for name, value in others.items():
        assert bits(conductances._pair_targets(WEIGHT, replace(base, **{name: value}))) != blind, name


def test_a_law_registered_anew_under_its_name_is_another_law(memory):
    found = []
    for factor in (0.05, 0.2):

        def error_sd_s(self, target_s, conductance, factor=factor):
            return factor * target_s

        law = type("Law", (ProgrammingLaw,), {"error_sd_s": error_sd_s, "__module__": __name__})
        register("test_of_target_memory")(law)
        given = BASE | {"device": {"programming": {"law": {"name": "test_of_target_memory"}}}}
        found.append(bits(targets(given)))
        assert bits(targets(given)) == found[-1]
    assert memory.calculated == 2
    assert found[0] != found[1]


def test_memory_is_bounded_and_forgets_what_was_used_longest_ago(memory):
    one = targets(BASE)
    size = one.target_s.nbytes + one.gain.nbytes + one.column_scale.nbytes
    memory.most_bytes = 2 * size
    second, third = (BASE | {"weight": factor * WEIGHT} for factor in (2, 3))
    targets(second)
    targets(BASE)  # used again: the second goes
    targets(third)
    assert memory.calculated == 3
    targets(BASE)
    targets(third)
    assert memory.calculated == 3
    targets(second)
    assert memory.calculated == 4
    memory.most_bytes = size - 1  # larger than all there is room for: calculated every time
    assert bits(targets(BASE)) == bits(targets(BASE)) == bits(one)
    assert memory.calculated == 6


def test_what_is_handed_out_cannot_be_written_to(memory):
    for result in (targets(BASE), targets(BASE)):
        for array in (result.target_s, result.gain, result.column_scale):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
