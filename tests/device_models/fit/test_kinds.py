"""Noise, drift, or both: what a trace holds decides, not the spacing of its samples alone, and the user above all."""

import numpy as np
import pytest
from support.cells.populations import cell_fit
from support.cells.traces import two_level_states

from device_models.errors import ConfigError
from device_models.fit import Trace
from device_models.fit.interval import around
from device_models.fit.kinds import plan, trending, ways_of_reading
from device_models.fit.one_cell.trace_fit import Trend

NU = 0.05


def noise(n, seed=0, sd=0.01):
    return 1 + sd * np.random.default_rng(seed).standard_normal(n)


def trace(time_s, g=1.0, cell="a"):
    time_s = np.asarray(time_s, float)
    return Trace(cell, time_s, 50e-6 * g * np.ones(len(time_s)), "x.csv", "x.csv:2")


def fitted(traces, kind="auto"):
    chosen = plan(traces, kind)
    return "".join(t.cell for t in chosen.noise), "".join(t.cell for t in chosen.drift)


def jittered(n=4000):
    rng = np.random.default_rng(1)
    time_s = np.sort((1 + np.arange(n) + 0.12 * rng.standard_normal(n)) * 1e-3)
    return trace(time_s, (1 - 0.15 * two_level_states(n, 1e-3, 0.03, 0.015, rng)) * noise(n), "j")


def retention(cell="r", n=1000, start=1.0, nu=NU):
    """Read every second from 1 to 1000 s, by stamps that begin at `start`."""
    time_s = np.linspace(1, 1000, n)
    return trace(time_s - 1 + start, time_s**-nu * noise(n, 2), cell)


def decades(cell="l", n=25):
    time_s = np.geomspace(1, 1e4, n)
    return trace(time_s, time_s**-NU * noise(n, 3), cell)


def test_what_they_hold():
    """Regular reads give noise; whether they drift too is seen once they are fitted."""
    assert fitted([jittered()]) == ("j", "")
    assert fitted([retention()]) == ("r", "")
    assert fitted([decades()]) == ("", "l")
    assert fitted([decades(), retention()]) == ("r", "l")


def trends(cells, kind="drift"):
    """Fits, of which those of `cells` have a trend."""
    one = Trend(kind, around(NU, 0.001, "1"), 1.0)
    return [cell_fit(50e-6, 5e-7, 60, cell=cell, trend=one if cell in cells else None) for cell in "abr"]


def test_all_cells_read_alike_give_their_drift_or_none():
    """The mean over those with a trend alone would be biased."""
    traces = [retention("a"), retention("b", nu=0.0), retention("r", start=0.0)]
    chosen, notes = trending(traces, trends("a"))
    assert [trace.cell for trace in chosen] == ["a", "b"]
    assert notes == []
    assert trending(traces, trends("")) == ((), [])


def test_the_user_may_say():
    both = [retention()]
    assert fitted(both, "reads") == ("r", "")
    assert fitted(both, "retention") == ("", "r")
    assert fitted([retention(nu=0.0)], "both") == ("r", "r")
    assert fitted([decades()], "both") == ("", "l")


def test_times_from_the_first_read_are_not_times_since_programming():
    chosen, notes = trending([retention("a", start=0.0), retention("b", start=0.0)], trends("ab"))
    assert chosen == ()
    assert "cell a and 1 more: drifts, but its times begin with the first read: not fitted as drift" in notes[0]
    assert len(plan([retention(start=0.0)], "both").drift) == 1


def test_what_was_assumed():
    (line,) = plan([retention("a"), retention("b"), retention("c")]).assumed
    assert line == "cell a (and 2 more cells alike) read as 1000 reads every 1 s: noise fitted"
    both = "noise and drift or relaxation (times since programming) fitted"
    assert ways_of_reading([retention("a")], {"a"}, {"a"}) == (f"cell a read as 1000 reads every 1 s: {both}",)
    assert plan([decades()]).assumed == (
        "cell l read as 25 times of no common interval: drift or relaxation (times since programming) fitted",
    )


def test_cells_of_few_reads_or_times_are_left_out_unless_all_are():
    short = trace([1, 2, 4, 8], cell="s")
    chosen = plan([short, decades()])
    assert [t.cell for t in chosen.drift] == ["l"]
    assert "1 of 2 cells left out: trace `s` has neither" in chosen.notes[0]
    chosen = plan([trace(np.arange(9) * 1e-3, noise(9), "f"), jittered()])
    assert [t.cell for t in chosen.noise] == ["j"]
    assert chosen.notes == ("noise: 1 of 2 cells left out: `f` has 9 reads; at least 10 are needed",)


@pytest.mark.parametrize(
    ("time_s", "kind", "message"),
    [
        (
            [1, 2, 4, 8],
            "auto",
            "neither a common interval (noise) nor 3 times after 0 s over a decade (drift): 1 to 8 s",
        ),
        (np.geomspace(1, 100, 20), "reads", "no common interval between its reads"),
        (np.arange(5, 12), "retention", "has fewer than 3 times after 0 s over a decade (drift): 5 to 11 s"),
        ([1, 100], "both", "3 times after 0 s"),
        ([1, 2], "auto", "has 2 reads; at least 10 are needed"),
        ([1, 2, 3], "noise", "kind 'noise': expected one of auto, reads, retention, both"),
    ],
)
def test_refusals(time_s, kind, message):
    with pytest.raises(ConfigError) as caught:
        plan([trace(time_s, np.linspace(1, 0.9, len(time_s)))], kind)
    assert message in str(caught.value)
