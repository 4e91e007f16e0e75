import pytest
from pydantic import ValidationError

from crossbar_nsm.array.config import AdcConfig, ArrayConfig, DacConfig, ReadConfig


@pytest.mark.parametrize(
    ("config", "values", "message"),
    [
        (ReadConfig, {"window_s": 2e-7, "pair_interval_s": 1e-7}, "shorter than window_s"),
        (ReadConfig, {"interval_s": 1.5e-7}, "no room for two reads"),
        (ArrayConfig, {"cols": 255}, "multiple of 2"),
        (ArrayConfig, {"rows": 0}, "greater than or equal to 1"),
        (ArrayConfig, {"r_sense_ohm": -1.0}, "greater than or equal to 0"),
        (ArrayConfig, {"r_row_ohm": -1.0}, "greater than or equal to 0"),
        (ArrayConfig, {"partial_sums": "analogue"}, "'analog' or 'digital'"),
        (AdcConfig, {"bits": 25}, "less than or equal to 24"),
        (AdcConfig, {"bits": 3, "inl_lsb": 1.5}, "inl_lsb=1.5: must be less than 1.5 with 3 bits, or codes go missing"),
        (AdcConfig, {"bits": 1, "inl_lsb": 0.1}, "1 bit has no levels between end points to bend; set inl_lsb to 0"),
        (AdcConfig, {"offset_sd_lsb": -1.0}, "greater than or equal to 0"),
        (DacConfig, {"inl_lsb": 1.0}, "counts steps of the driver, which needs bits: set bits too"),
        (DacConfig, {"bits": 4, "inl_lsb": 4.0}, "must be less than 4 with 4 bits"),
        (DacConfig, {"gain_sd": 0.2}, "less than or equal to 0.1"),
        (ArrayConfig, {"scale": "per_tile", "dac": {"offset_sd_v": 1e-3}}, "drivers of its own"),
        (ArrayConfig, {"scale": "per_tile", "dac": {"bits": 8, "inl_lsb": 1.0}}, "use scale: per_column or per_row"),
    ],
)
def test_what_cannot_be(config, values, message):
    with pytest.raises(ValidationError, match=message):
        config.model_validate(values)


def test_two_reads_follow_each_other_by_default():
    assert ReadConfig(window_s=3e-7).between_reads_s == 3e-7
