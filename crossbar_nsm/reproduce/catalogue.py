"""The studies by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossbar_nsm.experiment.progress import StepProgressOf
from crossbar_nsm.reproduce import error_tables as errors
from crossbar_nsm.reproduce import noise_place as places
from crossbar_nsm.reproduce import quick as small
from crossbar_nsm.reproduce import robustness as robust
from crossbar_nsm.reproduce import rotated_digits as rotated
from crossbar_nsm.reproduce import table1 as scaled
from crossbar_nsm.reproduce.config import ReproduceConfig, load_reproduce_config
from crossbar_nsm.reproduce.gradient_angles import fig8
from crossbar_nsm.reproduce.internal_shift import fig2
from crossbar_nsm.reproduce.reproduction import Reproduction, ReproductionOf, RunContext, check_study, write_study
from crossbar_nsm.reproduce.weight_growth import fig4
from crossbar_nsm.reproduce.weight_statistics import fig5, fig6, fig7
from device_models.checks.arguments import a_flag, a_function, a_path, a_text, an_override, checked, optional, path_or
from device_models.errors import ConfigError, allowed, explained_by, quoted


def _no_passes(_config: ReproduceConfig, _images: int) -> dict[str, int]:
    return {}


@dataclass(frozen=True)
class PaperItem:
    """What makes one table or figure of the paper, what it shows, the packaged configuration that it runs with by
    default, and the networks that it needs. all_trained: it takes every trained network of the configuration, not the
    needed ones alone. passes(config, test images): passes of its evaluations by trained network, one run of each."""

    run: ReproductionOf
    shows: str
    config: str
    trained: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    all_trained: bool = False
    passes: Callable[[ReproduceConfig, int], dict[str, int]] = _no_passes

    def networks(self, config: ReproduceConfig) -> tuple[list[str], list[str]]:
        """Names of trained networks, those that others start from first, and of watched ones."""
        names = list(config.trained) if self.all_trained else list(self.trained)
        starts = [config.trained[name].start for name in names if name in config.trained]
        return list(dict.fromkeys([*filter(None, starts), *names])), list(self.watched)


_THREE = ("nsm", "nsm_binconcrete", "sigmoid")
_MLPS = ("nsm", "stnn", "relu")
STUDIES: dict[str, PaperItem] = {
    "table1": PaperItem(
        scaled.table1, "NSM, StNN and scaled weights on MNIST", "mlp", trained=_MLPS, passes=scaled.passes
    ),
    "table2": PaperItem(
        errors.table2, "the CNN on the MNIST family", "cnn", trained=("bnsm",), all_trained=True, passes=errors.passes
    ),
    "table3": PaperItem(
        errors.table3, "the all-convolutional network on CIFAR", "cifar10", trained=("bnsm_scratch",),
        all_trained=True, passes=errors.passes,
    ),
    "table4": PaperItem(
        errors.table4, "events of hand gestures", "dvs_gestures", trained=("bnsm",), all_trained=True,
        passes=errors.passes,
    ),
    "fig2": PaperItem(fig2, "drift of inputs while networks learn", "mlp", watched=("nsm", "stnn", "batch_norm")),
    "fig4": PaperItem(fig4, "growth of weights", "mlp", watched=("nsm", "stnn")),
    "fig5": PaperItem(fig5, "weights after training", "cnn", watched=_THREE),
    "fig6": PaperItem(fig6, "mean of the weights", "cnn", watched=_THREE),
    "fig7": PaperItem(fig7, "gradients of the weights", "cnn", watched=_THREE),
    "fig8": PaperItem(fig8, "angles between gradients", "cnn", watched=("nsm", "nsm_binconcrete")),
    "robustness": PaperItem(
        robust.robustness, "weights that are perturbed", "mlp", trained=_MLPS, passes=robust.passes
    ),
    "noise_place": PaperItem(
        places.noise_place, "noise of neurons and of synapses", "cnn", trained=("bnsm_long", "gnsm_long"),
        passes=places.passes,
    ),
    "rotated_digits": PaperItem(
        rotated.rotated_digits, "entropy of turned digits", "cnn", trained=("bnsm_long", "dcnn"), passes=rotated.passes
    ),
}  # fmt: skip


ON_MNIST = tuple(name for name, item in STUDIES.items() if item.config in ("mlp", "cnn"))


@explained_by("reproduce_the_paper")
@checked(
    name=a_text, config=optional(path_or(ReproduceConfig)), overrides=an_override, out=a_path, quick=a_flag,
    progress=a_function,
)  # fmt: skip
def reproduce_paper(
    name: str,
    config: ReproduceConfig | Mapping[str, Any] | str | Path | None = None,
    *overrides: str,
    out: str | Path = "out/paper",
    quick: bool = False,
    progress: StepProgressOf = lambda _label: lambda _done, _total, _note: None,
) -> tuple[Reproduction, list[Path]]:
    """Train (or reuse) what study `name` needs, measure, and write table and figure to `out`; returns both.

    config: a ReproduceConfig, the name of a packaged one, a path, or None for the one that the study has by default;
    overrides are laid over all but a ReproduceConfig. quick: on small numbers, into the folder `quick` of `out`, marked
    as no result (`crossbar_nsm.reproduce.quick`). `plan_reproduction` says what it takes.
    Raises ConfigError for an unknown study, DatasetError without the data.
    """
    config = study_config(name, config, *overrides)
    folder = check_study(name, study_folder(out, quick))
    if quick:
        small.write_images(config, folder)
        config = small.quick_config(config, folder)
    study, figure = STUDIES[name].run(RunContext(config, folder, progress))
    if quick:
        study = small.marked(study, figure)
    return study, write_study(name, study, figure, folder)


def study_config(
    name: str, config: ReproduceConfig | Mapping[str, Any] | str | Path | None, *overrides: str
) -> ReproduceConfig:
    """The configuration of study `name`, with the networks that it needs: see `reproduce_paper`."""
    if name not in STUDIES:
        raise ConfigError(f"unknown study {quoted(name)}; {allowed(STUDIES, name, most=30)}")
    if not isinstance(config, ReproduceConfig):
        config = load_reproduce_config(config or STUDIES[name].config, *overrides)
    config.needs(name, "trained", STUDIES[name].trained)
    config.needs(name, "watched", STUDIES[name].watched)
    return config


def study_folder(out: str | Path, quick: bool) -> Path:
    """Where a study writes."""
    return Path(out) / small.FOLDER if quick else Path(out)
