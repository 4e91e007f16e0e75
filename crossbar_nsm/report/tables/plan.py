"""What a sweep would run, as a table."""

from __future__ import annotations

from crossbar_nsm.experiment.studies.dry_run import DryRun
from crossbar_nsm.report.tables.swept_columns import SweptColumns
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.number_text import counted, duration_text


def plan_table(planned: DryRun) -> TextTable:
    """One line per point, and a line that sums them up below."""
    after = ["trials", "finished", "time of one"]
    swept = SweptColumns.of([(point.name, point.settings) for point in planned.points], ["point", *after])
    rows = [
        [
            "ideal software",
            *swept.cells("ideal software", {}),
            str(planned.software),
            str(planned.software_finished),
            "",
        ]
    ]
    for point in planned.points:
        counts = [str(point.chips), str(point.finished), duration_text(point.trial_s)]
        rows.append([point.name, *swept.cells(point.name, point.settings), *counts])
    left = planned.trials - planned.finished
    caption = f"{left} of {counted(planned.trials, 'trial')} to run on {counted(planned.workers, 'process')}: about "
    caption += f"{duration_text(planned.remaining_s)}, an estimate from a few measured points"
    columns = ["point", *swept.columns, *after]
    return make_table("trials", columns, rows, caption, drop=["finished"], legend=swept.legend)
