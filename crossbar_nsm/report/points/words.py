"""Points of a study in words, and those that the report looks at more closely."""

from __future__ import annotations

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.points.swept_parameter import SweptParameter, settings_text, swept_parameters

IN_THE_NAME = ("device", "neuron.scaling")  # of a point, where they are names themselves


def named_parameters(results: Results) -> list[SweptParameter]:
    """The swept parameters that a point's name does not tell."""
    return [
        parameter
        for key, parameter in swept_parameters(results.swept).items()
        if key not in IN_THE_NAME or not all(isinstance(value, str) for value in parameter.values)
    ]


def point_text(results: Results, point: PointResults) -> str:
    """The point's name and settings."""
    settings = settings_text(named_parameters(results), point.settings)
    return point.name + (f", {settings}" if settings else "")


def extremes(results: Results) -> dict[str, PointResults]:
    """The points of lowest and of highest NLL, by those words; a single point is `the one setting`; none when no chip
    has a result."""
    ranked = sorted((point.row.nll, index) for index, point in enumerate(results.points) if point.row is not None)
    if not ranked:
        return {}
    chosen = [results.points[index] for _, index in (ranked[0], ranked[-1])]
    if len(ranked) == 1:
        return {"the one setting": chosen[0]}
    return {"lowest NLL": chosen[0], "highest NLL": chosen[1]}


def sentence(words: str) -> str:
    """With a capital first letter."""
    return words[:1].upper() + words[1:]


def file_part(words: str) -> str:
    """`lowest NLL` as part of a file's name."""
    return words.lower().replace(" ", "_")
