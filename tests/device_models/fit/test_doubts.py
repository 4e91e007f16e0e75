"""Warnings of a fit: none is missing, the gravest come first, and cells that are alike are told once."""

import numpy as np

from device_models.catalogue import load_device
from device_models.fit import fit_files
from device_models.fit.doubts import ordered, pooled

RNG = np.random.default_rng(5)


def written(path, heading, rows):
    path.write_text("\n".join([heading, *(",".join(f"{x:.6g}" for x in row) for row in rows)]) + "\n")
    return path


def test_levels_called_conductances_are_doubted(tmp_path):
    level = np.repeat(np.arange(16.0), 10)
    g = 2 + 2.5 * level + 0.3 * RNG.standard_normal(160)
    fit = fit_files([written(tmp_path / "m.csv", "target [uS],programmed [uS]", zip(level, g, strict=True))])
    assert any("are targets levels" in line for line in fit.warnings)
    assert "are targets levels" in fit.preset()["description"].split("Warnings: ")[1].split(";")[0]
    honest = fit_files([written(tmp_path / "n.csv", "target [uS],programmed [uS]", zip(g, g + 0.8, strict=True))])
    assert not any("are targets levels" in line for line in honest.warnings)


def test_scatter_beside_a_drift_is_told(tmp_path):
    """Without noise of its own nothing in the preset has it."""
    time = np.logspace(0, 5, 12)
    for scatter, told in ((0.02, True), (1e-4, False)):
        rows = [
            (cell, t, (5 + cell) * t**-0.02 * np.exp(scatter * RNG.standard_normal()))
            for cell in range(8)
            for t in time
        ]
        fit = fit_files([written(tmp_path / f"{told}.csv", "cell,time [s],conductance [uS]", rows)])
        assert fit.read_noise is None
        assert any("beside the drift of their cell" in line for line in fit.warnings) == told


def test_cells_that_are_alike_are_told_once():
    lines = [
        "cell c1: 3 samples left out",
        "cell c1: 4 samples left out",
        "cell c2: 11 samples left out",
        "cell c2: steps",
        "read noise: odd",
    ]
    assert list(pooled(lines)) == [
        "cell c1 (and 1 more alike): 3 samples left out",
        "cell c2: steps",
        "read noise: odd",
    ]


def test_the_gravest_come_first():
    lines = ["m.csv: 3 of 9 samples dropped", "cell c1: the trace does not follow the fitted law (p = 1e-9)"]
    assert ordered(lines) == lines[::-1]


def test_steps_of_an_instrument_are_asked_about(tmp_path):
    noise = RNG.standard_normal(300)
    for rounded, told in ((np.round(20 + 0.3 * noise), True), (20 + 0.3 * noise, False)):
        path = written(tmp_path / f"{told}.csv", "time [s],conductance [uS]", enumerate(rounded))
        assert any("resolution of the instrument" in line for line in fit_files([path]).warnings) == told


def test_slow_noise_of_reads_an_hour_apart_makes_a_device(tmp_path):
    """The key of the fastest slow noise ends at 10 s; the source says what was measured."""
    walk = 20 + 0.05 * np.cumsum(RNG.standard_normal(300))
    fit = fit_files([written(tmp_path / "m.csv", "time [h],conductance [uS]", enumerate(walk))], kind="reads")
    preset = fit.preset()
    load_device(preset)
    assert preset["flicker"]["read_time_s"] == 10
    assert preset["sources"]["flicker.read_time_s"]["source"].endswith(": 1 h")
