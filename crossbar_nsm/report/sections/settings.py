"""How the outcome depends on what was swept."""

from __future__ import annotations

from itertools import combinations

from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.figures.comparison import device_comparison
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.figures.heat_maps import heat_map
from crossbar_nsm.report.figures.recovery import recovered_beta_against, recovered_beta_of
from crossbar_nsm.report.figures.sweep import against_parameter
from crossbar_nsm.report.page.parts import PageFigure, Section
from crossbar_nsm.report.points.groups import leading_parameters
from crossbar_nsm.report.points.measures import PointMeasure
from crossbar_nsm.report.points.words import extremes, file_part, point_text

MEASURES: dict[PointMeasure, str] = {"error": "Error", "nll": "NLL"}
MOST_HEAT_MAPS = 3
NOTHING_YET = "No trial has a result."
BANDS = (
    "Points: means over chips; band: range over chips; bars: 95 % interval over images; dashed: ideal software on the "
    "same images."
)


def against_settings(results: Results, drawings: Drawings) -> Section:
    """Error and NLL against each swept parameter, or of the one setting beside ideal software."""
    title = "Error and NLL against each setting"
    if not results.swept:
        return Section(title, ("Nothing was swept.",))
    if not results.rows:
        return Section(title, (NOTHING_YET,))
    figures = []
    parameters = leading_parameters(results)
    for key, parameter in parameters.items():
        for measure, name in MEASURES.items():
            if parameter.numeric:
                figure = against_parameter(results, key, measure)
                figures.append(drawings.add(_name(measure, key), figure, f"{name} against {key}. {BANDS}"))
    if not figures:  # names alone
        for measure, name in MEASURES.items():
            text = (
                f"{name} of every setting: mean over chips with the 95 % interval over images; ticks are single chips."
            )
            figures.append(drawings.add(f"{measure}_of_all", device_comparison(results, measure), text))
    return Section(title, figures=tuple(figures))


def heat_maps(results: Results, drawings: Drawings) -> Section:
    """NLL and error over every pair of numeric parameters that was swept as a grid."""
    title = "Two settings together"
    numeric = [key for key, parameter in leading_parameters(results).items() if parameter.numeric]
    pairs = [pair for pair in combinations(numeric, 2) if _is_grid(results, *pair)]
    if not pairs:
        return Section(
            title, ("A heat map needs two parameters with numbers, each swept over the values of the other.",)
        )
    if not any(point.chips for point in results.points):
        return Section(title, (NOTHING_YET,))
    figures = [
        drawings.add(f"{measure}_of_{_name(x, y)}", heat_map(results, x, y, measure), f"{name} over {x} and {y}.")
        for x, y in pairs[:MOST_HEAT_MAPS]
        for measure, name in MEASURES.items()
    ]
    left_out = f"{len(pairs) - MOST_HEAT_MAPS} more pairs are left out." if len(pairs) > MOST_HEAT_MAPS else ""
    return Section(title, (left_out,) if left_out else (), tuple(figures))


def recovered(results: Results, drawings: Drawings) -> Section:
    """What calibration made of the trained beta: at the best and the worst point, and against each parameter."""
    title = "Recovered beta"
    figures: list[PageFigure] = []
    for words, point in extremes(results).items():
        if any(chip.recovery for chip in point.chips.values()):
            text = f"Recovered against trained beta of every neuron, {words}: {point_text(results, point)}."
            figures.append(drawings.add(f"recovered_beta_{file_part(words)}", recovered_beta_of(point), text))
    if not figures:
        return Section(title, ("No layer has a beta to recover.",))
    for key, parameter in leading_parameters(results).items():
        if parameter.numeric and key not in ("evaluation.samples", "evaluation.images"):  # beta is set before
            text = f"Recovered over trained beta against {key}: median and 10th to 90th percentile of neurons."
            figures.append(drawings.add(_name("beta", key), recovered_beta_against(results, key), text))
    text = "From the moments that calibration knows; the trained network is given back where recovered = trained."
    return Section(title, (text,), tuple(figures))


def _name(*parts: str) -> str:
    return "_".join(part.replace(".", "_") for part in parts)


def _is_grid(results: Results, key_x: str, key_y: str) -> bool:
    """Whether every value of one was run with every value of the other."""
    pairs = {(point.settings[key_x], point.settings[key_y]) for point in results.points}
    return len(pairs) == len(results.swept[key_x]) * len(results.swept[key_y])
