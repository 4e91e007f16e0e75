"""Every sentence of a budget's verdict, and its numbers, from rows whose changes are known."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.budget.rows import BudgetRow, Change
from crossbar_nsm.experiment.config.load import load_config

CONFIG = Path(__file__).parents[4] / "configs" / "mnist_mlp_rram.yaml"
STEPS = {  # NLL change and half of its interval: in the ladder, alone, left out
    "circuit": ((0.001, 0.002),),
    "programming": ((0.030, 0.004), (0.030, 0.004), (0.031, 0.004)),
    "wires": ((0.015, 0.005), (0.002, 0.001), (0.015, 0.005)),
    "stuck_cells": ((0.000, 0.001), (0.000, 0.001), (0.000, 0.001)),
    "g_min": ((-0.006, 0.001), (0.000, 0.001), (-0.006, 0.001)),
}
ERROR = Change(0.0, 0.0, 0.0, 0.0)


def change(mean, half, chips):
    return Change(mean) if chips == 1 else Change(mean, half / 2, mean - half, mean + half)


def made(chips=3, steps=STEPS):
    def row(view, effect, of_nll):
        changes = None if of_nll is None else {"error": ERROR, "nll": change(*of_nll, chips), "ece": ERROR}
        if changes and chips == 1:
            changes |= {"error": Change(0.0), "ece": Change(0.0)}
        return BudgetRow(view, effect, 0.02, 0.05, 0.01, changes, None, "moments")

    ladder = [row("ladder", "ideal_software", None), *(row("ladder", name, views[0]) for name, views in steps.items())]
    others = {name: views for name, views in steps.items() if len(views) > 1}
    rows = [*ladder, *(row("alone", name, views[1]) for name, views in others.items())]
    rows += [row("left_out", name, views[2]) for name, views in others.items()]
    nll = sum(views[0][0] for views in steps.values())
    error = Change(0.004) if chips == 1 else Change(0.004, 0.002, -0.001, 0.009)
    total = {"error": error, "nll": change(nll, 0.006, chips), "ece": ERROR}
    return Budget(load_config(CONFIG), dict.fromkeys(others, ""), rows, total, 300, 10, 20, chips, 1.0)


def test_several_chips():
    assert made().verdict == [
        "Hardware minus ideal software: NLL (misfit of probabilities) +0.0400 (+0.0340 to +0.0460) on 0.0500 "
        "(significant), error +0.40 (-0.10 to +0.90) points on 2.00 % (not significant); 95 % over 3 "
        "chips, on these 300 images.",
        "Most of that NLL, step by step: programming +0.0300 (+0.0260 to +0.0340), 75 %; "
        "wires +0.0150 (+0.0100 to +0.0200), 38 %.",
        "No significant change of error or NLL: circuit, stuck_cells.",
        "Steps that lower NLL: g_min -0.0060 (-0.0070 to -0.0050).",
        "wires costs more beside the other effects: NLL +0.0150 (+0.0100 to +0.0200) in the whole hardware, "
        "+0.0020 (+0.0010 to +0.0030) alone.",
    ]


@pytest.mark.parametrize(("error", "classes", "guesses"), [(0.87, 10, True), (0.85, 10, False), (0.87, None, False)])
def test_nothing_is_told_beside_software_that_guesses(error, classes, guesses):
    """Of 300 images 261 or 255 wrong: P(at most that many | 270 expected, sd 5.2) is 0.055 and 0.004."""
    whole = made()
    rows = [replace(whole.rows[0], error=error), *whole.rows[1:]]
    said = replace(whole, rows=rows, classes=classes).verdict
    assert said[0].startswith("Ideal software itself is no better than a guess (87.00 % error; 90 %") is guesses
    assert said[0].startswith("Hardware minus ideal software") is not guesses


def test_one_image_is_no_guess_and_that_it_tells_nothing_is_said():
    whole = made()
    first, *_, last = replace(whole, images=1, rows=[replace(whole.rows[0], error=1.0), *whole.rows[1:]]).verdict
    assert first.startswith("Hardware minus ideal software")
    assert last == "1 image cannot tell whether ideal software is better than a guess."


def test_one_chip_shows_no_interval_and_says_so():
    total, most, none, lower, apart, chip = made(chips=1).verdict
    assert total.endswith("+0.0400 on 0.0500, error +0.40 points on 2.00 %; on one chip.")
    assert (
        most == "Most of that NLL, step by step: programming +0.0300, 75 %; wires +0.0150, 38 %; circuit +0.0010, 2 %."
    )
    assert none == "No change at all: stuck_cells."
    assert lower == "Steps that lower NLL: g_min -0.0060."
    assert apart.startswith("wires costs more beside the other effects")
    assert chip == "One chip: nothing is known of how far chips differ; evaluation.chips=5 tells."
    assert not any("significant" in sentence for sentence in made(chips=1).verdict)


def test_no_shares_of_a_cost_that_is_not_there():
    """Of a whole change of -0.014, of +0.034 of which steps take 0.012 back, and of 0.0205 of which one has 146 %."""
    for g_min, chips in ((-0.06, 3), (-0.012, 3), (-0.0255, 1)):
        changes = (g_min, 0.001)
        said = made(chips, STEPS | {"g_min": (changes, changes, changes)}).verdict
        assert said[1].startswith("Steps that raise NLL: programming +0.0300")
        assert not any(re.search(r"\d %[;.]", sentence) for sentence in said[1:])
    said = made(steps=STEPS | {"g_min": ((-0.06, 0.001), (-0.06, 0.001), (-0.06, 0.001))}).verdict
    assert said[1].startswith("Steps that raise NLL: programming +0.0300 (+0.0260 to +0.0340); wires")
    assert not any("%;" in sentence or re.search(r"\d %\.", sentence) for sentence in said[1:])


def test_an_effect_that_cannot_be_taken_out_is_not_judged():
    whole = made()
    rows = [replace(row, change=None) if row.view == "left_out" else row for row in whole.rows]
    assert not any("beside the other" in sentence for sentence in replace(whole, rows=rows).verdict)


@pytest.mark.parametrize("chips", [1, 3])
def test_json_has_it(chips):
    whole = made(chips)
    assert whole.as_dict()["verdict"] == whole.verdict
