"""All studies, and which of them are possible now."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crossbar_nsm.nsm.architecture import Architecture, ConvSpec, multiply_adds
from crossbar_nsm.reproduce.catalogue import STUDIES
from crossbar_nsm.reproduce.config import ReproduceConfig, load_reproduce_config
from crossbar_nsm.reproduce.planning.plan import image_counts, missing_data
from crossbar_nsm.reproduce.quick import BUNDLED
from device_models.checks.arguments import a_path, checked, optional
from device_models.files.frames import frame
from device_models.shown import Several, shown

if TYPE_CHECKING:
    import polars

DENSE_PER_S, CONVOLVED_PER_S = 1.3e10, 6e9  # products of a weight and a state, as two cores of an EPYC have had them
BACKWARD = 3  # an update takes as long as so many passes


@shown
@dataclass(frozen=True)
class PaperStudy:
    """One table or figure of the paper. networks: that are trained for it. rough_s: of the whole, from recorded rates,
    with nothing trained before. missing: why it cannot run now (None: it can). quick: whether `quick` can run now."""

    name: str
    shows: str
    config: str
    dataset: str
    networks: list[str]
    runs: int
    rough_s: float
    missing: str | None
    quick: bool


@shown
class PaperStudies(Several[PaperStudy]):
    """Studies of the paper."""

    def table(self) -> polars.DataFrame:
        """One row per study."""
        return frame(asdict(study) for study in self)


@checked(data=optional(a_path))
def paper_studies(data: str | Path | None = None) -> PaperStudies:
    """Every study that `reproduce_paper` knows, with its own configuration. data: the data folder (default: the
    environment variable CROSSBAR_NSM_DATA); a study whose data are missing says so, which is no error."""
    return PaperStudies(_study(name, data) for name in STUDIES)


def _study(name: str, data: str | Path | None) -> PaperStudy:
    item = STUDIES[name]
    config = load_reproduce_config(item.config)
    config = config.model_copy(
        update={"dataset": config.dataset.model_copy(update={"root": None if data is None else str(data)})}
    )
    trained, watched = item.networks(config)
    missing, bundled = missing_data(config), config.dataset.name in BUNDLED
    return PaperStudy(
        name, item.shows, item.config, config.dataset.name, trained + watched,
        config.watch.runs if watched else config.runs, _rough_s(name, config), missing, bundled or missing is None,
    )  # fmt: skip


def _rough_s(name: str, config: ReproduceConfig) -> float:
    item, counts = STUDIES[name], image_counts(config)
    trained, watched = item.networks(config)
    networks = [(config.trained[one], config.runs) for one in trained]
    networks += [(config.watched[one], config.watch.runs) for one in watched]
    one_pass_s = _pass_s(config.architecture(networks[0][0]))
    passes = float(sum(item.passes(config, counts.test).values()) * config.runs)
    for network, runs in networks:
        validation = counts.validation * network.training.validation_samples
        passes += runs * network.training.epochs * (BACKWARD * counts.training + validation)
    return passes * one_pass_s


def _pass_s(network: Architecture) -> float:
    return sum(
        multiply_adds(place) / (CONVOLVED_PER_S if isinstance(place.spec, ConvSpec) else DENSE_PER_S)
        for place in network.placements()
    )
