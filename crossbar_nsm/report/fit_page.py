"""The page of a fit: whether the twin is a twin, then the twin, the laws of cells and over cells, and the preset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy
import scipy

import crossbar_nsm
from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.page.parts import Page, Section
from crossbar_nsm.report.points.words import sentence
from crossbar_nsm.report.sections.fits import cells, measured
from crossbar_nsm.report.sections.fits import twin as beside
from crossbar_nsm.report.tables.fit import fit_sentences
from device_models.fit.preset import FitResult
from device_models.fit.twins.twin import Twin


def fit_page(
    result: FitResult, twin: Twin, drawings: Drawings | None = None, progress: Progress = lambda _done, _total: None
) -> Page:
    """drawings: keeps the figures as files too. progress(done, total) counts sections."""
    drawings = drawings or Drawings()
    parts: list[Callable[[], Section | None]] = [
        lambda: beside.beside(twin, drawings),
        lambda: cells.laws(result.traces, drawings),
        lambda: cells.table_of_cells(result.traces),
        lambda: measured.populations(result, drawings),
        lambda: measured.numbers(result),
        lambda: measured.read(result),
        lambda: measured.preset(result),
    ]
    made = []
    for done, part in enumerate(parts, start=1):
        made.append(part())
        progress(done, len(parts))
    return Page(
        result.name,
        f"{result.family} fitted to {', '.join(Path(file).name for file in result.files)}",
        tuple(section for section in made if section is not None),
        answer=(*twin.verdict, *fit_sentences(result)),
        answer_table=beside.answer_table(twin),
        remarks=tuple(f"{sentence(warning).rstrip('.')}." for warning in result.warnings),
        versions={"crossbar-nsm": crossbar_nsm.__version__, "numpy": numpy.__version__, "scipy": scipy.__version__},
    )
