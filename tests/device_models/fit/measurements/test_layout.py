"""What users say of a file: parts and their columns, quantities with units."""

import pytest

from device_models.errors import ConfigError
from device_models.fit.measurements.layout import columns_by_file, read_layout, seconds, volts


def parts(columns):
    read = read_layout(columns, None, None, "auto").columns
    return [(named.part.role, named.part.kind, named.first, named.last, named.heading) for named in read]


def test_columns_by_number_by_range_and_by_heading():
    assert parts("time [ms]=1, current [nA]=3") == [
        ("time", "time", 1, 1, ""),
        ("measured", "current", 3, 3, ""),
    ]
    assert parts("cell=1,conductance [S]=2-,time [s]=heading") == [
        ("cell", "", 1, 1, ""),
        ("measured", "conductance", 2, None, ""),
        ("time", "time", 0, 0, "heading"),
    ]
    assert parts("resistance=Time, elapsed,target_low [uS]=4-7") == [
        ("measured", "resistance", 0, 0, "Time, elapsed"),
        ("target_low", "conductance", 4, 7, ""),
    ]
    assert parts({"voltage [V]": 2, "programmed": "G"}) == [
        ("voltage", "voltage", 2, 2, ""),
        ("programmed", "conductance", 0, 0, "G"),
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("", 'expected "time [UNIT]=1,current [UNIT]=2"'),
        ("time", 'expected "time [UNIT]=1,current [UNIT]=2"'),
        ("time [s]=", "part `time [s]` has no column"),
        ("foo=1", "no part 'foo'; parts are time, conductance, resistance, current, voltage, target,"),
        ("time [uS]=1", "part `time [uS]`: uS is a unit of conductance, not of time"),
        ("time [s]=0", "`0` for `time [s]`: columns are counted from 1"),
        ("time [s]=3-2", "`3-2` for `time [s]`: columns are counted from 1, the lower one first"),
    ],
)
def test_what_is_no_part(columns, message):
    with pytest.raises(ConfigError) as caught:
        read_layout(columns, None, None, "auto")
    assert message in str(caught.value)


def test_quantities():
    assert seconds("1ms") == pytest.approx(1e-3)
    assert seconds(" 2 h ") == 7200
    assert volts("0.1") == volts("100mV") == pytest.approx(0.1)
    for text in ("1", "ms", "1 V", "", "1e", "1_0 s"):
        with pytest.raises(ConfigError, match="expected a number and its unit"):
            seconds(text)
    for text in ("0.1 A", "V", ""):
        with pytest.raises(ConfigError, match="expected volts"):
            volts(text)


def test_columns_by_file():
    one, other = {"time [s]": 1, "current [A]": 2}, "target [uS]=1,programmed [uS]=2"
    assert columns_by_file(None, ["a.csv", "b.csv"]) == {"a.csv": None, "b.csv": None}
    assert columns_by_file(other, ["a.csv", "b.csv"]) == {"a.csv": other, "b.csv": other}
    assert columns_by_file(one, ["a.csv", "b.csv"]) == {"a.csv": one, "b.csv": one}
    assert columns_by_file({"a.csv": one, "b.csv": other}, ["a.csv", "b.csv"]) == {"a.csv": one, "b.csv": other}
    assert columns_by_file({"b.csv": other}, ["a.csv", "b.csv"]) == {"a.csv": None, "b.csv": other}
    with pytest.raises(ConfigError, match="no such file given; there are a"):
        columns_by_file({"c.csv": one}, ["a.csv"])
