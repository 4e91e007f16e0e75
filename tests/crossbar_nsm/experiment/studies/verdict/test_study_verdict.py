"""Every claim of a verdict is computed again from the trials, by other code (`support.verdicts`); a number, a word or a
result that is changed is found."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests
from support.studies import small_study
from support.verdict.recomputed import Recomputed, holm
from support.verdicts import check_sentence, check_verdict

from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.config.load import document_of
from crossbar_nsm.experiment.evaluate import run_trial
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.study import plan
from crossbar_nsm.experiment.studies.verdict.standing import standing

CONFIGS = Path(__file__).parents[5] / "configs"
NOISE = "device.read_noise.relative_sd: [0.005, 0.05, 0.3]"
SWEEPS = {
    "one": "{}",
    "few": "{neuron.scaling: [none, paired, replica]}",
    "line": "{array.r_row_ohm: [0, 300, 1000, 3000, 10000]}",
    "grid": f"{{{NOISE}, neuron.scaling: [none, paired]}}",
    "zip": "{zip: [{array.r_row_ohm: [0, 3000], array.r_col_ohm: [0, 3000]}], neuron.scaling: [none, paired, replica]}",
    "circuits": f"{{neuron.scaling: [digital, none, paired, averaged], {NOISE}}}",
    "few_circuits": "{neuron.scaling: [digital, none, paired]}",
    "names": "{device: [rram_illustrative, ideal, rram_cmo_hfox2025], neuron.scaling: [none, paired]}",
    "alike": "{device.read_noise.relative_sd: [0.1, 0.2, 0.3, 0.4]}",
    "few_samples": "{evaluation.samples: [1, 20]}",
    "samples": "{evaluation.samples: [1, 4, 30], device.programming.relative_sd: [0.02, 0.4]}",
}


def results_of(path, *overrides):
    study = plan(document_of(path, overrides))
    found = {trial.key: run_trial(trial) for trial in study.trials}
    points = [
        PointResults(p.settings, p.config, {t.chip: found[t.key] for t in p.chips}, {}, found[p.reference.key])
        for p in study.points
    ]
    return Results(study.config, points, {}, manifest={}, missing=0)


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Of a small network, by name of the sweep; made when first asked for."""
    path, known = small_study(tmp_path_factory.mktemp("study")), {}

    def study(name, *overrides):
        key = (name, *overrides)
        if key not in known:
            known[key] = results_of(path, f"sweep={SWEEPS[name]}", *overrides)
        return known[key]

    return study


@pytest.mark.parametrize("chips", [1, 2])
@pytest.mark.parametrize("name", SWEEPS)
def test_claims_are_true(studies, name, chips):
    results = studies(name, f"evaluation.chips={chips}")
    check_verdict(results, results.verdict)
    assert len(results.verdict) <= 7
    assert max(map(len, results.verdict)) < 300


def test_with_a_margin_and_with_trials_missing(studies):
    results = studies("few", "evaluation.chips=2").with_margin(0.1)
    assert results.verdict[0].startswith("Equality with ideal software within 10 points of error is ")
    check_verdict(results, results.verdict)
    several = replace(studies("grid", "evaluation.chips=2").with_margin(0.1), missing=3)
    assert several.verdict[0] == "Not finished: 3 trials without result; what follows is of the others."
    assert several.verdict[1].startswith("Equality with ideal software within 10 points of error is ")
    check_verdict(several, several.verdict)


@pytest.mark.parametrize("name", ["few", "grid", "line"])
def test_of_settings_that_have_run_on_different_chips(studies, name):
    """Chips that some lack: ratios are over those that both have, and what has none in common is not compared."""
    results, said = studies(name, "evaluation.chips=2"), []
    for seed in range(24):
        draw = np.random.default_rng(seed)
        left = [sorted(draw.choice(2, draw.integers(1, 3), replace=False)) for _ in results.points]
        points = [
            replace(point, chips={chip: point.chips[chip] for chip in chips})
            for point, chips in zip(results.points, left, strict=True)
        ]
        missing = sum(2 - len(chips) for chips in left)
        unfinished = replace(results, points=points, missing=missing)
        check_verdict(unfinished, unfinished.verdict)
        said += unfinished.verdict
    text = " ".join(said)
    assert "the best on 1 chip that both have" in text
    assert "no chip in common with" in text


LEVELS = r"\d+ % interval|\(\d+ % interval|at \d+ %|: \d+ %,|50 ± |it to \d+ point"
NO_CLAIM = rf"{LEVELS}|evaluation\.chips=\d+|evaluation\.margin.*"  # and advice
TURNED = {
    "more than": "less than",
    "not significant": "significant",
    "neither significant": "both significant",
    "Lowest": "Best: lowest",
    "Higher": "Lower",
    "higher": "lower",
    "up to": "from",
    "overconfident": "underconfident",
    "at every": "at no",
    "same samples": "same images",
    "Each beside": "Beside",
    "for none of": "for all",
    "the best's": "the",
    "Better": "Worse",
}


def falsified(text):
    """The sentence with one number a last digit more, or one word turned round, each in turn."""
    for number in re.finditer(r"\d+(?:\.\d+)?", text):
        digits = len(number[0].partition(".")[2])
        more = f"{float(number[0]) + 10.0**-digits:.{digits}f}"
        yield text[: number.start()] + more + text[number.end() :]
    for word, other in TURNED.items():
        for place in re.finditer(word, text):
            yield text[: place.start()] + other + text[place.end() :]


@pytest.mark.parametrize("name", ["one", "few", "grid", "line", "few_samples", "samples"])
def test_a_changed_number_or_word_is_found(studies, name):
    results = studies(name, "evaluation.chips=2")
    study, changed = Recomputed(results), 0
    for sentence in results.verdict:
        check_sentence(study, sentence)
        for wrong in falsified(sentence):
            if re.sub(NO_CLAIM, "", wrong) == re.sub(NO_CLAIM, "", sentence):
                continue
            with pytest.raises((AssertionError, KeyError, ValueError)):
                check_sentence(study, wrong)
            changed += 1
    assert changed > (8 if name == "one" else 20)


def test_a_changed_result_is_found(studies):
    """Sentences of one study are not true of another: of the best setting, half of the images go wrong."""
    results = studies("grid", "evaluation.chips=2")
    best = standing(results.points).best[0]
    points = [replace(point, chips=spoilt(point)) if point is best else point for point in results.points]
    spoiled = replace(results, points=points)
    check_verdict(spoiled, spoiled.verdict)
    assert spoiled.verdict != results.verdict
    with pytest.raises(AssertionError):
        check_verdict(spoiled, results.verdict)


def spoilt(point):
    def turned(prediction):
        probability = prediction.probability.copy()
        probability[::2] = np.roll(probability[::2], 1, axis=1)
        return Prediction(probability, prediction.pass_entropy, prediction.samples)

    return {number: replace(chip, prediction=turned(chip.prediction)) for number, chip in point.chips.items()}


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(CONFIGS.glob("mnist*.yaml")), ids=lambda path: path.stem)
def test_claims_of_shipped_configurations(path):
    few = () if "telegraph" in path.stem or "selector" in path.stem else ("evaluation.images=300",)
    results = results_of(path, "evaluation.samples=10", *few)
    check_verdict(results, results.verdict)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(CONFIGS.glob("studies/*.yaml")), ids=lambda path: path.stem)
def test_claims_of_shipped_studies(path):
    sampled = () if path.stem == "samples" else ("evaluation.samples=10",)
    results = results_of(path, "evaluation.images=400", "evaluation.chips=2", *sampled)
    check_verdict(results, results.verdict)


def test_the_correction_of_the_checker_is_that_of_statsmodels():
    draw = np.random.default_rng(3)
    for tests in (1, 2, 7, 40):
        p = np.round(draw.random(tests) ** 4, 2)  # some are equal
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], rel=1e-12)
    assert holm([]) == []
