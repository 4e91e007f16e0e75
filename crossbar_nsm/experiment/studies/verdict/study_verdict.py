"""The verdict of a comparison or a sweep: every hardware setting beside ideal software."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.experiment.studies.point_results import PointResults


def study_verdict(points: Sequence[PointResults]) -> list[str]:
    """Sentences, the conclusion first; none where no point has a result."""
    rows = [point.row for point in points if point.row is not None]
    if not rows:
        return []
    best = min(rows, key=lambda row: row.error)
    return [f"{best.name} has {100 * best.error:.2f} % error."]
