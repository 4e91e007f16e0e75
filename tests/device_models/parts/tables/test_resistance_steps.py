"""Telegraph steps as a table over the resistance."""

import numpy as np
import pytest
from support.cells.devices import device

from device_models import load_device
from device_models.errors import ConfigError

TRAPS = {
    "resistance_step": {"law": {"name": "table", "resistance_ohm": [1e4, 1e6], "step": [0.02, 0.2]}},
    "capture_time_s": {"min_s": 1e-3, "max_s": 1e-3},
    "emission_time_s": {"min_s": 1e-3, "max_s": 1e-3},
}


def test_the_logarithm_is_linear_in_that_of_the_resistance():
    step = device(telegraph=TRAPS).telegraph.resistance_step
    resistance_ohm = np.array([1e3, 1e4, 1e5, 1e6, 1e9])
    assert np.allclose(step.of(1 / resistance_ohm), [0.02, 0.02, np.sqrt(0.004), 0.2, 0.2], rtol=1e-9, atol=0)
    assert step.of(np.array([0.0]))[0] == pytest.approx(0.2)


def test_a_table_survives_a_round_trip():
    dev = device(telegraph=TRAPS)
    assert type(dev).model_validate(dev.model_dump(mode="json")) == dev


def test_a_mistake_is_one_clear_line():
    law = {"name": "table", "resistance_ohm": [1e4, 1e6], "step": [0.02]}
    with pytest.raises(ConfigError, match=r"step: 1 entries, but 2 in resistance_ohm; one for each is needed"):
        load_device({"preset": "rram_illustrative", "telegraph": {**TRAPS, "resistance_step": {"law": law}}})
