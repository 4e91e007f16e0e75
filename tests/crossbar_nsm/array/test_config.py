import pytest
from pydantic import ValidationError

from crossbar_nsm.array.config import ArrayConfig, ReadConfig


@pytest.mark.parametrize(
    ("config", "values", "message"),
    [
        (ReadConfig, {"window_s": 2e-7, "pair_interval_s": 1e-7}, "shorter than window_s"),
        (ReadConfig, {"interval_s": 1.5e-7}, "no room for two reads"),
        (ArrayConfig, {"cols": 255}, "multiple of 2"),
        (ArrayConfig, {"rows": 0}, "greater than or equal to 1"),
        (ArrayConfig, {"r_sense_ohm": -1.0}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be(config, values, message):
    with pytest.raises(ValidationError, match=message):
        config.model_validate(values)


def test_two_reads_follow_each_other_by_default():
    assert ReadConfig(window_s=3e-7).between_reads_s == 3e-7
