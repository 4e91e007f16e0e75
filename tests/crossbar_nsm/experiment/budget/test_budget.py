"""The error budget: its two ends, its sums, and that nothing is lost between them."""

import json

import numpy as np
import pytest
from scipy.special import erf
from support.laws import check_mean, rejects
from support.networks import dense_network, images

from crossbar_nsm.experiment.budget.budget import OTHERS, budget
from crossbar_nsm.experiment.budget.effects.catalogue import present_effects, without
from crossbar_nsm.experiment.budget.rows import MEASURES, Change
from crossbar_nsm.experiment.compare import compare, run
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.mapping.observation.recovery import observe
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models.errors import ConfigError

NET = dense_network(60, 24, 16, 4)
DEVICE = (
    "{preset: rram_illustrative, conductance: {levels: 16}, programming: {relative_sd: 0.05}, "
    "faults: {stuck_off: 0.02}, read_noise: {law: {name: power_law, relative_sd_at_g_max: 0.05, exponent: -0.5}}}"
)
REST = "neuron: {comparator: {offset_sd_a: 2e-7, noise_sd_a: 1e-7}}\narray: {r_row_ohm: 2, r_col_ohm: 2}\n"
NAMES = [
    "levels", "programming", "g_min", "stuck_cells", "read_noise", "wires", "comparator_offset", "comparator_noise"
]  # fmt: skip
MORE = [
    "device.telegraph={resistance_step: {relative: 0.1}, capture_time_s: {min_s: 1e-6, max_s: 1}, "
    "emission_time_s: {min_s: 1e-6, max_s: 1}}",
    "device.flicker={relative: {coefficient: 0.01}, read_time_s: 1e-7}",
    "device.drift={reference_time_s: 1, exponent: {mean: {at_g_max: 0.05}, sd: {at_g_max: 0.02}}}",
    "device.relaxation={sd_at_1s_s: 1e-6}",
    "device.endurance={cycles: 1e6, failure: {scale_cycles: 1e8, shape: 1}}",
    "array.dac={gain_sd: 0.02, offset_sd_v: 1e-3}",
    "neuron.comparator.hysteresis_a=1e-7",
    "neuron.calibration=none",
    "evaluation={age_s: 1e4, calibrated_at_s: 10}",
]


@pytest.fixture
def study(tmp_path):
    """A small network on its own predictions, on cells with eight effects, two chips."""
    save_checkpoint(NET, tmp_path / "net.safetensors")
    x = images(60, 60)
    np.savez(tmp_path / "data.npz", x=x, y=NET.predict(x, 300).argmax(dim=1).numpy())
    path = tmp_path / "c.yaml"
    path.write_text(
        f"checkpoint: {tmp_path}/net.safetensors\ndataset: {{name: {tmp_path}/data.npz}}\ndevice: {DEVICE}\n{REST}"
        "evaluation: {samples: 20, chips: 2}\n"
    )
    return path


def test_ends_are_direct_evaluations_and_steps_add_up(study):
    result = budget(study)
    ladder, alone, left_out = (result.view(name) for name in ("ladder", "alone", "left_out"))
    assert [row.effect for row in ladder] == ["ideal_software", "circuit", *NAMES]
    assert [row.effect for row in alone] == [row.effect for row in left_out] == NAMES
    hardware, config = run(study).rows[0], load_config(study)
    cells = run(without(config, NAMES, "out")).rows[0]
    for name in MEASURES:
        assert getattr(ladder[-1], name) == getattr(hardware, name)
        assert getattr(ladder[1], name) == getattr(cells, name)
        assert sum(row.change[name].mean for row in ladder[1:]) == pytest.approx(result.total[name].mean, abs=1e-12)
        assert ladder[-1].change[name] == left_out[-1].change[name]  # the last one put in is the last one taken out
        assert ladder[2].change[name] == alone[0].change[name]
    one = budget(study, "evaluation.chips=1", only=["wires"]).rows[0]
    reference = compare(study, "evaluation.chips=1", ideal_only=True).rows[0]
    assert (one.error, one.nll, one.ece) == (reference.error, reference.nll, reference.ece)
    assert one.beta_ratio is None
    assert ladder[1].beta_ratio == pytest.approx((1, 1, 1), abs=1e-5)
    json.dumps(result.as_dict(), allow_nan=False)


def test_changes_are_taken_chip_by_chip(study):
    """The mean of the differences of single chips, and Student's interval around it."""
    left_out = {row.effect: row for row in budget(study, only=["programming"]).view("left_out")}
    nll = []
    for point in (load_config(study), without(load_config(study), ["programming"], "out")):
        both, first = (run(point, f"evaluation.chips={chips}").rows[0].nll for chips in (2, 1))
        nll.append(np.array([first, 2 * both - first]))
    difference = nll[0] - nll[1]
    change = left_out["programming"].change["nll"]
    assert change.mean == pytest.approx(difference.mean(), abs=1e-9)
    assert change.se == pytest.approx(abs(difference[0] - difference[1]) / 2, abs=1e-9)
    assert change.high - change.mean == pytest.approx(12.706 * change.se, rel=1e-4)  # t, one degree of freedom


def test_some_effects_only_and_one_chip(study):
    labels = []

    def progress(label):
        labels.append(label)
        return lambda _done, _total: None

    result = budget(study, "evaluation.chips=1", only=["g_min"], progress=progress)
    assert [row.effect for row in result.view("ladder")] == ["ideal_software", "circuit", "g_min", OTHERS]
    assert result.effects[OTHERS].startswith("together: levels, programming")
    assert result.total["nll"] == Change(result.total["nll"].mean)
    assert labels == ["4 configurations and software x 1 chip"]  # ideal, g_min, all but g_min, all
    assert result.rows[-1].nll == result.view("alone")[0].nll  # without the others there is g_min alone


def test_without_gain_the_circuit_is_a_step(study):
    """Cells of 5 % make the network nearly deterministic: ideal cells fire with far too large a beta."""
    result = budget(study, "neuron.scaling=none", only=["programming"])
    circuit = result.view("ladder")[1]
    assert circuit.beta_ratio[0] > 5
    assert abs(circuit.change["nll"].mean) > 10 * circuit.change["nll"].se


def test_an_ideal_device_has_no_steps(study):
    result = budget(study, "device=ideal", "neuron.comparator={}", "array={}")
    assert [row.effect for row in result.rows] == ["ideal_software", "circuit"]
    assert result.effects == {}


def test_mistakes(study):
    with pytest.raises(ConfigError, match=r"sweep: budget evaluates one setting; use compare, or --set sweep=\{\}"):
        budget(study, "sweep={neuron.scaling: [none, paired]}")
    with pytest.raises(ConfigError, match="effect 'gmin': no such effect; did you mean g_min"):
        budget(study, only=["gmin"])


def check_firing(config):
    """Every layer fires with 1/2 [1 + erf(beta t + c)] for its inputs: (fired - R P)^2 has mean R P (1 - P)."""
    chip = map_network(NET, config)
    for name, firing in observe(chip, images(60, 60), 50).items():
        layer = NET.layers[name]
        beta, c = (getattr(layer, key).detach().double().numpy().ravel() for key in ("beta", "c"))
        p = 0.5 * (1 + erf(beta * firing.t + c))
        seen = (p > 0.02) & (p < 0.98)
        variance = firing.reads * p * (1 - p)
        check_mean(((firing.fired - firing.reads * p) ** 2 / variance)[seen], 1.0)


@pytest.mark.parametrize("more", [[], MORE], ids=["some", "many"])
def test_without_all_effects_cells_are_the_trained_network(study, more):
    config = load_config(study, *more)
    every = [effect.name for effect in present_effects(config)]
    assert len(every) == len(NAMES) + (9 if more else 0)
    check_firing(without(config, every, "out"))
    rejects(check_firing, without(config, [name for name in every if name != "programming"], "out"))


def test_converters_are_taken_out_too(study):
    digital = ("array={partial_sums: digital, output_layer: array, adc: {bits: 4}}", "neuron.comparator={}")
    config = load_config(study, *digital)
    every = [effect.name for effect in present_effects(config)]
    assert every[-2:] == ["partial_sums", "output_layer"]
    check_firing(without(config, every, "out"))
    rejects(check_firing, config)
