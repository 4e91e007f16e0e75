import numpy as np
import pytest
from support.laws import check_mean, rejects

from device_models import Stream
from device_models.errors import ConfigError


def test_same_address_same_draws():
    a = Stream(1, 2, "fc1", "0,0").generator("programming").normal(size=5)
    b = Stream(1, 2, "fc1", "0,0").generator("programming").normal(size=5)
    assert np.array_equal(a, b)


def test_numpy_integers_are_integers_and_nothing_else_is():
    assert Stream(seed=np.int64(3), chip=np.int32(1)).key("x") == Stream(3, 1).key("x")
    for bad in ("1", 1.5, None):
        with pytest.raises(ConfigError, match="expected a whole number"):
            Stream(seed=bad)


def test_every_field_and_purpose_gives_a_stream_of_its_own():
    base = Stream(1, 2, "fc1", "0,0")
    streams = [base, base.at(seed=2), base.at(chip=3), base.at(layer="fc2"), base.at(tile="0,1")]
    keys = [stream.key(purpose) for stream in streams for purpose in ("read_noise", "programming")]
    assert len(set(keys)) == len(keys)


def test_neighbouring_streams_are_uncorrelated():
    a, b = (Stream(chip=chip).generator("programming").normal(size=100_000) for chip in (0, 1))
    check_mean(a * b, 0.0, 1.0)
    rejects(check_mean, a * a, 0.0, 1.0)
