"""Neural Sampling Machines on simulated memory arrays, where the cells' own noise is the network's noise.

    import crossbar_nsm as xb
    net = xb.load_checkpoint("mnist_mlp")                      # the trained network, ideal software
    chip = xb.map_network(net, "configs/mnist_mlp_rram.yaml")  # the same network on RRAM arrays
    x, y = xb.load_dataset("mnist5k")
    net.predict(x[:100]), chip.predict(x[:100])                # mean class probabilities of 100 Monte Carlo passes

Everything is loaded on first use: importing the package loads neither torch nor numba.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crossbar_nsm.array.operand import Operand
    from crossbar_nsm.datasets.catalogue import load_dataset, register_dataset
    from crossbar_nsm.experiment.ageing import ageing
    from crossbar_nsm.experiment.budget.budget import budget
    from crossbar_nsm.experiment.compare import compare, run
    from crossbar_nsm.experiment.config.load import load_config
    from crossbar_nsm.experiment.map_network import map_network
    from crossbar_nsm.experiment.studies.compare_runs import compare_runs
    from crossbar_nsm.experiment.studies.dry_run import dry_run
    from crossbar_nsm.experiment.studies.folder.results_folder import load_results
    from crossbar_nsm.experiment.studies.sweep import sweep
    from crossbar_nsm.experiment.train import train
    from crossbar_nsm.experiment.tune import tune
    from crossbar_nsm.experiment.uncertainty import uncertainty
    from crossbar_nsm.mapping.circuit.numbers import circuit_numbers
    from crossbar_nsm.mapping.files.chip_file import load_chip
    from crossbar_nsm.mapping.timing import timing
    from crossbar_nsm.neuron.circuits import Circuit
    from crossbar_nsm.neuron.registered import register_circuit
    from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
    from crossbar_nsm.nsm.checkpoints.published import import_published
    from crossbar_nsm.report.study_report import write_report
    from crossbar_nsm.reproduce.catalogue import reproduce_paper
    from crossbar_nsm.reproduce.planning.overview import paper_studies
    from crossbar_nsm.reproduce.planning.plan import plan_reproduction

__version__ = "0.1.0"


def _refuse_other_device_models() -> None:
    """Raises ImportError when `device_models` is a file of the user's: one beside a script is found first."""
    found = importlib.util.find_spec("device_models")
    origin = None if found is None else found.origin
    ours = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "device_models", "__init__.py")
    if origin is not None and os.path.realpath(origin) != os.path.realpath(ours):
        raise ImportError(
            f"{origin} hides the package device_models, of which crossbar_nsm is made; rename that file or folder, or "
            "start Python where it is not found first"
        )


_refuse_other_device_models()

_HOME = {
    "Circuit": "crossbar_nsm.neuron.circuits",
    "Operand": "crossbar_nsm.array.operand",
    "ageing": "crossbar_nsm.experiment.ageing",
    "budget": "crossbar_nsm.experiment.budget.budget",
    "circuit_numbers": "crossbar_nsm.mapping.circuit.numbers",
    "compare": "crossbar_nsm.experiment.compare",
    "compare_runs": "crossbar_nsm.experiment.studies.compare_runs",
    "dry_run": "crossbar_nsm.experiment.studies.dry_run",
    "import_published": "crossbar_nsm.nsm.checkpoints.published",
    "load_checkpoint": "crossbar_nsm.nsm.checkpoints.checkpoint",
    "load_chip": "crossbar_nsm.mapping.files.chip_file",
    "load_config": "crossbar_nsm.experiment.config.load",
    "load_dataset": "crossbar_nsm.datasets.catalogue",
    "load_results": "crossbar_nsm.experiment.studies.folder.results_folder",
    "map_network": "crossbar_nsm.experiment.map_network",
    "paper_studies": "crossbar_nsm.reproduce.planning.overview",
    "plan_reproduction": "crossbar_nsm.reproduce.planning.plan",
    "register_circuit": "crossbar_nsm.neuron.registered",
    "register_dataset": "crossbar_nsm.datasets.catalogue",
    "reproduce_paper": "crossbar_nsm.reproduce.catalogue",
    "run": "crossbar_nsm.experiment.compare",
    "save_checkpoint": "crossbar_nsm.nsm.checkpoints.checkpoint",
    "sweep": "crossbar_nsm.experiment.studies.sweep",
    "timing": "crossbar_nsm.mapping.timing",
    "train": "crossbar_nsm.experiment.train",
    "tune": "crossbar_nsm.experiment.tune",
    "uncertainty": "crossbar_nsm.experiment.uncertainty",
    "write_report": "crossbar_nsm.report.study_report",
}
__all__ = [
    "Circuit",
    "Operand",
    "__version__",
    "ageing",
    "budget",
    "circuit_numbers",
    "compare",
    "compare_runs",
    "dry_run",
    "import_published",
    "load_checkpoint",
    "load_chip",
    "load_config",
    "load_dataset",
    "load_results",
    "map_network",
    "paper_studies",
    "plan_reproduction",
    "register_circuit",
    "register_dataset",
    "reproduce_paper",
    "run",
    "save_checkpoint",
    "sweep",
    "timing",
    "train",
    "tune",
    "uncertainty",
    "write_report",
]


def __getattr__(name: str) -> Any:
    from device_models.imports import public_name

    return public_name(__name__, _HOME, name)
