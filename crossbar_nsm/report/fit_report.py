"""From a fit to its report, with the simulated twin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crossbar_nsm.experiment.progress import ProgressOf, no_progress
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.fit_page import fit_page
from crossbar_nsm.report.page.rendering import KIND, render
from device_models.checks.arguments import a_function, a_path, checked, instance_of, whole_number
from device_models.errors import ConfigError, explained_by
from device_models.files.writing import check_output, write_text
from device_models.fit.preset import FitResult
from device_models.fit.twins.twin import Twin, twin
from device_models.shown import shown

ENDINGS = (".html", ".htm")


@shown
@dataclass(frozen=True)
class FitReport:
    """The page, and the twin that it shows."""

    path: Path
    twin: Twin

    @property
    def verdict(self) -> list[str]:
        """Whether the twin is a twin, in words."""
        return self.twin.verdict


@explained_by("fit_measurements")
def check_report_output(path: str | Path) -> Path:
    """`path`, a name to write a report to. Raises ConfigError for another ending than .html, FileError where another
    file is in the way."""
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise ConfigError(f"{path}: a report is a .html file; write {path.with_suffix('.html')}")
    return check_output(path, KIND)


@checked(fit=instance_of(FitResult, of="a fit, as `fit_files` gives"), path=a_path, seed=whole_number(),
         progress=a_function)  # fmt: skip
def write_fit_report(fit: FitResult, path: str | Path, seed: int = 0, progress: ProgressOf = no_progress) -> FitReport:
    """Simulate the twin of a fit and write the report of both as one HTML file. Raises CrossbarError where the fit
    makes no device, or the file cannot be written."""
    path = check_report_output(path)
    made = twin(fit, seed, progress("twin"))
    page = fit_page(fit, made, Drawings(), progress("report"))
    return FitReport(write_text(path, render(page)), made)
