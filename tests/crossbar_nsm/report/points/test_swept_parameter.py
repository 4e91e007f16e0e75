import pytest

from crossbar_nsm.report.points.swept_parameter import SweptParameter, settings_text, swept_parameters

RELATIVE = "device.read_noise.relative_sd"


@pytest.mark.parametrize(
    ("key", "value", "label", "text"),
    [
        (RELATIVE, 0.05, "device.read_noise.relative_sd (%)", "5"),
        ("read.interval_s", 1e-6, "read.interval", "1 us"),
        ("evaluation.age_s", 2_592_000, "evaluation.age", "30 days"),
        ("evaluation.calibrated_at_s", None, "evaluation.calibrated_at", "none"),
        ("device.programming.acceptance_s", 1e-6, "device.programming.acceptance_s", "1e-06"),
        ("device.conductance.g_min_s", 2e-6, "device.conductance.g_min (uS)", "2"),
        ("device.faults.off_conductance_s", 1e-7, "device.faults.off_conductance (uS)", "0.1"),
        ("array.r_row_ohm", 2.5, "array.r_row (ohm)", "2.5"),
        ("read.voltage_v", 0.2, "read.voltage (V)", "0.2"),
        ("neuron.comparator.noise_sd_a", 1e-9, "neuron.comparator.noise_sd (A)", "1e-09"),
        ("evaluation.samples", 100, "evaluation.samples", "100"),
        ("array.rows", None, "array.rows", "none"),
        ("device", "my/cells/rram_of_mine.yaml", "device", "rram_of_mine"),
        ("device", {"preset": "ideal", "read_noise": {"relative_sd": 0.1}}, "device", "preset idea...tive_sd 0.1"),
    ],
)
def test_label_has_key_and_unit_and_text_the_value(key, value, label, text):
    parameter = SweptParameter(key, [value])
    assert (parameter.label, parameter.text(value)) == (label, text)


def test_long_keys_are_cut_in_front():
    key = "layers.fc1.device.telegraph.amplitude.something.relative_sd"
    assert SweptParameter(key, [0.1]).label == "...telegraph.amplitude.something.relative_sd (%)"


def test_settings_are_named_by_as_much_of_the_key_as_tells_them_apart():
    swept = {RELATIVE: [0.05], "device.programming.relative_sd": [0.01], "neuron.scaling": ["none"]}
    swept |= {"layers.fc1.device": ["ideal"], "layers.fc2.device": ["ideal"], "read.interval_s": [1e-6]}
    settings = {key: values[0] for key, values in swept.items()}
    assert settings_text(list(swept_parameters(swept).values()), settings) == (
        "read_noise.relative_sd 5 %, programming.relative_sd 1 %, none, fc1.device ideal, fc2.device ideal, "
        "interval 1 us"
    )


def test_times_are_told_apart_and_have_their_unit():
    close = SweptParameter("evaluation.age_s", [100.0, 100.01])
    assert len({close.amount(value) for value in close.values}) == 2
    either = SweptParameter("evaluation.calibrated_at_s", [20, None])
    assert [either.setting(value) for value in either.values] == ["calibrated_at 20 s", "calibrated_at none"]
    assert SweptParameter("device.conductance.g_min_s", [2e-6]).amount(2e-6) == "2 uS"


def test_a_key_that_ends_another_is_told_apart_by_all_of_it():
    swept = {"device": ["ideal"], "layers.fc1.device": ["rram_wan2022"]}
    settings = {key: values[0] for key, values in swept.items()}
    assert settings_text(list(swept_parameters(swept).values()), settings) == "ideal, fc1.device rram_wan2022"
