"""Along an axis a limit is claimed where all settings beyond are worse; otherwise the values are named."""

import pytest
from support.verdict.made import made_study
from support.verdict.recomputed import Recomputed
from support.verdicts import check_sentence, check_verdict

from crossbar_nsm.experiment.studies.verdict.study_verdict import study_verdict

WIDE = 16  # that an NLL is not significantly above software's
ABOVE = "Neither error nor NLL significantly above software's"
BEST = "No difference from the best found"
BITS = "array.adc.bits"


def along(key, nll, head=ABOVE):
    """(study, the sentence). nll: by value of the key, (NLL, one_in)."""
    study = made_study(*(({key: value}, *each) for value, each in nll.items()))
    found = study_verdict(study.points, {key: list(nll)})
    check_verdict(study, found)
    (sentence,) = [one for one in found if one.startswith(f"{head}, along {key}: ")]
    return study, sentence


def clause(*given):
    return along(*given)[1].partition("along ")[2].partition(": ")[2]


def assert_false(study, key, head, *clauses):
    for wrong in clauses:
        with pytest.raises(AssertionError):
            check_sentence(Recomputed(study), f"{head}, along {key}: {wrong}.")


def test_values_of_lower_nll_are_not_called_worse():
    """4 bits are not significantly above for their wide interval alone; 6, 8 and 10 have a lower NLL."""
    nll = {2: (0.110,), 3: (0.078,), 4: (0.064, WIDE), 5: (0.066,), 6: (0.063,), 8: (0.062,), 10: (0.063,)}
    study, sentence = along(BITS, nll)
    assert sentence == f"{ABOVE}, along {BITS}: at 4 alone."
    assert_false(study, BITS, ABOVE, "from 4 to 4, worse beyond", "at 4, worse beyond", "at 4, 6 alone")


def test_an_end_with_higher_nll_than_the_values_beyond_is_no_limit():
    nll = {2: (0.062, WIDE), 4: (0.061, WIDE), 6: (0.0605,), 8: (0.0603,)}
    study, sentence = along(BITS, nll)
    assert sentence.endswith(": at 2, 4 alone.")
    assert_false(study, BITS, ABOVE, "up to 4, worse from 6 up")


def test_a_gap_is_named():
    """Nothing is as software; the best is 64, and 16, 128 and 512 are not significantly above it."""
    key = "array.rows"
    nll = {16: (0.1, 8), 32: (0.095,), 64: (0.09,), 128: (0.101, 8), 256: (0.12,), 512: (0.102, 8)}
    study, sentence = along(key, nll, BEST)
    assert sentence == f"{BEST}, along {key}: at 16, 64, 128, 512 alone."
    assert_false(study, key, BEST, "at 4 of 6 values", "at 16, 64, 128 alone", "at all but 32")


@pytest.mark.parametrize(
    ("nll", "said"),
    [
        ({2: (0.06, WIDE), 3: (0.061, WIDE), 4: (0.07,), 5: (0.08,)}, "up to 3, worse from 4 up."),
        ({2: (0.11,), 3: (0.078,), 4: (0.06, WIDE), 5: (0.061, WIDE)}, "from 4 up, worse from 3 down."),
        ({2: (0.11,), 3: (0.061, WIDE), 4: (0.06, WIDE), 5: (0.07,)}, "from 3 to 4, worse beyond."),
        ({2: (0.11,), 3: (0.078,), 4: (0.06, WIDE), 5: (0.07,)}, "at 4, worse beyond."),
    ],
)
def test_limits(nll, said):
    assert clause(BITS, nll) == said
    study, _ = along(BITS, nll)
    assert_false(study, BITS, ABOVE, f"at {', '.join(str(bits) for bits, each in nll.items() if len(each) > 1)} alone")


@pytest.mark.parametrize("good", [8, 9, 12])
def test_many_values(good):
    """Of twenty, every other one at first: up to eight are named, or else the others, or else how many."""
    nll = {bits: (0.064, WIDE) if bits % 2 and bits < 2 * good else (0.0635,) for bits in range(1, 25)}
    said = clause(BITS, nll)
    assert said == ("at 1, 3, 5, 7, 9, 11, 13, 15 alone." if good == 8 else f"at {good} of 24 values.")
    assert clause(BITS, {bits: nll[bits] for bits in range(1, 18)}) == (
        "at 1, 3, 5, 7, 9, 11, 13, 15 alone." if good == 8 else "at all but 2, 4, 6, 8, 10, 12, 14, 16."
    )


def test_names_are_named_by_the_fewer():
    good, bad = (0.06, WIDE), (0.07,)
    four = {f"device_{letter}": good if letter in "aceg" else bad for letter in "abcdefgh"}
    study, sentence = along("device", four)
    assert sentence.endswith(": at device_a, device_c, device_e, device_g.")
    assert_false(study, "device", ABOVE, "at 4 of 8 values")
    assert clause("device", dict.fromkeys(four, good) | {"last": bad}) == "at all but last."
    long = {name * 10: each for name, each in four.items()}
    assert clause("device", long) == "at 4 of 8 values."
