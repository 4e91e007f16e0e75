import matplotlib.pyplot as plt
import pytest

from crossbar_nsm.report.figures.parameter_axis import ParameterAxis
from crossbar_nsm.report.points.swept_parameter import SweptParameter

RELATIVE = "device.read_noise.relative_sd"


def axis(*values):
    return ParameterAxis(SweptParameter(RELATIVE, list(values)))


def drawn(of: ParameterAxis):
    _, axes = plt.subplots()
    of.draw(axes)
    plt.close(axes.figure)
    return axes


def test_numbers_that_span_twenty_times_are_logarithmic():
    assert drawn(axis(0.01, 0.2)).get_xscale() == "linear"
    assert drawn(axis(0.01, 0.21)).get_xscale() == "log"
    assert drawn(axis(-0.01, 0.01, 0.5)).get_xscale() == "linear"


def test_zero_lies_a_step_below_the_others_past_a_break():
    of = axis(0, 0.01, 0.1, 1.0)
    assert of.broken
    assert [of.position(value) for value in (0, 0.01, 1.0)] == pytest.approx([0.1, 1, 100])
    axes = drawn(of)
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0", "1", "10", "100"]
    assert of.runs({0.1: "a", 1.0: "b", 10.0: "c", 100.0: None}) == [[(0.1, "a")], [(1.0, "b"), (10.0, "c")]]
    assert not axis(0, 0.1, 0.2).broken


@pytest.mark.parametrize("values", [["none", "paired"], [4, 16, None], [True, False]])
def test_anything_but_numbers_is_a_category(values):
    of = axis(*values)
    assert [of.position(value) for value in values] == list(range(len(values)))
    assert len(of.runs({float(index): "found" for index in range(len(values))})) == len(values)


def test_many_or_tiny_values_leave_the_ticks_to_matplotlib():
    many = [1e-9 * 1.7**k for k in range(20)]
    of = ParameterAxis(SweptParameter("read.interval_s", [0, *many]))
    texts = [text.get_text() for text in drawn(of).get_xticklabels()]
    assert texts[0] == "0"
    assert len(texts) == 5
    assert drawn(ParameterAxis(SweptParameter("read.interval_s", many))).get_xscale() == "log"
