"""The studies by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crossbar_nsm.experiment.progress import StepProgressOf
from crossbar_nsm.reproduce.config import ReproduceConfig, load_reproduce_config
from crossbar_nsm.reproduce.error_tables import table2, table3, table4
from crossbar_nsm.reproduce.gradient_angles import fig8
from crossbar_nsm.reproduce.internal_shift import fig2
from crossbar_nsm.reproduce.noise_place import noise_place
from crossbar_nsm.reproduce.reproduction import Reproduction, ReproductionOf, RunContext, check_study, write_study
from crossbar_nsm.reproduce.robustness import robustness
from crossbar_nsm.reproduce.rotated_digits import rotated_digits
from crossbar_nsm.reproduce.table1 import table1
from crossbar_nsm.reproduce.weight_growth import fig4
from crossbar_nsm.reproduce.weight_statistics import fig5, fig6, fig7
from device_models.checks.arguments import a_function, a_path, a_text, checked, optional, path_or
from device_models.errors import ConfigError, allowed, quoted


@dataclass(frozen=True)
class PaperItem:
    """What makes one table or figure of the paper, the packaged configuration that it runs with by default, and the
    networks that it needs."""

    run: ReproductionOf
    config: str
    trained: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()


_THREE = ("nsm", "nsm_binconcrete", "sigmoid")
STUDIES: dict[str, PaperItem] = {
    "table1": PaperItem(table1, "mlp", trained=("nsm", "stnn", "relu")),
    "table2": PaperItem(table2, "cnn", trained=("bnsm",)),
    "table3": PaperItem(table3, "cifar10", trained=("bnsm_scratch",)),
    "table4": PaperItem(table4, "dvs_gestures", trained=("bnsm",)),
    "fig2": PaperItem(fig2, "mlp", watched=("nsm", "stnn", "batch_norm")),
    "fig4": PaperItem(fig4, "mlp", watched=("nsm", "stnn")),
    "fig5": PaperItem(fig5, "cnn", watched=_THREE),
    "fig6": PaperItem(fig6, "cnn", watched=_THREE),
    "fig7": PaperItem(fig7, "cnn", watched=_THREE),
    "fig8": PaperItem(fig8, "cnn", watched=("nsm", "nsm_binconcrete")),
    "robustness": PaperItem(robustness, "mlp", trained=("nsm", "stnn", "relu")),
    "noise_place": PaperItem(noise_place, "cnn", trained=("bnsm_long", "gnsm_long")),
    "rotated_digits": PaperItem(rotated_digits, "cnn", trained=("bnsm_long", "dcnn")),
}


ON_MNIST = tuple(name for name, item in STUDIES.items() if item.config in ("mlp", "cnn"))


@checked(name=a_text, config=optional(path_or(ReproduceConfig)), overrides=a_text, out=a_path, progress=a_function)
def reproduce_paper(
    name: str,
    config: ReproduceConfig | str | Path | None = None,
    *overrides: str,
    out: str | Path = "out/paper",
    progress: StepProgressOf = lambda _label: lambda _done, _total, _note: None,
) -> tuple[Reproduction, list[Path]]:
    """Train (or reuse) what study `name` needs, measure, and write table and figure to `out`; returns both.

    config: a ReproduceConfig, the name of a packaged one, a path, or None for the one that the study has by default;
    overrides are laid over all but a ReproduceConfig.
    Raises ConfigError for an unknown study, DatasetError without the data.
    """
    if name not in STUDIES:
        raise ConfigError(f"unknown study {quoted(name)}; {allowed(STUDIES, name, most=30)}")
    if not isinstance(config, ReproduceConfig):
        config = load_reproduce_config(config or STUDIES[name].config, *overrides)
    config.needs(name, "trained", STUDIES[name].trained)
    config.needs(name, "watched", STUDIES[name].watched)
    folder = check_study(name, out)
    study, figure = STUDIES[name].run(RunContext(config, folder, progress))
    return study, write_study(name, study, figure, folder)
