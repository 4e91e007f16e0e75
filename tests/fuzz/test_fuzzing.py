"""The harness itself: what it must catch, it catches."""

import time

import numpy as np
import pytest
from support.hostile import fuzzing
from support.hostile.fuzzing import outcome

from device_models.errors import CrossbarError


class _Careless(CrossbarError):
    def __init__(self, text):
        Exception.__init__(self, text)


def _refuse(text):
    raise _Careless(text)


def test_an_input_is_accepted_or_refused_in_words():
    assert outcome(lambda: 1) == "accepted"
    assert outcome(lambda: _refuse("no")) == "refused"


@pytest.mark.parametrize("text", ["", "a\n\nb", "x" * 501])
def test_a_refusal_without_a_word_or_with_too_many_fails(text):
    with pytest.raises(AssertionError):
        outcome(lambda: _refuse(text))


def test_any_other_exception_fails():
    with pytest.raises(TypeError):
        outcome(lambda: None + 1)


def _compute_for_ever():
    """In Python, which heeds signals: one call of a C function would end first."""
    while True:
        pass


def test_time_is_bounded(monkeypatch):
    monkeypatch.setattr(fuzzing, "MOST_SECONDS", 0.2)
    with pytest.raises(fuzzing.TooLong):
        outcome(lambda: time.sleep(5))
    with pytest.raises(fuzzing.TooLong):
        outcome(_compute_for_ever)


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(fuzzing, "MOST_BYTES", 2**20)
    peak = fuzzing._peak_bytes()
    with pytest.raises(AssertionError, match="GiB"):
        outcome(lambda: np.ones(peak // 8 + 2**25))
