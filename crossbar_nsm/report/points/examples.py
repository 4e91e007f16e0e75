"""The points of a study that its report looks at more closely, and how many others would have done as well."""

from __future__ import annotations

from dataclasses import dataclass

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.verdict.standing import standing
from crossbar_nsm.report.points.words import point_text, sentence

NLL = ".4f"  # as the report shows it


@dataclass(frozen=True)
class Example:
    """end: `lowest NLL`, `highest NLL`, or what else the point stands for. tied: how many points tie, this one among
    them."""

    end: str
    point: PointResults
    tied: int = 1

    @property
    def words(self) -> str:
        """`lowest NLL, one of 6 that tie`."""
        return self.end if self.tied == 1 else f"{self.end}, one of {self.tied} that tie"

    @property
    def file_part(self) -> str:
        """As part of a file's name."""
        return self.end.lower().replace(" ", "_")

    def text(self, results: Results) -> str:
        """`Lowest NLL: ` and what the point is."""
        return f"{sentence(self.words)}: {point_text(results, self.point)}"


def examples(results: Results) -> list[Example]:
    """Points of the lowest and of the highest NLL; one where there is but one, or all have the same; none when no chip
    has a result. Ties are those of the verdict; where points have seen different images there are none."""
    ranked = sorted((point.row.nll, index) for index, point in enumerate(results.points) if point.row is not None)
    if not ranked:
        return []
    best, worst = (results.points[index] for _, index in (ranked[0], ranked[-1]))
    if len(ranked) == 1:
        return [Example(f"the one setting{'' if len(results.points) == 1 else ' with a result'}", best)]
    found = standing(results.points)
    if format(ranked[0][0], NLL) == format(ranked[-1][0], NLL):
        return [Example("the same NLL everywhere", best, len(ranked) if found else 1)]
    if found is None:
        return [Example("lowest NLL", best), Example("highest NLL", worst)]
    return [
        Example("lowest NLL", found.best[0], len(found.best)), Example("highest NLL", found.worst[0], len(found.worst)),
    ]  # fmt: skip
