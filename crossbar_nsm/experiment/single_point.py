"""The configuration of a command that evaluates one setting."""

from __future__ import annotations

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import ConfigLike, document_of, resolve
from crossbar_nsm.experiment.settings_in_use.unused import check_settings
from device_models.errors import ConfigError, explained_by


@explained_by("configuration")
def single_point(config: ConfigLike, overrides: tuple[str, ...], command: str) -> ExperimentConfig:
    """As resolved; warns of settings without effect, raises ConfigError for a sweep."""
    document = document_of(config, overrides)
    point = resolve(document)
    if point.sweep:
        raise ConfigError(
            f"{document.place(('sweep',))}: sweep: {command} evaluates one setting; use compare, or --set sweep={{}}"
        )
    check_settings(document, point)
    return point
