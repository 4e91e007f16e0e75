"""Configurations given in Python as mappings of anything: a configuration, or this package's own error."""

from hypothesis import strategies as st
from support.hostile.fuzzing import fuzz, outcome
from support.hostile.strategies import anything

import crossbar_nsm as xb

KEYS = (
    "device", "device.read_noise.relative_sd", "device.name", "array", "array.rows", "neuron.scaling", "sweep",
    "layers", "sweep.neuron.scaling", "evaluation.images", "evaluation.seed", "dataset.name", "checkpoint",
    "calibration_images",
)  # fmt: skip
values = st.one_of(anything, st.integers(1, 300), st.floats(0, 1), st.sampled_from(("none", "paired", "ideal")))


@fuzz(keys=st.lists(st.one_of(st.sampled_from(KEYS), anything), max_size=3), value=values)
def test_any_mapping(keys, value):
    try:
        given = {"device": "rram_illustrative"} | dict.fromkeys(keys, value)
    except Exception:  # what is no key
        return
    outcome(lambda: xb.load_config(given))


@fuzz(sections=st.dictionaries(st.sampled_from(("array", "neuron", "read", "sweep", "device")), values))
def test_any_sections(sections):
    outcome(lambda: xb.load_config({"device": "ideal"} | sections))
