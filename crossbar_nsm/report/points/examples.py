"""The points of a study that its report looks at more closely, and how many others would have done as well."""

from __future__ import annotations

from dataclasses import dataclass

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.points.words import point_text, sentence

NLL = ".4f"  # as the report shows it; what reads the same is a tie


@dataclass(frozen=True)
class Example:
    """end: `lowest NLL`, `highest NLL`, or what else the point stands for. tied: how many points have the same NLL as
    this one, as it is shown, this one included."""

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
    """Points of the lowest and of the highest NLL; one where all points tie, or where there is but one; none when no
    chip has a result."""
    ranked = sorted((point.row.nll, index) for index, point in enumerate(results.points) if point.row is not None)
    if not ranked:
        return []
    ends = {"lowest NLL": ranked[0], "highest NLL": ranked[-1]}
    texts = [format(nll, NLL) for nll, _ in ranked]
    found = [Example(end, results.points[index], texts.count(format(nll, NLL))) for end, (nll, index) in ends.items()]
    if len(ranked) == 1:
        return [Example(f"the one setting{'' if len(results.points) == 1 else ' with a result'}", found[0].point)]
    return found if texts[0] != texts[-1] else [Example("the same NLL everywhere", found[0].point, len(ranked))]
