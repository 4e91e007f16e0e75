"""What the answer of a report says of limits and of cost, computed again."""

import re
from types import SimpleNamespace

import pytest
from support.results import fake_results
from support.verdict.words import NUMBER, UNITS

from crossbar_nsm.report.sections.answer import cost_lines, limit_lines
from crossbar_nsm.report.sections.hardware import example_chips

COST = re.compile(
    r"An image costs(?P<best> on the best)? (?P<reads>\d+) reads of its arrays \((?P<samples>\d+) samples of "
    rf"(?P<each>\d+)\), (?P<time>{NUMBER}) (?P<unit>\w+) with a sample every (?P<every>{NUMBER}) "
    r"(?P<unit_of_every>\w+); energy is not simulated\."
)


@pytest.mark.parametrize(("circuit", "reads"), [("none", 1), ("paired", 2)])
def test_the_cost_of_an_image_is_that_of_its_reads(circuit, reads):
    results = fake_results({"neuron.scaling": [circuit], "read.interval_s": [3e-7]}, chips=1, images=50)
    (line,) = cost_lines(example_chips(results))
    said = COST.fullmatch(line)
    samples, layers = results.config.evaluation.samples, 3  # of mnist_mlp, whose output is digital
    assert said["best"] is None
    assert int(said["samples"]) == samples
    assert int(said["each"]) == reads * layers
    assert int(said["reads"]) == samples * reads * layers
    every = float(said["every"]) * UNITS[said["unit_of_every"]]
    assert every == pytest.approx(3e-7, rel=0.01)
    assert float(said["time"]) * UNITS[said["unit"]] == pytest.approx(samples * 3e-7, rel=0.01)


def test_without_chips_nothing_is_said_of_cost():
    assert cost_lines([]) == []


def test_what_limits_is_what_the_budget_found():
    budget = SimpleNamespace(images=300, chips=3, verdict=["It costs.", "Wires cost most.", "Nothing mends."])
    assert limit_lines(None) == []
    assert limit_lines(budget) == [
        "What limits the base configuration, by its error budget (300 images, 3 chips): It costs. Wires cost most."
    ]
