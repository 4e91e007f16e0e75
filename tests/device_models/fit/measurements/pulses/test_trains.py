"""Files of pulse responses: read as they are meant, or refused with the option that mends it."""

import numpy as np
import pytest

from device_models.errors import ConfigError
from device_models.fit import read_files
from device_models.fit.measurements.pulses.words import conductance_range

UP = np.linspace(10, 90, 40)
DOWN = UP[::-1] - 1


def write(path, heading, rows):
    lines = [*([heading] if heading else []), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return [path]


def ways(measured):
    return [(train.direction, train.cell, len(train.g)) for train in measured.pulses]


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("up [uS],down [uS]", zip(UP, DOWN, strict=True)),
        ("potentiation (uS),depression (uS)", zip(UP, DOWN, strict=True)),
        ("pulse,LTP [uS],LTD [uS]", zip(range(1, 41), UP, DOWN, strict=True)),
        ("pulse number,set [uS],reset [uS]", zip(range(1, 41), UP, DOWN, strict=True)),
        ("up [kOhm],down [kOhm]", zip(1e3 / UP, 1e3 / DOWN, strict=True)),
        ("pulse,direction,G [uS]", [(n + 1, way, g) for way, values in (("up", UP), ("down", DOWN))
                                    for n, g in enumerate(values)]),
        ("pulse,G [uS]", [(n + 1, g) for values in (UP, DOWN) for n, g in enumerate(values)]),
    ],
)  # fmt: skip
def test_layouts(tmp_path, heading, rows):
    measured = read_files(write(tmp_path / "p.csv", heading, rows))
    assert ways(measured) == [("potentiation", "", 40), ("depression", "", 40)]
    assert np.allclose(measured.pulses[0].g, 1e-6 * UP)
    assert np.allclose(measured.pulses[1].g, 1e-6 * DOWN)
    assert measured.range_s is None
    assert any("1 train of 40 pulses up" in line for line in measured.understood)


def test_cells_and_cycles(tmp_path):
    rows = [(cell, n + 1, g) for cell in ("a", "b") for _ in range(2) for n, g in enumerate(UP)]
    measured = read_files(write(tmp_path / "p.csv", "cell,pulse,up [uS]", rows))
    assert ways(measured) == [("potentiation", cell, 40) for cell in "aabb"]
    wide = read_files(write(tmp_path / "w.csv", "up cell 1 [uS],up cell 2 [uS]", zip(UP, UP, strict=True)))
    assert ways(wide) == [("potentiation", "1", 40), ("potentiation", "2", 40)]


@pytest.mark.parametrize(
    ("heading", "rows", "options"),
    [
        ("", zip(UP / 50 - 1, DOWN / 50 - 1, strict=True), {"kind": "pulses"}),
        ("", zip(range(40), UP / 50 - 1, DOWN / 50 - 1, strict=True), {"kind": "pulses"}),
        ("up,down", zip(UP / 50 - 1, DOWN / 50 - 1, strict=True), {}),
        ("", zip(DOWN / 50 - 1, UP / 50 - 1, strict=True), {"columns": "down=1,up=2"}),
    ],
)
def test_normalised_numbers_with_a_range(tmp_path, heading, rows, options):
    measured = read_files(write(tmp_path / "p.csv", heading, rows), range_s=(1e-6, 1e-4), **options)
    by_way = {train.direction: train.g for train in measured.pulses}
    assert np.allclose(by_way["potentiation"], UP / 50 - 1)
    assert np.allclose(by_way["depression"], DOWN / 50 - 1)
    assert measured.range_s == (1e-6, 1e-4)


@pytest.mark.parametrize(
    ("heading", "rows", "options", "message"),
    [
        ("up,down", zip(UP, DOWN, strict=True), {}, r"column 1 `up` has no unit; normalised\?.*--range 1uS,100uS"),
        ("", zip(UP, DOWN, strict=True), {"kind": "pulses"}, r"column 1 has no unit; .*--range 1uS,100uS"),
        ("", zip(UP / 50 - 1, DOWN / 50 - 1, strict=True), {}, "--kind pulses --range 1uS,100uS"),
        ("up [uS]", zip(UP, strict=True), {"range_s": (1e-6, 1e-4)}, "has a unit, and --range is of normalised"),
        ("up [uS]", zip(UP[:9], strict=True), {}, "a train of 9 pulses; at least 20 are needed"),
        ("up [uA]", zip(UP, strict=True), {}, "--read-voltage 0.1"),
        ("up [uS],x", [*((g, 1) for g in UP[:30]), ("", 1), (80, 1)], {}, "no conductance after pulse 31"),
        ("target [uS],programmed [uS]", zip(UP, UP, strict=True), {"range_s": (1e-6, 1e-4)}, "--range: of pulse"),
        ("", zip(UP, UP, UP, UP, strict=True), {"kind": "pulses"}, "4 columns and no heading; say which is which"),
    ],
)
def test_each_mistake_is_one_clear_line(tmp_path, heading, rows, options, message):
    with pytest.raises(ConfigError, match=message) as caught:
        read_files(write(tmp_path / "p.csv", heading, rows), **options)
    assert "\n" not in str(caught.value).strip()


def test_a_range_of_conductances():
    assert conductance_range("1uS, 100 uS") == pytest.approx((1e-6, 1e-4))
    assert conductance_range("0S,1e-4S") == pytest.approx((0, 1e-4))
    for text in ("1uS", "1,100", "100uS,1uS", "1V,2V", "a,b", "-1uS,1uS"):
        with pytest.raises(ConfigError, match="such as 1uS,100uS"):
            conductance_range(text)
