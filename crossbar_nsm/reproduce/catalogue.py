"""The studies by name."""

from __future__ import annotations

import difflib
from pathlib import Path

from crossbar_nsm.engine.files import check_folder
from crossbar_nsm.experiment.train import StepProgressOf
from crossbar_nsm.reproduce.config import ReproduceConfig, load_reproduce_config
from crossbar_nsm.reproduce.gradient_angles import fig8
from crossbar_nsm.reproduce.internal_shift import fig2
from crossbar_nsm.reproduce.robustness import robustness
from crossbar_nsm.reproduce.study import Setting, Study, StudyOf, write_study
from crossbar_nsm.reproduce.table1 import table1
from crossbar_nsm.reproduce.weight_growth import fig4
from crossbar_nsm.reproduce.weight_statistics import fig5, fig6, fig7
from device_models.errors import ConfigError

STUDIES: dict[str, StudyOf] = {
    "table1": table1,
    "fig2": fig2,
    "fig4": fig4,
    "fig5": fig5,
    "fig6": fig6,
    "fig7": fig7,
    "fig8": fig8,
    "robustness": robustness,
}


def reproduce(
    name: str,
    config: ReproduceConfig | str | Path | None = None,
    *overrides: str,
    out: str | Path = "out/paper",
    progress: StepProgressOf = lambda _label: lambda _done, _total, _note: None,
) -> tuple[Study, list[Path]]:
    """Train (or reuse) what study `name` needs, measure, and write table and figure to `out`; returns both.

    config: a ReproduceConfig, a path, or None for the one of the package; overrides are laid over a path or None.
    Raises ConfigError for an unknown study, DatasetError without the data.
    """
    if name not in STUDIES:
        close = difflib.get_close_matches(name, STUDIES, n=1)
        hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(STUDIES)}"
        raise ConfigError(f"unknown study {name!r}; {hint}")
    if not isinstance(config, ReproduceConfig):
        config = load_reproduce_config(config, *overrides)
    folder = check_folder(out)
    study, figure = STUDIES[name](Setting(config, folder, progress))
    return study, write_study(name, study, figure, folder)
