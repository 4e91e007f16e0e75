"""What the predictions are worth: calibration of their confidence, and which classes are taken for which."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.experiment.studies.results import PointResults, Results
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.figures.predictions import ReliabilityPanel, confusion_matrix, reliability
from crossbar_nsm.report.page.parts import Section
from crossbar_nsm.report.points.words import extremes, file_part, point_text, sentence


def reliability_diagram(results: Results, drawings: Drawings) -> Section:
    """Accuracy against confidence: ideal software, best and worst point."""
    panels = [
        ReliabilityPanel.of(name, trial.prediction.probability[None], trial.labels)
        for name, trial in list(results.ideal.items())[:1]
    ]
    found = extremes(results)
    panels += [ReliabilityPanel.of(words, *_probability(point)) for words, point in found.items()]
    if not panels:
        return Section("Reliability", ("No trial has a result.",))
    where = ". ".join(f"{sentence(words)}: {point_text(results, point)}" for words, point in found.items())
    text = f"Accuracy against confidence in 15 bins, on the diagonal when calibrated. {where}."
    return Section("Reliability", figures=(drawings.add("reliability", reliability(panels), text),))


def confusion(results: Results, drawings: Drawings) -> Section:
    """True against predicted classes at the best and the worst point."""
    found = extremes(results)
    if not found:
        return Section("Confusion matrix", ("No trial has a result.",))
    figures = tuple(
        drawings.add(
            f"confusion_{file_part(words)}",
            confusion_matrix(*_probability(point)),
            f"Numbers of images, mean over chips, {words}: {point_text(results, point)}.",
        )
        for words, point in found.items()
    )
    return Section("Confusion matrix", figures=figures)


def _probability(point: PointResults) -> tuple[np.ndarray, np.ndarray]:
    """Mean class probabilities (chips, images, classes), and labels (images)."""
    chips = list(point.chips.values())
    return np.stack([chip.prediction.probability for chip in chips]), chips[0].labels
