"""Beside a best setting that nobody builds stands one that can be built, where one ties with it."""

import pytest
from support.verdict.made import made_study
from support.verdict.recomputed import Recomputed
from support.verdicts import check_sentence, check_verdict

from crossbar_nsm.experiment.studies.verdict.study_verdict import study_verdict

BUILT = "; d/{}, which can be built, ties with it"
CLOSE = {"digital": (0.06,), "paired": (0.064, 16), "averaged": (0.063, 16), "none": (0.09,), "replica": (0.1,)}


def first_said(nll):
    """(study, the sentence of the best)."""
    study = made_study(*(({"neuron.scaling": name}, *each) for name, each in nll.items()))
    found = study_verdict(study.points, {"neuron.scaling": list(nll)})
    check_verdict(study, found)
    return study, found[0]


@pytest.mark.parametrize("circuits", [list(CLOSE), ["digital", "none", "averaged"]])
def test_a_circuit_that_ties_with_digital_is_named(circuits):
    study, sentence = first_said({name: CLOSE[name] for name in circuits})
    assert "d/digital" in sentence
    assert sentence.endswith(f"{BUILT.format('averaged')}.")
    for wrong in ("", BUILT.format("none"), BUILT.format("paired")):
        with pytest.raises(AssertionError):
            check_sentence(Recomputed(study), sentence.replace(BUILT.format("averaged"), wrong))


@pytest.mark.parametrize(
    "nll", [{"digital": (0.06,), "none": (0.09,), "replica": (0.1,), "paired": (0.07,)}, {**CLOSE, "digital": (0.064,)}]
)
def test_none_that_ties_or_a_best_that_can_be_built(nll):
    study, sentence = first_said(nll)
    assert "built" not in sentence
    with pytest.raises(AssertionError):
        check_sentence(Recomputed(study), f"{sentence[:-1]}{BUILT.format('paired')}.")
