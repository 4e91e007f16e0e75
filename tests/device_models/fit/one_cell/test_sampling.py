"""At which times a trace was read: one interval with jitter, missing reads, gaps and bursts, or none."""

import numpy as np
import pytest

from device_models.fit.one_cell.sampling import read_times


def rng(seed=0):
    return np.random.default_rng(seed)


def bursts(length, count=15):
    return np.concatenate([start + np.arange(length) * 1e-3 for start in np.geomspace(1, 1e4, count)])


REGULAR = {
    "even": (np.arange(100) * 1e-3, 1e-3),
    "a few": (np.arange(5.0), 1.0),
    "two": (np.array([3.0, 5.0]), 2.0),
    "rounded": (np.round(np.arange(300) * 0.0123, 3), 0.0123),
    "jitter of 4 %": (np.arange(4000) + 0.04 * rng().standard_normal(4000), 1.0),
    "jitter of 12 %": (np.sort(np.arange(4000) + 0.12 * rng().standard_normal(4000)), 1.0),
    "one gap": (np.array([*range(50), *range(80, 130)], float), 1.0),
    "every tenth missing": (np.delete(np.arange(1000.0), np.arange(5, 1000, 10)), 1.11),
    "bursts": (bursts(20), 1e-3),
    "long bursts": (bursts(200), 1e-3),
}


@pytest.mark.parametrize("name", REGULAR)
def test_a_common_interval(name):
    time_s, interval_s = REGULAR[name]
    times = read_times(time_s)
    assert times.regular
    assert np.isclose(times.interval_s, interval_s, rtol=0.01)


@pytest.mark.parametrize(
    "time_s",
    [
        np.geomspace(1, 1000, 20),
        np.geomspace(1, 12, 20),
        np.geomspace(1e-3, 1e6, 2000),
        np.array([1.0, 2, 4, 8]),
        np.array([1.0, 10, 100]),
        np.array([1.0, 3, 10, 30, 100, 300, 1000, 3000]),
        np.cumsum(rng().lognormal(0, 3, 300)),
    ],
)
def test_no_common_interval(time_s):
    assert not read_times(time_s).regular


def test_gaps_and_missing_reads():
    kept = np.ones(4000, dtype=bool)
    kept[[100, 200, 300, 301]] = kept[1000:1500] = False
    times = read_times(np.arange(4000)[kept] * 1e-3)
    assert times.missing == 4
    assert (np.arange(4000)[kept])[times.gaps].tolist() == [999]
    assert not times.broken
    assert str(times) == "3496 reads every 1 ms, 4 missing, 1 gap"


def test_bursts():
    times = read_times(bursts(20))
    assert times.broken
    assert len(times.gaps) == 14
    assert str(times) == "300 reads every 1 ms, in 15 bursts of about 20"
    longest = read_times(np.concatenate([np.arange(30), 1000 + np.arange(70), 5000 + np.arange(40.0)])).longest_run()
    assert (longest.start, longest.stop) == (30, 100)


def test_jitter_is_told_and_makes_no_gaps():
    """Intervals of stamps that jitter by 12 % vary by sqrt(2) times that; one in thousands leaves their neighbours."""
    times = read_times(REGULAR["jitter of 12 %"][0])
    assert np.isclose(times.spread, 0.12 * np.sqrt(2), rtol=0.05)
    assert len(times.gaps) == 0
    assert "intervals vary by 17 %" in str(times)
