"""What figures take: kinds of arguments that several of them have, checked before anything is drawn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.experiment.studies.folder.results_folder import load_results
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.points.measures import UNITS
from device_models.checks.arguments import by_name, instance_of, one_of, real_numbers, refuse

ResultsLike = Results | str | Path

A_CHIP = instance_of(MappedNetwork, of="a programmed chip, as map_network gives it")
A_MEASURE = one_of(UNITS)
RESULTS = instance_of(Results, str, os.PathLike, of="the results of a sweep, as load_results gives them, or its folder")


def results_of(given: ResultsLike) -> Results:
    """Results, or those of a folder. Raises CrossbarError where there are none in it."""
    return given if isinstance(given, Results) else load_results(given)


def _betas_of_a_layer(name: str, value: Any) -> np.ndarray:
    betas = real_numbers(name, value)
    if not betas.size or not np.isfinite(betas).all():
        refuse(name, value, "one or more finite numbers")
    return betas


BETAS = by_name(_betas_of_a_layer)  # trained, by layer
