"""Two finished runs compared, point by point: what the second has less than or above the first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossbar_nsm.experiment.config.named_files import named_files
from crossbar_nsm.experiment.config.settings_text import label
from crossbar_nsm.experiment.studies.folder.results_folder import load_results
from crossbar_nsm.experiment.studies.pairs import Pair, holm, pair
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.verdict.pairs_verdict import pairs_verdict
from crossbar_nsm.statistics.equivalence import checked_margin
from device_models.checks.arguments import a_number, a_path, checked, optional
from device_models.errors import CrossbarError, explained_by
from device_models.files.frames import frame
from device_models.numerics import usual_numerics
from device_models.shown import shown

if TYPE_CHECKING:
    import polars


@shown
@dataclass(frozen=True)
class RunsComparison:
    """pairs: second run less first. left_out: one line for every point without a partner or without results, for
    partners of which no chip has a result in both, and for chips that have none in a run that was to have them."""

    first: str
    second: str
    pairs: list[Pair]
    left_out: list[str]

    @property
    def verdict(self) -> list[str]:
        """Which pairs differ, in sentences."""
        return pairs_verdict(self.pairs, (self.first, self.second))

    def as_dict(self) -> dict[str, Any]:
        """What `compare RUN_A RUN_B --json` prints."""
        rows, whose = [one.as_dict() for one in self.pairs], {"first": self.first, "second": self.second}
        return {"config": None, "rows": rows, **whose, "left_out": self.left_out, "verdict": self.verdict}

    def table(self) -> polars.DataFrame:
        """One row per pair."""
        return frame(pair.as_dict() for pair in self.pairs)


@explained_by("compare_settings")
@checked(first=a_path, second=a_path, margin=optional(a_number()))
@usual_numerics()
def compare_runs(first: str | Path, second: str | Path, margin: float | None = None) -> RunsComparison:
    """Folders of two runs. Points with equal values of all keys that both have swept are partners; without such a key
    a single point is the partner of every point of the other run. margin: of error, a fraction (default:
    `evaluation.margin` of the runs).

    Raises CrossbarError for a folder that holds no run of this version, or runs that cannot be compared.
    """
    here, there = load_results(first), load_results(second)
    given = (margin, here.config.evaluation.margin, there.config.evaluation.margin)
    margin = next((checked_margin(one) for one in given if one is not None), None)
    shared = _shared_keys(here, there, first, second)
    partners = [(point, other) for point in here.points for other in there.points if _agree(point, other, shared)]
    apart = [(a, b) for a, b in partners if a.chips and b.chips and not a.chips.keys() & b.chips.keys()]
    together = [(a, b) for a, b in partners if a.chips.keys() & b.chips.keys()]
    pairs = [pair(a, b, margin) for a, b in together]
    left_out = [
        *_left_out(first, here.points, [a for a, _ in partners]),
        *_left_out(second, there.points, [b for _, b in partners]),
        *(f"{first}: {label(a.name, a.settings)}: no chip has a result in both" for a, _ in apart),
        *_without_result(first, here.points, [a for a, _ in together]),
        *_without_result(second, there.points, [b for _, b in together]),
    ]
    if not pairs:
        raise CrossbarError(f"{first} and {second} have nothing to compare: {'; '.join(left_out)}")
    return RunsComparison(str(first), str(second), holm(pairs), left_out)


def _shared_keys(here: Results, there: Results, first: str | Path, second: str | Path) -> list[str]:
    """Keys that both have swept; raises CrossbarError where there is none and points cannot be told apart without."""
    shared = [key for key in here.swept if key in there.swept]
    if not shared and min(len(here.points), len(there.points)) > 1:
        raise CrossbarError(
            f"{first} sweeps {', '.join(here.swept)}, {second} {', '.join(there.swept)}: no common key says which "
            "points belong together; compare runs that sweep the same key, or have a single point"
        )
    return shared


def _agree(point: PointResults, other: PointResults, keys: list[str]) -> bool:
    return all(point.settings[key] == other.settings[key] or _same_file(point, other, key) for key in keys)


def _same_file(point: PointResults, other: PointResults, key: str) -> bool:
    """Whether both points name one file by this key, in other words where they ran in other folders."""
    if not all(any(named_files({key: one.settings[key]})) for one in (point, other)):
        return False
    whole = key.removesuffix(".preset").split(".")
    here, there = (reduce(lambda part, name: part[name], whole, one.config.model_dump()) for one in (point, other))
    return bool(here == there)


def _left_out(run: str | Path, points: list[PointResults], with_partner: list[PointResults]) -> list[str]:
    """Points of a run that have no partner, or no results."""
    lines = []
    for point in points:
        what = f"{run}: {label(point.name, point.settings)}"
        if not any(point is other for other in with_partner):
            lines.append(f"{what}: no partner")
        elif not point.chips:
            lines.append(f"{what}: no results")
    return lines


def _without_result(run: str | Path, points: list[PointResults], compared: list[PointResults]) -> list[str]:
    """Chips of points that are compared without them."""
    lines = []
    for point in points:
        gone = [str(chip) for chip in range(point.config.evaluation.chips) if chip not in point.chips]
        if gone and any(point is one for one in compared):
            lines.append(f"{run}: {label(point.name, point.settings)}: no result of chip {', '.join(gone)}")
    return lines
