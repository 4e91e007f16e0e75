import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from support.cells.arrays import device, telegraph
from support.hostile.chips import edit, edit_tensors, parts, signed_metadata
from support.networks import dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import load_device
from device_models.errors import CheckpointError

NET, X = dense_network(30, 20, 12, 4), images(6, 30)
CONFIGS = {
    "moments": {"device": load_device("rram_illustrative")},
    "telegraph": {
        "device": device(telegraph=telegraph(5e-6, 5e-6)),
        "neuron": {"scaling": "replica", "comparator": {"hysteresis_a": 1e-7, "offset_sd_a": 1e-7}},
        "array": {"output_layer": "array"},
    },
    "selector": {"device": load_device("ideal_blank_out"), "neuron": {"scaling": "digital"}},
    "selector with memory": {"device": load_device("fefet_selector_illustrative"), "neuron": {"scaling": "paired"}},
    "1/f noise": {"device": load_device("pcm_nandakumar2019"), "neuron": {"scaling": "paired"}},
    "converters": {
        "device": load_device("rram_illustrative"),
        "neuron": {"scaling": "replica"},
        "array": {
            "partial_sums": "digital",
            "output_layer": "array",
            "rows": 8,
            "adc": {"bits": 5, "inl_lsb": 1.0, "offset_sd_lsb": 0.5},
            "dac": {"bits": 4, "offset_sd_v": 0.01, "gain_sd": 0.02},
        },
    },
    "1/f noise, split": {"device": load_device("rram_cmo_hfox2025"), "read": {"slow_noise": "split"}},
}


@pytest.mark.parametrize("case", CONFIGS)
def test_a_reloaded_chip_goes_on_with_the_same_bits(tmp_path, case):
    chip = MappedNetwork(NET, HardwareConfig.model_validate(CONFIGS[case]), seed=3, chip=2, age_s=100.0)
    chip.sample(X, 5)
    path = chip.save(tmp_path / "chip.safetensors")
    expected = chip.sample(X, 5)
    loaded = load_chip(path)
    assert torch.equal(loaded.sample(X, 5), expected)
    loaded.reset()
    chip.reset()
    assert torch.equal(loaded.sample(X, 5), chip.sample(X, 5))


@pytest.mark.parametrize("calibration", ["none", "analytic", "measured"])
def test_what_calibration_believes_stays_with_the_chip(tmp_path, calibration):
    """A chip that was saved, or is used later, sets other targets as it would have at once: nothing is measured anew,
    and the cost stays."""
    neuron = {"scaling": "paired", "calibration": calibration}
    config = {"device": load_device("pcm_nandakumar2019"), "read": {"slow_noise": "split"}, "neuron": neuron}
    chip = MappedNetwork(NET, HardwareConfig.model_validate(config), seed=3, age_s=20.0)
    later = chip.at_age(1e7)
    others = [
        load_chip(chip.save(tmp_path / "a.safetensors")),
        later,
        load_chip(later.save(tmp_path / "b.safetensors")),
    ]
    chip.retarget({"fc1": (0.8, 0.1)})
    for other in others:
        other.retarget({"fc1": (0.8, 0.1)})
        for name in ("gain", "threshold", "clipped", "cost"):
            np.testing.assert_array_equal(*(getattr(one.calibration["fc1"], name) for one in (other, chip)))


def test_conductances_come_from_the_file(tmp_path):
    """They take the place of programming."""
    chip = MappedNetwork(NET, HardwareConfig.model_validate(CONFIGS["moments"]))
    path, name = chip.save(tmp_path / "c.safetensors"), "chip/conductance_s/fc1/main"
    edit_tensors(path, {name: 0.5 * load_file(path)[name]})
    loaded = load_chip(path)
    assert np.allclose(loaded.hidden[0].arrays["main"].g_s, 0.5 * chip.hidden[0].arrays["main"].g_s)


def test_impossible_states_are_refused(tmp_path):
    chip = MappedNetwork(NET, HardwareConfig.model_validate(CONFIGS["selector with memory"]))
    path = chip.save(tmp_path / "c.safetensors")
    tensors, name = load_file(path), "chip/state/fc1/main/thresholds"
    for value in (
        torch.full_like(tensors[name], torch.nan),
        tensors[name][..., :1].clone(),
        torch.zeros_like(tensors[name]).byte(),
    ):
        edit_tensors(path, {name: value})
        with pytest.raises(CheckpointError, match=r"chip/state/fc1/main/thresholds.* (holds|expected) "):
            load_chip(path)


CONVERTERS = MappedNetwork(NET, HardwareConfig.model_validate(CONFIGS["converters"]))
IMPOSSIBLE = {  # tensor: a value that every cell or register has after an edit, and the word that names it
    "chip/register/out/full_scale": (1e300, "0 to 1e\\+15"),
    "chip/register/out/bias": (1e308, "allowed are"),
    "chip/register/fc1/range_main": (-1.0, "allowed are 0 to"),
    "chip/register/fc1/cost": (-1.0, "allowed are 0 to"),
    "chip/register/fc1/believed_covariance": (-1.0, "variances: -1 to -1, allowed are 0"),
    "chip/register/fc1/gain": (1e9, "allowed are -1e\\+06 to 1e\\+06"),
    "chip/conductance_s/fc1/main": (0.01, r"main \[S\]: 0.01 to 0.01, allowed are 0 to 0.002"),  # 100 g_max
    "chip/comparator/fc1": (5.0, "allowed are -1 to 1"),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_values_that_no_chip_has_are_refused(tmp_path, name):
    """They gave NaN, or nonsense, without a word."""
    path = CONVERTERS.save(tmp_path / "c.safetensors")
    value, message = IMPOSSIBLE[name]
    edit_tensors(path, {name: torch.full_like(load_file(path)[name], value)})
    with pytest.raises(CheckpointError, match=message):
        load_chip(path)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.float8_e5m2, torch.int8])
@pytest.mark.parametrize("name", ["chip/conductance_s/fc1/main", "chip/register/fc1/gain", "chip/comparator/fc1"])
def test_numbers_of_fewer_bits_are_refused_in_words(tmp_path, dtype, name):
    path = CONVERTERS.save(tmp_path / "c.safetensors")
    edit_tensors(path, {name: load_file(path)[name].to(dtype)})
    with pytest.raises(CheckpointError, match=rf"{name}.*(holds torch|int8)"):
        load_chip(path)


@pytest.mark.parametrize("counter", [2**31 + 1, 2**62 - 1, 2**63, 2**64, 2**100, True, "1", 1.5])
def test_counters_that_no_chip_reaches(tmp_path, counter):
    path = CONVERTERS.save(tmp_path / "c.safetensors")
    position = json.loads(parts(path)[1]["position"]) | {"image_counter": counter}
    edit(path, position=json.dumps(position))
    with pytest.raises(CheckpointError, match="not a complete chip file: image_counter"):
        load_chip(path)


def test_bad_chip_files(tmp_path):
    with pytest.raises(CheckpointError, match="no such file"):
        load_chip(tmp_path / "none.safetensors")
    path = MappedNetwork(NET, HardwareConfig.model_validate(CONFIGS["moments"])).save(tmp_path / "c.safetensors")
    whole = path.read_bytes()
    edit(path, format="crossbar-nsm chip 7")
    with pytest.raises(CheckpointError, match="'crossbar-nsm chip 7', this version reads 'crossbar-nsm chip 8'"):
        load_chip(path)
    for position in ("[]", "{}", '{"seed": 0, "chip": 0, "image_counter": -1}', "[" * 100_000):
        edit(path, format="crossbar-nsm chip 8", position=position)
        with pytest.raises(CheckpointError, match="not a complete chip file"):
            load_chip(path)
    for name, value, message in (
        ("chip/conductance_s/fc1/main", torch.full((2, 30, 20), torch.nan), "fc1/main .*holds NaN"),
        ("chip/conductance_s/fc1/main", torch.zeros(2, 1, 20), "shapes of the network's layers"),
        ("chip/conductance_s/fc1/main", torch.zeros(2, 3, 3), "shapes of the network's layers"),
        ("chip/comparator/fc1", torch.full((20,), torch.nan), "chip/comparator/fc1: holds NaN or infinite values"),
    ):
        path.write_bytes(whole)
        edit_tensors(path, {name: value})
        with pytest.raises(CheckpointError, match=message):
            load_chip(path)
    path.write_bytes(whole)
    tensors, metadata = parts(path)
    del tensors["chip/conductance_s/fc1/main"]
    save_file(tensors, path, metadata=signed_metadata(tensors, metadata))
    with pytest.raises(CheckpointError, match="conductances missing or of no layer: chip/conductance_s/fc1/main"):
        load_chip(path)
    path.write_bytes(whole[:-10])
    with pytest.raises(CheckpointError, match="truncated: 10 bytes fewer than its header says"):
        load_chip(path)


def test_settings_are_taken_from_the_file(tmp_path):
    """A chip whose neurons were given other targets, a measured one too, comes back with them, not calibrated anew."""
    net = dense_network(30, 20, 12, 4)
    config = {**CONFIGS["telegraph"], "neuron": {"calibration": "measured"}, "array": {}}
    chip = MappedNetwork(net, HardwareConfig.model_validate(config), seed=3)
    chip.retarget({"fc2": (1.5, 0.25)})
    chip.sample(X, 2)
    path = chip.save(tmp_path / "c.safetensors")
    loaded = load_chip(path)
    assert torch.equal(loaded.sample(X, 5), chip.sample(X, 5))
    assert np.all(loaded.calibration["fc2"].trained_beta == 1.5)
    for name, found in loaded.calibration.items():
        assert np.array_equal(found.gain, chip.calibration[name].gain)
    tensors, name = load_file(path), "chip/register/fc1/gain"
    for value in (tensors[name].float(), tensors[name][:3].clone(), tensors[name] * torch.nan):
        edit_tensors(path, {name: value})
        with pytest.raises(CheckpointError, match=r"chip/register/fc1/gain.* (holds|expected) "):
            load_chip(path)


EDITS = {
    "seed": lambda t, m: m.update(position=m["position"].replace('"seed": 0', '"seed": 5')),
    "circuit": lambda t, m: m.update(hardware=m["hardware"].replace('"scaling":"replica"', '"scaling":"paired"')),
    "facts": lambda t, m: m.update(facts='{"epochs": 7}'),
    "no digest": lambda t, m: m.pop("digest"),
    "trained weight": lambda t, m: t["fc1.weight"].mul_(1.5),
    "trained beta": lambda t, m: t["fc1.beta"].mul_(3),
    "slope": lambda t, m: t["chip/register/fc1/believed_slope"].zero_(),
    "target": lambda t, m: t["chip/register/fc1/beta"].mul_(3),
    "conductance": lambda t, m: t["chip/conductance_s/fc1/main"].mul_(1.01),
    "clipped": lambda t, m: t["chip/register/fc1/clipped"].logical_not_(),
    "one more": lambda t, m: t.update({"chip/register/fc1/other": torch.zeros(1)}),
}


@pytest.mark.parametrize("what", EDITS)
def test_edits_that_a_chip_could_have_are_noticed(tmp_path, what):
    path = CONVERTERS.save(tmp_path / "c.safetensors")
    tensors, metadata = parts(path)
    save_file(tensors, path, metadata=metadata)
    load_chip(path)
    EDITS[what](tensors, metadata)
    save_file(tensors, path, metadata=metadata)
    with pytest.raises(CheckpointError, match=r"c\.safetensors: is not what this program wrote, edited perhaps"):
        load_chip(path)


def _covariance(change):
    """Of believed signals (2, 2, neurons), changed."""

    def changed(values):
        values = values.clone()
        change(values)
        return values

    return changed


CONTRADICTIONS = {  # what a signed edit does, and what is said of it
    "not symmetric": (
        "believed_covariance",
        _covariance(lambda v: v[0, 1].sub_(v[0, 0])),
        "believed_covariance is not symmetric",
    ),
    "more than fully correlated": (
        "believed_covariance",
        _covariance(lambda v: (v[0, 1].copy_(v[0, 0] + v[1, 1]), v[1, 0].copy_(v[0, 1]))),
        "believed_covariance is none: some sums",
    ),
    "other norms": ("believed_norm", lambda v: 1.001 * v, "believed_norm is not the norm of the layer's weights"),
    "norms out of all bounds": ("believed_norm", lambda v: 0 * v + 9e14, "believed_norm is not the norm of"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_beliefs_that_contradict_themselves_or_the_weights(tmp_path, case):
    """Also where the digest is right."""
    path, (register, change, message) = CONVERTERS.save(tmp_path / "c.safetensors"), CONTRADICTIONS[case]
    name = f"chip/register/fc1/{register}"
    edit_tensors(path, {name: change(load_file(path)[name])})
    with pytest.raises(CheckpointError, match=f"fc1/{message}"):
        load_chip(path)


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    """And the chip that is there stays."""
    chip = MappedNetwork(NET, HardwareConfig.model_validate(CONFIGS["moments"]))
    path = chip.save(tmp_path / "c.safetensors")
    before = path.read_bytes()
    chip.image_counter = 2**62
    with pytest.raises(
        CheckpointError, match=r"image_counter: input should be less than .*: not saved, it could not be"
    ):
        chip.save(path)
    chip.reset()
    chip.hidden[0].comparator.last[0] = 3
    with pytest.raises(CheckpointError, match=r"chip/comparator/fc1.* allowed are -1 to 1: not saved"):
        chip.save(path)
    chip.reset()
    heavy = dense_network(30, 20, 12, 4)
    with torch.no_grad():
        heavy.layers["fc1"].weight *= 1e10
    heavy_chip = MappedNetwork(heavy, HardwareConfig.model_validate(CONFIGS["moments"]))
    with pytest.raises(CheckpointError, match=r"chip/register/fc1/believed_covariance: .*: not saved"):
        heavy_chip.save(path)
    assert path.read_bytes() == before


def test_every_chip_number_is_saved(tmp_path):
    chip = MappedNetwork(NET, HardwareConfig.model_validate(CONFIGS["moments"]), chip=2**40)
    assert load_chip(chip.save(tmp_path / "c.safetensors")).chip == 2**40


def test_cells_that_scatter_far_beyond_their_range_are_saved(tmp_path):
    """A log-normal spread of 2 leaves cells of 100 g_max and more, which are no mistake of a unit."""
    spread = load_device("rram_illustrative").model_dump() | {"programming": {"set": {"cycle_sd": 2.0}}}
    chip = MappedNetwork(NET, HardwareConfig.model_validate({"device": spread}))
    largest = max(array.g_s.max() for array in chip.named_arrays().values())
    assert largest > 100 * chip.config.device.conductance.g_max_s
    path = chip.save(tmp_path / "c.safetensors")
    assert torch.equal(load_chip(path).sample(X, 2), chip.sample(X, 2))


@pytest.mark.parametrize("entry", ["hardware", "position"])
def test_entries_given_twice(tmp_path, entry):
    """Of which the last counted."""
    path = CONVERTERS.save(tmp_path / "c.safetensors")
    text = parts(path)[1][entry]
    edit(path, **{entry: text[:-1] + ", " + text[1:]})
    with pytest.raises(CheckpointError, match=f"not a complete chip file: {entry}: key '.*' is given twice"):
        load_chip(path)
