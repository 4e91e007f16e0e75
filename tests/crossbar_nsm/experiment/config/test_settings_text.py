import pytest

from crossbar_nsm.experiment.config.settings_text import label, value_text


@pytest.mark.parametrize(
    ("name", "settings", "text"),
    [
        ("rram/none", {}, "rram/none"),
        ("rram/none", {"neuron.scaling": "none"}, "rram/none"),
        ("rram/none", {"device": "rram", "neuron.scaling": "none"}, "rram/none"),
        ("rram/none", {"device": "lab/rram.yaml"}, "rram/none  device=lab/rram.yaml"),
        ("rram/none", {"device.read_noise.relative_sd": 0.05, "array.rows": 64},
         "rram/none  device.read_noise.relative_sd=0.05, array.rows=64"),
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
        (None, "None"),
        (1e-7, "1e-07"),
    ],
)  # fmt: skip
def test_values(value, text):
    assert value_text(value) == text
