"""What a sweep would run, as a table."""

from __future__ import annotations

from crossbar_nsm.experiment.config.settings_text import label
from crossbar_nsm.experiment.studies.dry_run import DryRun
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.number_text import duration_text


def plan_table(planned: DryRun) -> TextTable:
    """One line per point, and a line that sums them up below."""
    rows = [["ideal software", str(planned.software), str(planned.software_finished), ""]]
    for point in planned.points:
        name = label(point.name, point.settings)
        rows.append([name, str(point.chips), str(point.finished), duration_text(point.trial_s)])
    left = planned.trials - planned.finished
    caption = f"{left} of {planned.trials} trials to run on {planned.workers} process(es): about "
    caption += f"{duration_text(planned.remaining_s)}, an estimate from a few measured points"
    return make_table("trials", ["point", "trials", "finished", "time of one"], rows, caption)
