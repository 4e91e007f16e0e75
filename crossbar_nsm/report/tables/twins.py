"""The table of a simulated twin: quantity by quantity how many cells, targets or times agree."""

from __future__ import annotations

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.fit.twins.comparison import TwinRow
from device_models.fit.twins.twin import Twin
from device_models.fit.twins.verdict import range_text, value_text

COLUMNS = ["quantity", "compared", "agree", "in scatter", "differ", "measured", "twin", "central 95 %", "farthest off"]
LEGEND = {
    "agree": "within the tolerance of the twins' middle",
    "in scatter": "beyond it, but within the central 95 % of the twins",
    "differ": "beyond both",
}


def twin_table(twin: Twin) -> TextTable:
    """One line per quantity, with the numbers of the comparison that is farthest off."""
    lines = [
        [one.name, *map(str, (one.compared, one.agree, one.scatter, one.differ)), *numbers(one.worst), one.worst.of]
        for one in twin.quantities
    ]
    title = f"{twin.device.name}: the twin beside the measurement"
    table = make_table(title, COLUMNS, lines, legend=LEGEND, drop=["central 95 %", "in scatter", "compared"])
    return table.left_aligned(["farthest off"])


def numbers(row: TwinRow) -> list[str]:
    """Measured, twin, and the central 95 % of the twins, with their unit."""
    return [value_text(row.measured, row.unit), value_text(row.twin, row.unit), range_text(row)]
