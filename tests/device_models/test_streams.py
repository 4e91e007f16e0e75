import hashlib

import numpy as np
import pytest
from support.cells.devices import device
from support.laws import check_mean, rejects

from device_models import ReadConditions, Stream
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


def test_no_two_draws_of_a_device_share_a_purpose(monkeypatch):
    """Every effect in use at once: each purpose is drawn from once per programming, or again for the same thing."""
    asked = []
    key = Stream.key

    def noted(self, purpose):
        asked.append(purpose)
        return key(self, purpose)

    monkeypatch.setattr(Stream, "key", noted)
    times = {"min_s": 1e-3, "max_s": 1e-3}
    threshold = {"mean_v": 1.0, "sd_v": 0.1, "correlation_time_s": 1e-6}
    dev = device(
        programming={"relative_sd": 0.02, "device_fraction": 0.5},
        faults={"stuck_any": 0.1},
        endurance={"cycles": 1e3, "failure": {"scale_cycles": 1e4, "shape": 1.0}},
        relaxation={"sd_at_1s_s": 1e-7},
        drift={"reference_time_s": 1.0, "exponent": {"mean": {"at_g_max": 0.05}, "sd": {"at_g_max": 0.01}}},
        telegraph={"resistance_step": {"relative": 0.1}, "cycle_log_sd": 0.1, "capture_time_s": times,
                   "emission_time_s": times},
        flicker={"relative": {"coefficient": 0.01}, "read_time_s": 1e-6},
        selector={"threshold": threshold, "input_v": 1.0, "on_conductance_s": 1e-3, "off_conductance_s": 0.0},
    )  # fmt: skip
    cells = dev.program(np.full((2, 4), 5e-5), Stream(), cycle=1)
    law = dev.read_law(cells, ReadConditions(age_s=10.0))
    dev.initial_state(law, Stream())
    assert len(asked) == len(set(asked)) == 11
    written = {purpose for purpose in asked if purpose.endswith(" 1")}
    assert written == {"programming 1", "relaxation 1", "traps 1"}
    verified = device(programming={"relative_sd": 0.02, "verify": {"acceptance_s": 1e-9, "most_attempts": 4}})
    asked.clear()
    verified.program(np.full(4, 5e-5), Stream(), cycle=12)
    assert len(asked) == len(set(asked)) == 4


def test_addresses_that_read_alike_are_not_the_same():
    keys = {Stream(1, 23).key("x"), Stream(12, 3).key("x"), Stream(1, 2, "3").key("x"), Stream(1, 2, "", "3").key("x"),
            Stream(1, 2).key("3x"), Stream(1, 2, "x").key("")}  # fmt: skip
    assert len(keys) == 6


def test_the_draws_of_a_stream_are_fixed():
    """Results of earlier versions stay repeatable: blake2b of the address is the key of a Philox generator."""
    address = repr((1, 2, "fc1", "0,0", "programming")).encode()
    key = int.from_bytes(hashlib.blake2b(address, digest_size=8).digest(), "little")
    expected = np.random.Generator(np.random.Philox(key=key)).random(3)
    assert np.array_equal(Stream(1, 2, "fc1", "0,0").generator("programming").random(3), expected)
