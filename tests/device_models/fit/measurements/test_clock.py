"""Dates and clocks, as instruments and spreadsheets write them, to seconds."""

import numpy as np
import pytest

from device_models.fit.measurements.clock import is_moment, moments

MOMENTS = {
    "ISO": ["2024-02-29T23:59:59.5", "2024-03-01T00:00:00"],
    "ISO with time zones": ["2024-02-29T23:59:59.500+00:00", "2024-03-01T01:00:00+01:00"],
    "ISO in UTC": ["2024-02-29 23:59:59.5Z", "2024-03-01 00:00:00Z"],
    "German": ["29.02.2024 23:59:59,5", "01.03.2024 00:00:00"],
    "American": ["02/29/2024 11:59:59.5 PM", "03/01/2024 12:00:00.0 AM"],
    "British, as no month is 29": ["29/02/2024 23:59:59.5", "01/03/2024 00:00:00"],
    "stroke": ["2024/02/29 23:59:59.5", "2024/03/01 00:00:00"],
    "clocks over midnight": ["23:59:59.5", "00:00:00"],
    "hours that go on": ["99:59:59.5", "100:00:00"],
}


@pytest.mark.parametrize("style", MOMENTS)
def test_half_a_second(style):
    texts = MOMENTS[style]
    assert all(map(is_moment, texts))
    assert np.allclose(moments([*texts, texts[0]])[:2] if "clocks" not in style else moments(texts), [0, 0.5])


def test_days_alone():
    assert moments(["2024-02-28", "", "2024-03-01"]).tolist() == pytest.approx([0, np.nan, 172800], nan_ok=True)


def test_days_and_months_that_could_be_either():
    with pytest.raises(ValueError, match="days and months could be meant either way"):
        moments(["01/02/2024 10:00:00", "02/02/2024 10:00:00"])
    assert moments(["03/03/2024 10:00:00", "03/03/2024 10:00:07"]).tolist() == [0, 7]


@pytest.mark.parametrize(
    "text", ["", "1.5", "2024", "10:00", "1e-3", "-5", "c1", "1:2", "2024-03-01x", "\u0661\u0661:00:00"]
)
def test_what_is_no_moment(text):
    assert not is_moment(text)
