"""What a verdict begins with, for outcomes that are known: by measure and size, of these chips, and never against a
guess."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from support.trials import trial_result
from support.verdicts import check_verdict

from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.verdict.measured import measured_line
from crossbar_nsm.experiment.studies.verdict.setting import settings_of
from crossbar_nsm.experiment.studies.verdict.study_verdict import study_verdict
from crossbar_nsm.neuron.config import NeuronConfig

LABELS = np.arange(400) % 3


def of(error, sure):
    """A trial: wrong on the first images, a share `error`; of so large a probability, the rest is shared."""
    result = trial_result(np.random.default_rng(0), LABELS, 0.0)
    named = (LABELS + (np.arange(len(LABELS)) < len(LABELS) * error)) % 3
    probability = np.where(np.eye(3)[named] > 0, sure, (1 - sure) / 2).astype(np.float32)
    prediction = Prediction(probability, result.prediction.pass_entropy, result.prediction.samples)
    return SimpleNamespace(**{**vars(result), "prediction": prediction})


def made(software, *hardware, chips=1, margin=None):
    """Points of (error, sure)."""
    evaluation = SimpleNamespace(margin=margin, samples=10)
    return [
        PointResults(
            {"device": f"d{index}"},
            SimpleNamespace(hardware_name=f"d{index}/paired", evaluation=evaluation, neuron=NeuronConfig()),
            {chip: of(*one) for chip in range(chips)},
            {},
            of(*software),
        )
        for index, one in enumerate(hardware)
    ]


def said(points):
    found = study_verdict(points, {})
    check_verdict(SimpleNamespace(points=points, missing=0, failures=[]), found)
    return found


@pytest.mark.parametrize(
    ("software", "hardware", "begins"),
    [
        ((0.1, 0.8), (0.1, 0.8), "No difference from ideal software found on this chip in error or NLL"),
        ((0.1, 0.8), (0.3, 0.8), "Worse than ideal software on this chip in error (+"),
        ((0.3, 0.8), (0.1, 0.8), "Better than ideal software on this chip in error (-"),
        ((0.1, 0.8), (0.1, 0.6), "Error as ideal software's on this chip, as far as 400 images tell; NLL (misfit"),
        ((0.1, 0.4), (0.2, 0.8), "Error higher than ideal software's on this chip (+"),
    ],
)
def test_a_lead_says_which_measure_and_how_much(software, hardware, begins):
    first, *_ = said(made(software, hardware))
    assert first.startswith(begins)


@pytest.mark.parametrize(
    ("hardware", "begins"),
    [
        ((0.1, 0.8), "Equal to ideal software within 5 points of error on this chip; no difference found in NLL"),
        ((0.1, 0.6), "Equal to ideal software within 5 points of error on this chip; NLL (misfit of"),
        ((0.12, 0.8), "Equal to ideal software within 5 points of error on this chip; error higher (+"),
        ((0.3, 0.8), "Equality with ideal software within 5 points of error on this chip is not established. Worse"),
    ],
)
def test_a_margin_leads(hardware, begins):
    first, *_ = said(made((0.1, 0.8), hardware, margin=0.05))
    assert first.startswith(begins)


@pytest.mark.parametrize("points", [1, 2, 5])
def test_nothing_is_claimed_beside_a_guess(points):
    """Two thirds wrong of three classes, or all; 0.55 is better than chance (p 1e-6: 220 of 400) and is not accused."""
    for error, what, likely in ((0.68, "no better", "orientation?"), (0.99, "worse", "shifted or in another order")):
        guess, hardware = said(made((error, 0.8), *[(0.1 * (1 + index), 0.8) for index in range(points)]))
        assert guess.startswith(f"Ideal software itself is {what} than a guess (")
        assert "67 % is chance" in guess
        assert "labels" in guess
        assert likely in guess
        assert hardware.endswith("beside a guess nothing is claimed.")
    assert not any("guess" in sentence for sentence in said(made((0.55, 0.8), (0.5, 0.8))))


@pytest.mark.parametrize("points", [1, 2, 5])
@pytest.mark.parametrize(("images", "begins"), [(1, "1 image cannot"), (2, "2 images cannot"), (3, None)])
def test_so_few_images_that_a_guess_may_get_all_of_them_right(monkeypatch, points, images, begins):
    """Of three classes: 1/3, 1/9 and 1/27. All images are right in software and hardware."""
    monkeypatch.setattr(sys.modules[__name__], "LABELS", LABELS[:images])
    made_points = made((0, 0.8), *[(0, 0.8 - 0.01 * index) for index in range(points)])
    found = study_verdict(made_points, {}) if images == 1 else said(made_points)  # which needs a spread of images
    assert (found[-1] == f"{begins} tell whether ideal software is better than a guess.") == (begins is not None)
    assert "than a guess (" not in " ".join(found)


def test_confidence_is_that_beside_software():
    """60 % sure and right in 90 %, as software is: no fault of the hardware."""
    (same,) = settings_of(made((0.1, 0.6), (0.1, 0.6)), {})
    assert measured_line(same, "its chips") == []
    (other,) = settings_of(made((0.1, 0.6), (0.1, 0.7)), {})
    (sentence,) = measured_line(other, "its chips")
    assert sentence.startswith("Measured on its chips: overconfident beside ideal software: 70.0 % sure on")
    assert "software 60.0 %" in sentence


def test_equal_results_are_no_tie():
    first, *rest = study_verdict(made((0.1, 0.8), (0.1, 0.8), (0.1, 0.8)), {})
    assert first == "All 2 settings give the same results; what follows is of one of them."
    assert rest[0].startswith("No difference from ideal software found on this chip")
    lowest, same, worse, *_ = said(made((0.1, 0.8), (0.1, 0.8), (0.1, 0.8), (0.3, 0.8)))
    assert lowest.startswith("Lowest NLL (misfit of probabilities) on this chip: d0/paired")
    assert same == "The same results as the best: d1/paired."
    assert worse.startswith("Higher error and NLL than the best: d2/paired has ")


def test_other_images_have_no_best():
    first, other = made((0.1, 0.8), (0.1, 0.7), (0.3, 0.8))
    other.chips[0].images_digest = other.reference.images_digest = "others"
    lines = said([first, other])
    assert lines[0].startswith("d0/paired has 10.00 % error, as ideal software's 10.00 % (")
    assert not any("best:" in line.lower() or "than the best" in line for line in lines)
