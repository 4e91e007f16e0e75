"""Which effects a configuration has, and what is left when they are taken out."""

import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import numpy as np
import pytest
from pydantic import BaseModel

from crossbar_nsm.experiment.budget.effects.catalogue import check_names, effects_of, present_effects, without
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import load_config
from device_models.catalogue import preset_paths
from device_models.errors import ConfigError

# Settings that are no non-ideality, or do nothing but size one that another field brings.
CHOICES = {
    "checkpoint": "what is mapped",
    "dataset": "what is shown",
    "calibration_images": "what chips are calibrated with",
    "sweep": "which configurations",
    "evaluation.images": "how much is evaluated",
    "evaluation.samples": "how much is evaluated",
    "evaluation.chips": "how much is evaluated",
    "evaluation.seed": "draws",
    "evaluation.margin": "what counts as equal",
    "evaluation.early_stopping": "how much is evaluated",
    "evaluation.age_s": "when; relaxation, drift, retention and flicker are the effects of time",
    "device.name": "text",
    "device.family": "text",
    "device.description": "text",
    "device.references": "text",
    "device.sources": "text",
    "device.temperature_k": "sizes thermal noise, traps and retention",
    "device.conductance.g_max_s": "the unit of conductance",
    "array.rows": "tiles matter through wires and partial sums",
    "array.cols": "as rows",
    "array.pairing": "design",
    "array.scale": "design",
    "array.clipping": "answer to programming errors",
    "array.adc": "sizes partial_sums and output_layer",
    "read.voltage_v": "the unit of currents",
    "read.window_s": "sizes read noise and slow noise",
    "read.interval_s": "sizes slow noise",
    "read.pair_interval_s": "sizes slow noise",
    "read.order": "order of reads",
    "read.engine": "how it is computed",
    "read.slow_noise": "how it is computed",
    "neuron.scaling": "the circuit, present at both ends of a budget",
    "neuron.averaged_reads": "of the circuit",
    "neuron.mask_keep_probability": "of the circuit",
    "neuron.calibration_reads": "sizes calibration",
}
DEVICE = {
    "levels": "device={preset: rram_illustrative, conductance: {levels: 8}}",
    "programming": "device={preset: ideal, programming: {relative_sd: 0.02}}",
    "g_min": "device={preset: ideal, conductance: {g_min_s: 1e-6}}",
    "stuck_cells": "device={preset: ideal, faults: {stuck_off: 0.01}}",
    "endurance": "device={preset: ideal, endurance: {cycles: 1e6, failure: {scale_cycles: 1e8, shape: 1}}}",
    "read_noise": "device={preset: ideal, read_noise: {relative_sd: 0.1, thermal: true}}",
    "telegraph": "device={preset: ideal, telegraph: {resistance_step: {relative: 0.1}, "
    "capture_time_s: {min_s: 1e-5, max_s: 1}, emission_time_s: {min_s: 1e-5, max_s: 1}}}",
    "flicker": "device={preset: ideal, flicker: {relative: {coefficient: 0.01}, read_time_s: 1e-7}}",
    "selector": "device={preset: ideal, selector: {threshold: {mean_v: 0.5, sd_v: 0.1, correlation_time_s: 1e-6}, "
    "input_v: 0.55, on_conductance_s: 1e-3, off_conductance_s: 1e-10}}",
    "relaxation": "device={preset: ideal, relaxation: {sd_at_1s_s: 1e-6}}",
    "drift": "device={preset: ideal, drift: {reference_time_s: 1, exponent: {mean: {at_g_max: 0.05}}}}",
    "retention": "device={preset: ideal, retention: {loss_per_decade: 0.05, reference_time_s: 1}}",
}
TIMED = {"relaxation", "drift", "retention"}
REST = {
    "conductances": "array.conductances=measured.npz",
    "wires": "array.r_col_ohm=1",
    "comparator_offset": "neuron.comparator.offset_sd_a=1e-7",
    "comparator_noise": "neuron.comparator.noise_sd_a=1e-7",
    "hysteresis": "neuron.comparator.hysteresis_a=1e-7",
    "gain_bits": "neuron.gain_bits=6",
    "threshold_bits": "neuron.threshold_bits=6",
    "dac": "array.dac={gain_sd: 0.01}",
    "partial_sums": "array.partial_sums=digital",
    "output_layer": "array.output_layer=array",
    "calibration": "neuron.calibration=none",
}


def configured(tmp_path, *overrides: str) -> ExperimentConfig:
    path = tmp_path / "c.yaml"
    path.write_text("device: ideal\n")
    return load_config(path, *overrides)


def names(config: ExperimentConfig) -> list[str]:
    return [effect.name for effect in present_effects(config)]


def settings(model: type[BaseModel], place: str = "") -> Iterator[str]:
    """The dotted names of every setting below a schema, lists and free mappings as one."""
    for name, field in model.model_fields.items():
        sections = sections_in(field.annotation)
        path = f"{place}{name}"
        if not sections or get_origin(field.annotation) is dict:
            yield path
        for section in sections:
            yield from settings(section, f"{path}.")


def sections_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, types.UnionType):
        return [section for part in get_args(annotation) for section in sections_in(part)]
    return []


def is_covered(path: str, by: Any) -> bool:
    return any(path == other or path.startswith(other + ".") for other in by)


def test_every_setting_is_of_an_effect_or_no_non_ideality():
    """A new setting of a schema belongs into an effect's fields, or above with the reason why it is none."""
    claimed = {field for effect in effects_of() for field in effect.fields}
    every = {path for path in settings(ExperimentConfig) if not path.startswith("layers")}
    assert len(every) > 80
    unclaimed = {path for path in every if not is_covered(path, claimed | CHOICES.keys())}
    assert unclaimed == set()
    for field in claimed:  # nor does an effect take back what no schema has
        assert any(is_covered(path, [field]) for path in every), field
    assert not is_covered("device.brand_new", claimed | CHOICES.keys())  # the test can fail


def test_every_effect_has_an_example_here():
    assert {effect.name for effect in effects_of()} == {*DEVICE, *REST, "calibration_age"}


@pytest.mark.parametrize("name", [*DEVICE, *REST])
def test_an_effect_is_seen_and_taken_out(tmp_path, name):
    age = ["evaluation.age_s=100"] if name in TIMED else []
    config = configured(tmp_path, (DEVICE | REST)[name], *age)
    assert name in names(config)
    ideal = without(config, names(config), "out")
    assert names(ideal) == []
    assert without(config, (), "out") == config


def test_calibration_at_another_age(tmp_path):
    drifting = DEVICE["drift"]
    config = configured(tmp_path, drifting, "evaluation.age_s=100", "evaluation.calibrated_at_s=1")
    assert names(config) == ["drift", "calibration_age"]
    assert without(config, ["calibration_age"], "out").evaluation.age_s == 100
    still = without(config, ["drift"], "out").evaluation  # nothing ages any more
    assert (still.age_s, still.calibrated_at_s) == (0, None)


PRESETS = {
    "fefet_illustrative": "levels programming g_min flicker retention",
    "fefet_jerry2017": "levels programming g_min read_noise",
    "fefet_selector_illustrative": "levels programming g_min selector",
    "ideal": "",
    "ideal_blank_out": "",
    "pcm_hermes2023": "programming flicker drift",
    "pcm_joshi2020": "programming g_min flicker drift",
    "pcm_nandakumar2019": "programming flicker drift",
    "rram_cmo_hfox2025": "programming g_min flicker relaxation",
    "rram_cmo_hfox2025_narrow": "programming g_min flicker relaxation",
    "rram_gong2022": "levels programming g_min read_noise",
    "rram_levy_a": "programming g_min stuck_cells read_noise telegraph flicker",
    "rram_levy_b": "programming g_min stuck_cells read_noise relaxation",
    "rram_lin2023": "g_min read_noise",
    "rram_illustrative": "programming g_min",
    "rram_milo2021": "programming g_min",
    "rram_switching_illustrative": "programming g_min stuck_cells read_noise telegraph",
    "rram_telegraph_illustrative": "programming g_min stuck_cells telegraph",
    "rram_wan2022": "programming g_min",
    "rram_wan2022_1day": "programming g_min",
    "rram_wan2022_fit2": "programming g_min",
}


@pytest.mark.parametrize("preset", preset_paths())
def test_presets(tmp_path, preset):
    """A day after programming. Every single effect can be put on ideal cells, and be taken out of the whole."""
    config = configured(tmp_path, f"device={preset}")
    if config.device.changes_with_time:
        config = configured(tmp_path, f"device={preset}", "evaluation.age_s=86400")
    assert names(config) == PRESETS[preset].split()
    every = names(config)
    for name in every:
        without(config, [name], "out")
        alone = names(without(config, [other for other in every if other != name], "out"))
        assert set(alone) - {"g_min"} == {name} - {"g_min"}  # which some laws do not let go to 0
    device = without(config, every, "out").device
    later = {"relaxation"} if preset == "rram_levy_a" else set()  # in a day at 300 K its bakes have done nothing
    assert device.scopes.keys() <= {"read noise", "selector"} | later
    assert device.read_noise.relative_sd is None or device.read_noise.relative_sd > 0
    assert device.conductance.g_min_s == 0


def test_a_file_of_measured_conductances_is_one_effect(tmp_path):
    config = configured(tmp_path, "device=rram_illustrative", "array.conductances=measured.npz", "array.r_row_ohm=1")
    assert names(config) == ["conductances", "wires"]
    alone = without(config, ["wires"], "out")
    assert alone.device == config.device
    assert without(config, ["conductances"], "out").device.conductance.g_min_s == 0


def test_noise_is_never_without_something_in_its_place(tmp_path):
    thermal = "device.read_noise={law: {name: power_law, relative_sd_at_g_max: 0.03, exponent: -1}, thermal: true}"
    law = configured(tmp_path, "device=rram_illustrative", thermal)
    device = without(law, ["read_noise"], "out").device
    assert device.read_noise.relative_sd == pytest.approx(0.03, rel=0.01)
    assert device.read_noise.relative_sd > 0.03  # with the thermal floor
    slow = configured(tmp_path, "device=pcm_nandakumar2019")
    assert without(slow, ["flicker"], "out").device.read_noise.relative_sd == 0.05
    assert not without(slow, ["programming"], "out").device.read_noise.relative_sd  # 1/f noise is its noise
    silent = configured(tmp_path, "device=fefet_jerry2017")
    assert not without(silent, ["levels"], "out").device.read_noise.relative_sd
    assert without(silent, ["read_noise"], "out").device.read_noise.relative_sd == 0.05


def test_a_selector_keeps_its_unloaded_probability(tmp_path):
    config = configured(tmp_path, DEVICE["selector"])
    selector = without(config, ["selector"], "out").device.selector
    assert selector.keep_probability == pytest.approx(0.6915, abs=1e-4)  # Phi(0.05 / 0.1)
    assert selector.threshold is None


def test_levels_and_errors_of_a_staircase_are_two_effects(tmp_path):
    """Without levels the same spread around any target, without errors exactly the same levels."""
    config = configured(tmp_path, "device=fefet_illustrative")
    target = np.linspace(4e-8, 1.79e-6, 1000)
    whole, smooth, exact = (without(config, taken, "out").device for taken in ((), ("levels",), ("programming",)))
    np.testing.assert_allclose(smooth.error_sd_s(target), whole.error_sd_s(target), rtol=1e-9)
    level = whole.programming.nearest_level(target, whole.conductance)
    assert len(np.unique(level)) == 32
    np.testing.assert_array_equal(exact.programming.nearest_level(target, exact.conductance), level)
    np.testing.assert_allclose(smooth.programming.nearest_level(target, smooth.conductance), target, rtol=2e-3)
    assert exact.error_sd_s(level).max() < 1e-12  # S, of 1.8e-6: rounding


def test_g_min_goes_down_as_far_as_the_laws_that_stay(tmp_path):
    for preset, lowest in (
        ("rram_telegraph_illustrative", 1 / 6e6),
        ("rram_switching_illustrative", 2e-6),
        ("rram_lin2023", 2e-6),
    ):
        config = configured(tmp_path, f"device={preset}")
        assert without(config, ["g_min"], "out").device.conductance.g_min_s == pytest.approx(lowest)
        assert without(config, names(config), "out").device.conductance.g_min_s == 0
    polynomial = without(configured(tmp_path, "device=rram_cmo_hfox2025"), ["g_min"], "out").device
    assert polynomial.conductance.g_min_s == 0
    assert polynomial.programming.error_polynomial_s.valid_s == (0, 9e-5)
    negative = "device.programming.error_polynomial_s={coefficients: [-1e-7, 0.02], valid_s: [8e-6, 9e-5]}"
    stays = without(configured(tmp_path, "device=rram_cmo_hfox2025", negative), ["g_min"], "out").device
    assert stays.conductance.g_min_s == 8e-6


def test_g_min_stays_within_a_table_of_programming_errors(tmp_path):
    law = "{name: table, target_s: [5e-7, 1e-4], sd_s: [1e-7, 1e-6]}"
    device = f"device={{preset: ideal, conductance: {{g_min_s: 1e-6, g_max_s: 1e-4}}, programming: {{law: {law}}}}}"
    config = configured(tmp_path, device)
    assert without(config, ["g_min"], "out").device.conductance.g_min_s == pytest.approx(5e-7)
    assert without(config, names(config), "out").device.conductance.g_min_s == 0


def test_devices_of_layers_are_taken_apart_too(tmp_path):
    own = ("layers={fc1: {device: rram_wan2022}, out: {device: rram_illustrative}}", "array.output_layer=array")
    config = configured(tmp_path, *own)
    assert names(config) == ["programming", "g_min", "output_layer"]
    ideal = without(config, names(config), "out")
    assert list(ideal.layers) == ["fc1"]  # the output layer is digital now
    assert ideal.layers["fc1"].device.programming.scopes == {}
    assert ideal.layers["fc1"].device.read_noise.relative_sd == 0.02
    assert list(without(config, ["g_min"], "out").layers) == ["fc1", "out"]


def test_names_of_effects(tmp_path):
    present = present_effects(configured(tmp_path, "device=rram_illustrative"))
    check_names(["g_min"], present)
    with pytest.raises(ConfigError) as caught:
        check_names(["gmin", "telegraph", "colour"], present)
    assert caught.value.mistakes == [
        "effect 'gmin': no such effect; did you mean g_min?",
        "effect 'telegraph': not in this configuration, which has: programming, g_min",
        "effect 'colour': no such effect; this configuration has: programming, g_min",
    ]
