"""`crossbar-nsm schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from crossbar_nsm.cli.output import print_json


def schema(
    training: Annotated[bool, typer.Option("--training", help="of a training run")] = False,
    reproduction: Annotated[bool, typer.Option("--reproduction", help="of a reproduction")] = False,
    _json: Annotated[bool, typer.Option("--json", help="JSON is all there is")] = False,
) -> None:
    """Print the JSON Schema of a configuration."""
    from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
    from crossbar_nsm.experiment.config.training import TrainConfig
    from crossbar_nsm.reproduce.config import ReproduceConfig

    model = ReproduceConfig if reproduction else TrainConfig if training else ExperimentConfig
    print_json(model.model_json_schema())
