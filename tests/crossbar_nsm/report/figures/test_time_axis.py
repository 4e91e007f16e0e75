import pytest
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.parameter_axis import ParameterAxis
from crossbar_nsm.report.figures.time_axis import log_time_axis
from crossbar_nsm.report.points.swept_parameter import SweptParameter


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (20, 3.15576e7, ["1 min", "1 h", "1 day", "30 days", "1 year"]),
        (1e-8, 1e-3, ["10 ns", "1 us", "100 us"]),
        (1e-9, 1e8, ["1 ns", "10 us", "100 ms", "1 day"]),
    ],
)
def test_ticks_are_round_times_that_people_read(low, high, texts):
    axes = Figure().subplots()
    axes.plot([low, high], [0, 1])
    log_time_axis(axes, "time")
    assert [axes.xaxis.get_major_formatter()(tick, 0) for tick in axes.get_xticks()] == texts
    assert (axes.get_xlabel(), axes.get_xscale()) == ("time", "log")


@pytest.mark.parametrize("count", [3, 30])
def test_swept_times_have_units_at_their_ticks(count):
    axes = Figure().subplots()
    values = [1e-7 * (1 + 9 * n / count) for n in range(count)]
    axes.plot(values, values)
    ParameterAxis(SweptParameter("read.interval_s", values)).draw(axes)
    assert axes.get_xlabel() == "read.interval"
    axes.figure.canvas.draw()
    texts = {text.get_text() for text in axes.get_xticklabels()} - {"", "0"}
    assert len(texts) > 1
    assert all(text.endswith((" ns", " us")) for text in texts)
