"""A device's answers about cells, asked with arguments of any kind; what comes of good ones is finite."""

import numpy as np
from hypothesis import strategies as st
from support.hostile.fuzzing import fuzz, outcome
from support.hostile.strategies import anything, arrays

from device_models import Cells, ReadConditions, Stream, load_device

DEVICES = [load_device(name) for name in ("rram_illustrative", "fefet_selector_illustrative", "pcm_joshi2020", "ideal")]
CELLS = {device.name: device.program(np.full((2, 3), device.conductance.g_max_s), Stream()) for device in DEVICES}
things = st.one_of(anything, arrays())


def _finite(values):
    assert all(np.isfinite(one).all() for one in (values if isinstance(values, tuple) else (values,)))


@fuzz(device=st.sampled_from(DEVICES), x=things, y=things, what=st.sampled_from(["targets", "cells", "names"]))
def test_devices(device, x, y, what):
    cells = CELLS[device.name]
    calls = {
        "targets": [
            lambda: device.error_sd_s(x),
            lambda: device.programming_moments_s(x),
            lambda: _finite(device.program(x, Stream()).g_s),
            lambda: device.program(cells.g_s, Stream(), y),
            lambda: device.program(cells.g_s, x),
        ],
        "cells": [
            lambda: _finite(device.aged_s(cells, x)),
            lambda: device.aged_s(x, 1.0),
            lambda: device.read_law(x),
            lambda: device.read_law(cells, x),
            lambda: _finite(device.read_law(cells, ReadConditions()).mean_s()),
        ],
        "names": [lambda: Stream(x, y), lambda: load_device(device, x), lambda: Cells(cells.g_s, Stream())],
    }
    for call in calls[what]:
        outcome(call)
