"""Every way to write a unit, and every way to get it wrong."""

import re
import time

import numpy as np
import pytest

from device_models.errors import ConfigError
from device_models.fit.measurements.units import read_header


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
        ("conductance [MOhm]", "conductance", 1e-6),
        ("conductance [GOhm]", "conductance", 1e-9),
        ("conductance [gohm]", "conductance", 1e-9),
        ("conductance (GΩ)", "conductance", 1e-9),
        ("conductance [TΩ]", "conductance", 1e-12),
        ("conductance [㏀]", "conductance", 1e-3),
        ("conductance [K OHM]", "conductance", 1e-3),
        ("conductance [kiloohms]", "conductance", 1e-3),
        ("conductance [Megohm]", "conductance", 1e-6),
        ("conductance [mohm]", "conductance", 1e3),
        ("conductance [pS]", "conductance", 1e-12),
        ("conductance [fS]", "conductance", 1e-15),
        ("conductance [US]", "conductance", 1e-6),
        ("conductance [microsiemens]", "conductance", 1e-6),
        ("conductance [µmho]", "conductance", 1e-6),
        ("conductance_MS", "conductance", 1e-3),
        ("conductance [G0]", "conductance", 7.748091729863649e-05),
        ("conductance [G₀]", "conductance", 7.748091729863649e-05),
        ("time [ks]", "time", 1e3),
        ("time (sec)", "time", 1.0),
        ("time [d]", "time", 86400.0),
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


ANY_CONDUCTANCE = "a conductance is in S or ohm (with f p n u m k M G T in front) or G0"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("target", "column `target` has no unit; write the unit of its numbers in brackets, `target [...]`"),
        ("time", "column `time` has no unit; write the unit of its numbers in brackets, `time [...]`"),
        ("target [foo]", f"unknown unit 'foo'; {ANY_CONDUCTANCE}"),
        ("target [xS]", f"unknown unit 'xS'; {ANY_CONDUCTANCE}"),
        ("target [hohm]", f"unknown unit 'hohm'; {ANY_CONDUCTANCE}"),
        ("target [%]", f"unknown unit '%'; {ANY_CONDUCTANCE}"),
        ("target []", "has no unit"),
        ("target [s]", "s is a unit of time, not of conductance"),
        ("target [us]", "us is a unit of time, not of conductance"),
        ("time [mS]", "mS is a unit of conductance, not of time; a time is in s"),
        ("time_kohm", "kohm is a unit of resistance, not of time"),
        ("targets [uS]", "unknown column `targets [uS]`, did you mean `target`?"),
        ("progammed_us", "unknown column `progammed_us`, did you mean `programmed`?"),
        ("temperature [K]", "unknown column `temperature [K]`; delete it or rename it (columns: target, programmed"),
        ("", "unknown column ``"),
        ("t [s]", "unknown column `t [s]`, did you mean `time`?"),
        ("G [uS]", "unknown column `G [uS]`, did you mean `conductance`?"),
        ("device", "unknown column `device`, did you mean `cell`?"),
        ("measured [uS]", "unknown column `measured [uS]`, did you mean `programmed`?"),
        ("measured_us", "unknown column `measured_us`, did you mean `programmed`?"),
        ("cell 1 [uS]", "the wide layout: write one row per read in the columns `time [s]`, `conductance [uS]` and"),
        ("cell_2", "the wide layout"),
        ("c3 [uS]", "the wide layout"),
        ("current [uA]", "divide by the read voltage"),
        ("I [A]", "divide by the read voltage"),
        ("bitline [nA]", "divide by the read voltage"),
        ("cell [uS]", "cell has no unit; write `cell`"),
        ("a" * 100_000, "has 100000 characters; 80 at most"),
        ("_" * 100_000 + "[uS", "has 100003 characters; 80 at most"),
    ],
)
def test_refusals(header, message):
    started = time.process_time()
    with pytest.raises(ConfigError) as caught:
        read_header(header, "x.csv:1")
    (line,) = caught.value.mistakes
    assert line.startswith("x.csv:1: ")
    assert message in line
    assert len(line) < 300
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("header", ["target", "target [foo]", "target [s]", "time [S]", "conductance [mhz]"])
def test_no_unit_is_proposed(header):
    """A proposal that is taken is wrong by a power of ten: `[GOhm]` was answered with `write [ohm]`."""
    with pytest.raises(ConfigError) as caught:
        read_header(header, "x.csv:1")
    proposed = re.search(r"write `\w+ \[(\w+)\]`", str(caught.value))
    assert proposed is None
