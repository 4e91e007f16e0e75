"""Every way to write a unit, and every way to get it wrong."""

import numpy as np
import pytest

from device_models.errors import ConfigError
from device_models.fit.units import read_header


@pytest.mark.parametrize(
    ("header", "name", "one"),
    [
        ("target_s", "target", 1.0),
        ("target_us", "target", 1e-6),
        ("target_uS", "target", 1e-6),
        ("target [uS]", "target", 1e-6),
        ("target (µS)", "target", 1e-6),
        ("Target[μS]", "target", 1e-6),
        ("programmed [nS]", "programmed", 1e-9),
        ("conductance_ms", "conductance", 1e-3),
        ("conductance [S]", "conductance", 1.0),
        ("conductance [kohm]", "conductance", 1e-3),
        ("conductance_Mohm", "conductance", 1e-6),
        ("conductance (kΩ)", "conductance", 1e-3),
        ("target [Ohm]", "target", 1.0),
        ("time_s", "time", 1.0),
        ("time_us", "time", 1e-6),
        ("time [ms]", "time", 1e-3),
        ("time (µs)", "time", 1e-6),
        ("time [ns]", "time", 1e-9),
        ("TIME_MIN", "time", 60.0),
        ("time [h]", "time", 3600.0),
    ],
)
def test_units(header, name, one):
    column = read_header(header, "x.csv:1")
    assert column.name == name
    assert np.isclose(column.si(1.0), one, rtol=1e-12)


def test_resistances_become_conductances():
    column = read_header("conductance [kohm]", "x.csv:1")
    assert np.isclose(column.si(20.0), 50e-6)
    assert column.si(0.0) == np.inf


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("target", "column `target` has no unit; write `target [uS]`"),
        ("time", "column `time` has no unit; write `time [s]`"),
        ("target [foo]", "unknown unit 'foo'; write `target [uS]` (units: S, mS, uS, nS, ohm, kohm, Mohm)"),
        ("target []", "has no unit; write `target [uS]`"),
        ("target [s]", "s is a unit of time, not of conductance; write `target [S]`"),
        ("target [us]", "us is a unit of time, not of conductance; write `target [uS]`"),
        ("time [mS]", "mS is a unit of conductance, not of time; write `time [ms]`"),
        ("time_kohm", "kohm is a unit of resistance, not of time"),
        ("conductance_mohm", "unknown unit 'mohm'; write `conductance [Mohm]`"),
        ("targets [uS]", "unknown column `targets [uS]`, did you mean `target`?"),
        ("progammed_us", "unknown column `progammed_us`, did you mean `programmed`?"),
        ("temperature [K]", "unknown column `temperature [K]`; delete it or rename it (columns: target, programmed"),
        ("", "unknown column ``"),
        ("cell [uS]", "cell has no unit; write `cell`"),
    ],
)
def test_refusals(header, message):
    with pytest.raises(ConfigError) as caught:
        read_header(header, "x.csv:1")
    assert len(caught.value.mistakes) == 1
    assert caught.value.mistakes[0].startswith("x.csv:1: ")
    assert message in caught.value.mistakes[0]
