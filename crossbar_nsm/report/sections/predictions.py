"""What the predictions are worth: calibration of their confidence, and which classes are taken for which."""

from __future__ import annotations

from crossbar_nsm.experiment.studies.results import Results
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
    chosen = extremes(results)
    panels += [ReliabilityPanel.of(words, point.probability, point.labels) for words, point in chosen.items()]
    if not panels:
        return Section("Reliability", ("No trial has a result.",))
    where = ". ".join(f"{sentence(words)}: {point_text(results, point)}" for words, point in chosen.items())
    text = f"Accuracy against confidence in 15 bins, on the diagonal when calibrated. {where}."
    return Section("Reliability", figures=(drawings.add("reliability", reliability(panels), text),))


def confusion(results: Results, drawings: Drawings) -> Section:
    """True against predicted classes at the best and the worst point."""
    chosen = extremes(results)
    if not chosen:
        return Section("Confusion matrix", ("No trial has a result.",))
    figures = tuple(
        drawings.add(
            f"confusion_{file_part(words)}",
            confusion_matrix(point.probability, point.labels),
            f"Numbers of images, mean over chips, {words}: {point_text(results, point)}.",
        )
        for words, point in chosen.items()
    )
    return Section("Confusion matrix", figures=figures)
