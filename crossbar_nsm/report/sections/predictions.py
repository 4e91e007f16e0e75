"""What the predictions are worth: calibration of their confidence, and which classes are taken for which."""

from __future__ import annotations

from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.figures.predictions import ReliabilityPanel, confusion_matrix, reliability
from crossbar_nsm.report.page.parts import Section
from crossbar_nsm.report.points.examples import examples
from crossbar_nsm.report.points.words import software_of, software_text


def reliability_diagram(results: Results, drawings: Drawings) -> Section | None:
    """Accuracy against confidence: ideal software, best and worst point; None without any."""
    chosen = examples(results)
    software = software_of(results, [one.point for one in chosen])
    panels = [
        ReliabilityPanel.of(software_text(results, one), one.result.prediction.probability[None], one.result.labels)
        for one in software
    ]
    panels += [ReliabilityPanel.of(one.words, one.point.probability, one.point.labels) for one in chosen]
    if not panels:
        return None
    where = "".join(f" {one.text(results)}." for one in chosen)
    text = f"Accuracy against confidence in 15 bins, on the diagonal when calibrated.{where}"
    return Section("Reliability", figures=(drawings.add("reliability", reliability(panels), text),))


def confusion(results: Results, drawings: Drawings) -> Section | None:
    """True against predicted classes at the best and the worst point; None without any."""
    figures = tuple(
        drawings.add(
            f"confusion_{one.file_part}",
            confusion_matrix(one.point.probability, one.point.labels),
            f"{one.text(results)}. Numbers of images, mean over chips.",
        )
        for one in examples(results)
    )
    return Section("Confusion matrix", figures=figures) if figures else None
