"""A table or figure of the paper made anew: what it gives back, and where it writes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from crossbar_nsm.experiment.progress import StepProgressOf
from crossbar_nsm.report.figures.style import check_figures, save_figure
from crossbar_nsm.reproduce.config import ReproduceConfig
from device_models.files.frames import frame
from device_models.files.records import write_record
from device_models.files.signs import sealed, sign
from device_models.files.writing import check_output, write_text
from device_models.shown import shown

if TYPE_CHECKING:
    import polars

KIND = "study"
Value = str | float | int | None


@shown
@dataclass(frozen=True)
class Reproduction:
    """A table (columns and rows of equal length), what it shows in a sentence, numbers for scripts, a figure."""

    title: str
    columns: list[str]
    rows: list[list[Value]]
    says: str
    numbers: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Rows by the names of their columns, as written in the table; `numbers` have every digit."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"rows": rows, "title": self.title, "says": self.says, "numbers": self.numbers}

    def table(self) -> polars.DataFrame:
        """The table's rows under its columns."""
        return frame(self.as_dict()["rows"])

    def markdown(self) -> str:
        """The table as GitHub markdown."""
        rows: list[Sequence[Value]] = [self.columns, ["---"] * len(self.columns), *self.rows]
        lines = [[_cell(value) for value in row] for row in rows]
        table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return f"## {self.title}\n\n{table}\n\n{self.says}\n"


@dataclass(frozen=True)
class RunContext:
    """Where a study runs: its configuration, the folder for everything it writes, and how it tells its progress."""

    config: ReproduceConfig
    folder: Path
    progress: StepProgressOf


ReproductionOf = Callable[[RunContext], tuple[Reproduction, Figure]]


def check_study(name: str, folder: str | Path) -> Path:
    """`folder`, where a study may write its files. Raises FileError, before networks are trained for it."""
    for ending in ("md", "json"):
        check_output(Path(folder) / f"{name}.{ending}", KIND)
    check_figures(folder, name)
    return Path(folder)


def write_study(name: str, study: Reproduction, figure: Figure, folder: Path) -> list[Path]:
    """folder/name.md, .json, .png, .svg and .pdf; returns the figures."""
    write_text(folder / f"{name}.md", sealed(f"{study.markdown()}\n<!-- {sign(KIND)} -->\n"))
    write_record(folder / f"{name}.json", KIND, 1, _finite(asdict(study)))
    return save_figure(figure, folder, name)


def _cell(value: Value) -> str:
    return "" if value is None else str(value).replace("|", r"\|")


def _finite(value: Any) -> Any:
    """Infinite numbers (an error that was never reached) become null, which JSON can hold."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
