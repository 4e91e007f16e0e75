"""Numbers and times as text."""

import math

import pytest

from device_models.number_text import (
    counted,
    counted_range,
    duration_text,
    interval,
    number,
    quantity_text,
    ratio_text,
    rounded,
    signed,
    time_text,
)


@pytest.mark.parametrize(("seconds", "text"), [(2e-7, "200 ns"), (1e-3, "1 ms"), (6.04e-5, "60 us"), (3.0, "3 s")])
def test_times_are_short(seconds, text):
    assert time_text(seconds, 2) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0"),
        (9.6e-5, "96 us"),
        (1e-6 * (1 - 1e-12), "1 us"),
        (0.9999, "1 s"),
        (59.9, "59.9 s"),
        (59.99, "1 min"),
        (90, "1.5 min"),
        (250, "4.17 min"),
        (3599, "1 h"),
        (3600, "1 h"),
        (86_399, "1 day"),
        (86_400, "1 day"),
        (2.925e6, "33.9 days"),
        (3.1536e7, "1 year"),
        (3.15576e7, "1 year"),
        (3.2e9, "101 years"),
        (-2e-7, "-200 ns"),
        (2e-12, "0.002 ns"),
        (math.nan, "-"),
        (math.inf, "inf"),
    ],
)
def test_times_have_the_unit_that_leaves_one_or_more(seconds, text):
    assert time_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.0523, "0.052 s"), (0.523, "0.52 s"), (48, "48 s"), (720, "12 min"), (12240, "3.4 h"),
     (2e5, "2.3 days")],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration_text(seconds) == text


def test_unknown_is_told_from_absent_and_there_is_no_minus_zero():
    assert (number(math.nan, ".2f"), number(None, ".2f"), number(0.01, ".2f", 100)) == ("-", "", "1.00")
    assert signed(-0.001, 2) == "+0.00"
    assert interval(-0.00001, 0.002, 100, 2) == "[+0.00, +0.20]"
    assert interval(None, 0.1, 100, 2) == ""
    assert rounded(123.4, 2) == "120"


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [(1, "chip", "1 chip"), (0, "chip", "0 chips"), (2, "process", "2 processes"), (2.5, "image", "2.5 images"),
     (5_000_000, "image", "5000000 images"), (1, "process", "1 process")],
)  # fmt: skip
def test_nouns_agree_with_their_count(count, noun, text):
    assert counted(count, noun) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.1e-7, "210 nA"),
        (1e-6, "1 uA"),
        (9.99e-7, "1 uA"),
        (-3.2e-3, "-3.2 mA"),
        (0.0, "0 A"),
        (4.0, "4 A"),
        (1.2e-20, "0.012 aA"),
        (math.nan, "-"),
        (math.inf, "inf A"),
    ],
)
def test_quantities_have_the_prefix_that_leaves_one_or_more(value, text):
    assert quantity_text(value, "A") == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.00853, "0.0085"), (3.46, "3.5"), (59_123.0, "59,000"), (99.6, "100"), (2e9, "2e+09"),
                        (math.nan, "-"), (math.inf, "inf")],
)  # fmt: skip
def test_ratios_have_no_exponent_up_to_a_million(value, text):
    assert ratio_text(value) == text


@pytest.mark.parametrize(
    ("counts", "text"), [([5], "5 samples"), ([1, 1], "1 sample"), ([200, 1, 5], "1 to 200 samples")]
)
def test_a_range_of_counts(counts, text):
    assert counted_range(counts, "sample") == text
