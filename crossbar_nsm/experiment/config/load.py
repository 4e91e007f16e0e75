"""A configuration from its file and overrides, everything in it checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crossbar_nsm.experiment.config.devices import validated
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.given import given_document
from crossbar_nsm.experiment.config.named_files import config_document
from crossbar_nsm.experiment.config.overrides import with_overrides
from crossbar_nsm.experiment.config.points import mistakes_at_points
from crossbar_nsm.experiment.config.training import TrainConfig
from device_models.checks.arguments import an_override, checked, path_or
from device_models.errors import ConfigError, explained_by
from device_models.files.document import Document

ConfigLike = ExperimentConfig | Mapping[str, Any] | str | Path
TrainConfigLike = TrainConfig | Mapping[str, Any] | str | Path


@explained_by("configuration")
@checked(config=path_or(ExperimentConfig), overrides=an_override)
def load_config(config: ConfigLike, *overrides: str) -> ExperimentConfig:
    """Read an evaluation's YAML, or one that comes with the package by its name (`mnist_mlp_rram`), lay
    `dotted.key=value` overrides over it, check everything (sweep points too). A mapping stands for such a file; its
    keys may be dotted.

    Relative paths in the YAML lead to files beside it, where there are any, and else from the working folder. Raises
    ConfigError with one "file:line: key: problem" line for every mistake ("config: key: problem" in a mapping).
    """
    return resolve(document_of(config, overrides))


@explained_by("training_configuration")
@checked(config=path_or(TrainConfig), overrides=an_override)
def load_train_config(config: TrainConfigLike, *overrides: str) -> TrainConfig:
    """As `load_config`, for a training run."""
    return resolve_training(document_of(config, overrides))


@explained_by("training_configuration")
def resolve_training(document: Document) -> TrainConfig:
    """A TrainConfig from a document, the names of its devices resolved."""
    return validated(document, TrainConfig, ("hardware",))


@explained_by("configuration")
def resolve(document: Document, overrides: Iterable[str] = ()) -> ExperimentConfig:
    """An ExperimentConfig from a document and overrides; every point of its sweep is checked."""
    document = with_overrides(document, overrides)
    try:
        config, wrong, page = validated(document, ExperimentConfig), [], None
    except ConfigError as error:
        config, wrong, page = None, error.mistakes, error.page
    wrong += mistakes_at_points(document, wrong)
    if config is None or wrong:
        raise ConfigError(wrong).see(page)
    return config


def document_of(config: ConfigLike | TrainConfigLike, overrides: tuple[str, ...] = ()) -> Document:
    """A configuration, a mapping, or the file of one, with overrides laid over it."""
    if isinstance(config, (str, Path)):
        return config_document(config, overrides)
    document = given_document(config) if isinstance(config, Mapping) else Document(config.model_dump())
    return with_overrides(document, overrides)
