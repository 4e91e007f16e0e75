"""Every way to write a heading and its unit, and every way to get it wrong."""

import time

import numpy as np
import pytest

from device_models.errors import ConfigError
from device_models.fit.measurements.headings import read_header, read_heading


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
    heading = read_heading(header)
    assert heading.role == {"conductance": "measured"}.get(name, name)
    assert heading.problem == ""
    assert heading.unit.kind == heading.kind
    assert np.isclose(1 / heading.unit.factor if heading.kind == "resistance" else heading.unit.factor, one, rtol=1e-12)


ANY_CONDUCTANCE = "a conductance is in S or ohm (with f p n u m k M G T in front) or G0"


@pytest.mark.parametrize(
    ("heading", "role", "kind"),
    [
        ("t [s]", "time", "time"),
        ("Time since programming (h)", "time", "time"),
        ("Time", "time", "time"),
        ("timestamp", "time", "time"),
        ("pulse width [us]", "", ""),
        ("delay [ms]", "", ""),
        ("s", "time", "time"),
        ("I / nA", "measured", "current"),
        ("read current [uA]", "measured", "current"),
        ("SMU-1 Current (A)", "measured", "current"),
        ("bitline [nA]", "measured", "current"),
        ("Id (A)", "measured", "current"),
        ("compliance current [A]", "", ""),
        ("V_read [mV]", "voltage", "voltage"),
        ("Vset [V]", "", ""),
        ("gate voltage (V)", "", ""),
        ("R_LRS [ohm]", "measured", "resistance"),
        ("G [µS]", "measured", "conductance"),
        ("G_std [uS]", "", ""),
        ("current density [A/cm2]", "", ""),
        ("temperature [K]", "run", ""),
        ("T [°C]", "run", ""),
        ("temp_C", "run", ""),
        ("cycle", "run", ""),
        ("id", "cell", ""),
        ("Device No.", "cell", ""),
        ("cell 3 [uS]", "measured", "conductance"),
        ("die", "address", ""),
        ("WL", "address", ""),
        ("x [um]", "", ""),
        ("index", "index", ""),
        ("comment", "", ""),
        ("target low [uS]", "target_low", "conductance"),
        ("goal_max_us", "target_high", "conductance"),
        ("G_target [S]", "target", "conductance"),
        ("final R [kohm]", "programmed", "resistance"),
        ("g_before_S", "before", "conductance"),
        ("t_after_s", "time", "time"),
    ],
)
def test_parts(heading, role, kind):
    read = read_heading(heading)
    assert (read.role, read.kind if role else "") == (role, kind)


@pytest.mark.parametrize(
    ("heading", "at_s", "unit"),
    [
        ("g_S@0.01s", 0.01, "S"),
        ("G @ 1 h [uS]", 3600.0, "uS"),
        ("R (10 s)", 10.0, None),
        ("t=2 min (kohm)", 120.0, "kohm"),
        ("1e-3 s", 1e-3, None),
        ("I_100us (nA)", 1e-4, "nA"),
        ("cell 3 [uS]", None, "uS"),
        ("R2 [ohm]", None, "ohm"),
    ],
)
def test_times_in_headings(heading, at_s, unit):
    read = read_heading(heading)
    assert read.at_s == pytest.approx(at_s) if at_s else read.at_s is None
    assert (read.unit.text if read.unit else None) == unit


def test_cells_are_told_apart_by_their_numbers():
    first, second = read_heading("cell 1 [uS]"), read_heading("cell 2 [uS]")
    assert first.stem == second.stem == "cell #"
    assert (first.numbered, second.numbered) == ("1", "2")


@pytest.mark.parametrize(
    ("heading", "problem"),
    [
        ("target", " has no unit"),
        ("time", " has no unit"),
        ("target [foo]", f": unknown unit 'foo'; {ANY_CONDUCTANCE}"),
        ("target [xS]", f": unknown unit 'xS'; {ANY_CONDUCTANCE}"),
        ("target [hohm]", f": unknown unit 'hohm'; {ANY_CONDUCTANCE}"),
        ("target [%]", ": '%' is no unit of conductance; multiply by the scale that it was divided by, in S"),
        ("G [a.u.]", ": 'a.u.' is no unit of conductance; multiply by the scale that it was divided by, in S"),
        ("target []", " has no unit"),
        ("target [s]", ": s is a unit of time, not of conductance"),
        ("target [us]", ": us is a unit of time, not of conductance"),
        ("time [mS]", ": mS is a unit of conductance, not of time; a time is in s"),
        ("V [uA]", ": uA is a unit of current, not of voltage; a voltage is in V"),
        ("log(R) [ohm]", ": of which logarithm? say --columns"),
        ("a" * 100_000, " has 100000 characters; 80 at most"),
        ("_" * 100_000 + "[uS", " has 100003 characters; 80 at most"),
        ("[" * 80, ""),
        ("1e1e1e1e1e1e1e" * 5, ""),
        ("10^" * 20 + "S", ""),
        ("(" * 40 + ")" * 40, ""),
    ],
)
def test_problems(heading, problem):
    started = time.process_time()
    read = read_heading(heading)
    assert read.problem.startswith(problem)
    assert len(read.text) <= 80
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("heading", ["target", "target [foo]", "target [s]", "time [S]", "conductance [mhz]"])
def test_no_unit_is_proposed(heading):
    """A proposal that is taken is wrong by a power of ten: `[GOhm]` was answered with `write [ohm]`."""
    assert "`" not in read_heading(heading).problem


def test_columns_of_conductances():
    column = read_header("conductance [kohm]", "x.csv:1")
    assert np.isclose(column.si(20.0), 50e-6)
    assert column.si(0.0) == np.inf
    for heading, message in (
        ("conductance", "x.csv:1: column `conductance` has no unit; write the unit of its numbers in brackets"),
        ("current [A]", "x.csv:1: column `current [A]`: expected conductances, such as `conductance"),
        ("conductance [foo]", "x.csv:1: column `conductance [foo]`: unknown unit 'foo'; a conductance is in S"),
    ):
        with pytest.raises(ConfigError) as caught:
            read_header(heading, "x.csv:1")
        assert str(caught.value).startswith(message)
