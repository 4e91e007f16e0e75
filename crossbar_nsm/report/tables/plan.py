"""What a sweep would run, as a table."""

from __future__ import annotations

from rich.table import Table

from crossbar_nsm.experiment.settings_text import label
from crossbar_nsm.experiment.studies.dry_run import DryRun
from crossbar_nsm.report.tables.terminal import make_table


def plan_table(planned: DryRun) -> Table:
    """One line per point, and a line that sums them up below."""
    rows = [["ideal software", str(planned.software), str(planned.software_finished), ""]]
    for point in planned.points:
        name = label(point.name, point.settings)
        rows.append([name, str(point.chips), str(point.finished), time_text(point.trial_s)])
    left = planned.trials - planned.finished
    caption = f"{left} of {planned.trials} trials to run on {planned.workers} process(es): about "
    caption += f"{time_text(planned.remaining_s)}, an estimate from a few measured points"
    return make_table("trials", ["point", "trials", "finished", "time of one"], rows, caption)


def time_text(seconds: float) -> str:
    """Two digits where that is enough: 0.52 s, 48 s, 12 min, 3.4 h."""
    if seconds < 10.0:
        return f"{seconds:.2g} s"
    for limit, unit_s, unit, digits in ((100.0, 1.0, "s", 0), (5400.0, 60.0, "min", 0), (172_800.0, 3600.0, "h", 1)):
        if seconds < limit:
            return f"{seconds / unit_s:.{digits}f} {unit}"
    return f"{seconds / 86_400:.1f} days"
