import pytest

from crossbar_nsm.experiment.config.settings_text import is_time, label, value_text


@pytest.mark.parametrize(
    ("name", "settings", "text"),
    [
        ("rram/none", {}, "rram/none"),
        ("rram/none", {"neuron.scaling": "none"}, "rram/none"),
        ("rram/none", {"device": "rram", "neuron.scaling": "none"}, "rram/none"),
        ("rram/none", {"device": "lab/rram.yaml"}, "rram/none  device=lab/rram.yaml"),
        ("rram/none", {"device.read_noise.relative_sd": 0.05, "array.rows": 64},
         "rram/none  device.read_noise.relative_sd=0.05, array.rows=64"),
        ("rram/none", {"read.interval_s": 1e-6, "evaluation.age_s": 2_592_000.0, "device.conductance.g_min_s": 1e-6},
         "rram/none  read.interval 1 us, evaluation.age 30 days, device.conductance.g_min_s=1e-06"),
        ("rram/none", {"evaluation.calibrated_at_s": None}, "rram/none  evaluation.calibrated_at_s=none"),
        ("rram/none", {"layers.fc1.device": "pcm"}, "rram/none  layers.fc1.device=pcm"),
    ],
)  # fmt: skip
def test_labels(name, settings, text):
    assert label(name, settings) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"preset": "rram"}, "rram"),
        ({"preset": "rram", "read_noise": {"relative_sd": 0.05, "thermal": True}, "drift": None},
         "rram with read_noise.relative_sd=0.05, read_noise.thermal=True, drift=None"),
        ({"name": "mine", "conductance": {"g_max_s": 1e-4}}, "mine"),
        ({"name": "power", "factor": 2}, "power with factor=2"),
        ({"keep_probability": 0.5}, "{keep_probability=0.5}"),
        (None, "none"),
        (1e-7, "1e-07"),
    ],
)  # fmt: skip
def test_values(value, text):
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("read.interval_s", True),
        ("evaluation.calibrated_at_s", True),
        ("device.telegraph.capture_time_s", True),
        ("device.read_noise.window_s", True),
        ("device.conductance.g_max_s", False),
        ("device.programming.acceptance_s", False),
        ("device.faults.off_conductance_s", False),
        ("device.relaxation.sd_at_1s_s", False),
        ("_s", False),
        ("age", False),
    ],
)
def test_seconds_are_told_from_siemens(key, known):
    assert is_time(key) == known
