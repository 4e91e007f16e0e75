"""What is said of samples in time."""

from crossbar_nsm.report.tables.timing import LEGEND


def test_every_legend_is_a_whole_one():
    """`read interval from which on samples are` had no end."""
    assert LEGEND["independent from"].endswith("samples are independent of one another")
