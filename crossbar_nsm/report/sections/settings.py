"""How the outcome depends on what was swept."""

from __future__ import annotations

from itertools import combinations

from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.figures.comparison import device_comparison
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.figures.heat_maps import heat_map
from crossbar_nsm.report.figures.recovery import recovered_beta_against, recovered_beta_of
from crossbar_nsm.report.figures.sweep import against_parameter
from crossbar_nsm.report.page.parts import LeftOut, PageFigure, Section
from crossbar_nsm.report.points.examples import examples
from crossbar_nsm.report.points.groups import leading_parameters
from crossbar_nsm.report.points.measures import PointMeasure

MEASURES: dict[PointMeasure, str] = {"error": "Error", "nll": "NLL"}
MOST_HEAT_MAPS = 3
BANDS = (
    "Points: means over chips; band: range over chips; bars: 95 % interval over images; dashed: ideal software on the "
    "same images."
)


def against_settings(results: Results, drawings: Drawings) -> Section | LeftOut | None:
    """Error and NLL against each swept parameter; None without a result."""
    if not results.swept:
        return LeftOut("error and NLL against settings", "sweep one, as configs/studies/read_noise.yaml does")
    if not results.rows:
        return None
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
    return Section("Error and NLL against each setting", figures=tuple(figures))


def heat_maps(results: Results, drawings: Drawings) -> Section | LeftOut | None:
    """NLL and error over every pair of numeric parameters that was swept as a grid; None without a result."""
    numeric = [key for key, parameter in leading_parameters(results).items() if parameter.numeric]
    pairs = [pair for pair in combinations(numeric, 2) if _is_grid(results, *pair)]
    if not pairs:
        return LeftOut("heat maps", "sweep two numbers, every value of one with every value of the other")
    if not any(point.chips for point in results.points):
        return None
    figures = [
        drawings.add(f"{measure}_of_{_name(x, y)}", heat_map(results, x, y, measure), f"{name} over {x} and {y}.")
        for x, y in pairs[:MOST_HEAT_MAPS]
        for measure, name in MEASURES.items()
    ]
    left_out = f"{len(pairs) - MOST_HEAT_MAPS} more pairs are left out." if len(pairs) > MOST_HEAT_MAPS else ""
    return Section("Two settings together", (left_out,) if left_out else (), tuple(figures))


def recovered(results: Results, drawings: Drawings) -> Section | None:
    """What calibration made of the trained beta: at the best and the worst point, and against each parameter; None
    where no layer has a beta."""
    figures: list[PageFigure] = []
    for one in examples(results):
        if any(chip.recovery for chip in one.point.chips.values()):
            text = f"{one.text(results)}. Recovered against trained beta of every neuron."
            figures.append(drawings.add(f"recovered_beta_{one.file_part}", recovered_beta_of(one.point), text))
    if not figures:
        return None
    for key, parameter in leading_parameters(results).items():
        if parameter.numeric and key not in ("evaluation.samples", "evaluation.images"):  # beta is set before
            text = f"Recovered over trained beta against {key}: median and 10th to 90th percentile of neurons."
            figures.append(drawings.add(_name("beta", key), recovered_beta_against(results, key), text))
    text = "From the moments that calibration knows; the trained network is given back where recovered = trained."
    return Section("Recovered beta", (text,), tuple(figures))


def _name(*parts: str) -> str:
    return "_".join(part.replace(".", "_") for part in parts)


def _is_grid(results: Results, key_x: str, key_y: str) -> bool:
    """Whether every value of one was run with every value of the other."""
    pairs = {(point.settings[key_x], point.settings[key_y]) for point in results.points}
    return len(pairs) == len(results.swept[key_x]) * len(results.swept[key_y])
