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
    from crossbar_nsm.datasets.dataset import Dataset
    from crossbar_nsm.engine.sampling.prediction import Prediction
    from crossbar_nsm.experiment.ageing import ChipAgeing, ageing
    from crossbar_nsm.experiment.budget.budget import Budget, budget
    from crossbar_nsm.experiment.compare import Comparison, compare, run
    from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
    from crossbar_nsm.experiment.config.load import load_config
    from crossbar_nsm.experiment.config.training import TrainConfig
    from crossbar_nsm.experiment.map_network import map_network
    from crossbar_nsm.experiment.studies.compare_runs import RunsComparison, compare_runs
    from crossbar_nsm.experiment.studies.dry_run import DryRun, dry_run
    from crossbar_nsm.experiment.studies.folder.results_folder import load_results
    from crossbar_nsm.experiment.studies.results import Results
    from crossbar_nsm.experiment.studies.rows import Row
    from crossbar_nsm.experiment.studies.sweep import sweep
    from crossbar_nsm.experiment.train import train
    from crossbar_nsm.experiment.training.training_result import TrainingResult
    from crossbar_nsm.experiment.tune import Tuning, tune
    from crossbar_nsm.experiment.uncertainty import UncertaintyStudy, uncertainty
    from crossbar_nsm.mapping.calibration.layer_calibration import LayerCalibration
    from crossbar_nsm.mapping.circuit.numbers import circuit_numbers
    from crossbar_nsm.mapping.circuit.sizes import CircuitNumbers
    from crossbar_nsm.mapping.config import HardwareConfig
    from crossbar_nsm.mapping.files.chip_file import load_chip
    from crossbar_nsm.mapping.learning.tuning_config import TuningConfig
    from crossbar_nsm.mapping.mapped_network import MappedNetwork
    from crossbar_nsm.mapping.timing import Timing, timing
    from crossbar_nsm.neuron.circuits import Circuit
    from crossbar_nsm.neuron.registered import register_circuit
    from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
    from crossbar_nsm.nsm.checkpoints.published import import_published
    from crossbar_nsm.nsm.network import Network
    from crossbar_nsm.report import figures
    from crossbar_nsm.report.fit_report import FitReport, write_fit_report
    from crossbar_nsm.report.study_report import Report, write_report
    from crossbar_nsm.reproduce.catalogue import reproduce_paper
    from crossbar_nsm.reproduce.planning.overview import PaperStudies, PaperStudy, paper_studies
    from crossbar_nsm.reproduce.planning.plan import ReproductionPlan, plan_reproduction
    from crossbar_nsm.reproduce.reproduction import Reproduction
    from device_models import Device, load_device
    from device_models.errors import CrossbarError

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
    "Budget": "crossbar_nsm.experiment.budget.budget",
    "ChipAgeing": "crossbar_nsm.experiment.ageing",
    "Circuit": "crossbar_nsm.neuron.circuits",
    "CircuitNumbers": "crossbar_nsm.mapping.circuit.sizes",
    "Comparison": "crossbar_nsm.experiment.compare",
    "CrossbarError": "device_models.errors",
    "Dataset": "crossbar_nsm.datasets.dataset",
    "Device": "device_models",
    "DryRun": "crossbar_nsm.experiment.studies.dry_run",
    "ExperimentConfig": "crossbar_nsm.experiment.config.evaluation",
    "FitReport": "crossbar_nsm.report.fit_report",
    "HardwareConfig": "crossbar_nsm.mapping.config",
    "LayerCalibration": "crossbar_nsm.mapping.calibration.layer_calibration",
    "MappedNetwork": "crossbar_nsm.mapping.mapped_network",
    "Network": "crossbar_nsm.nsm.network",
    "Operand": "crossbar_nsm.array.operand",
    "PaperStudies": "crossbar_nsm.reproduce.planning.overview",
    "PaperStudy": "crossbar_nsm.reproduce.planning.overview",
    "Prediction": "crossbar_nsm.engine.sampling.prediction",
    "Report": "crossbar_nsm.report.study_report",
    "Reproduction": "crossbar_nsm.reproduce.reproduction",
    "ReproductionPlan": "crossbar_nsm.reproduce.planning.plan",
    "Results": "crossbar_nsm.experiment.studies.results",
    "Row": "crossbar_nsm.experiment.studies.rows",
    "RunsComparison": "crossbar_nsm.experiment.studies.compare_runs",
    "Timing": "crossbar_nsm.mapping.timing",
    "TrainConfig": "crossbar_nsm.experiment.config.training",
    "TrainingResult": "crossbar_nsm.experiment.training.training_result",
    "Tuning": "crossbar_nsm.experiment.tune",
    "TuningConfig": "crossbar_nsm.mapping.learning.tuning_config",
    "UncertaintyStudy": "crossbar_nsm.experiment.uncertainty",
    "ageing": "crossbar_nsm.experiment.ageing",
    "budget": "crossbar_nsm.experiment.budget.budget",
    "circuit_numbers": "crossbar_nsm.mapping.circuit.numbers",
    "compare": "crossbar_nsm.experiment.compare",
    "compare_runs": "crossbar_nsm.experiment.studies.compare_runs",
    "dry_run": "crossbar_nsm.experiment.studies.dry_run",
    "figures": "crossbar_nsm.report",
    "import_published": "crossbar_nsm.nsm.checkpoints.published",
    "load_checkpoint": "crossbar_nsm.nsm.checkpoints.checkpoint",
    "load_chip": "crossbar_nsm.mapping.files.chip_file",
    "load_config": "crossbar_nsm.experiment.config.load",
    "load_dataset": "crossbar_nsm.datasets.catalogue",
    "load_device": "device_models",
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
    "write_fit_report": "crossbar_nsm.report.fit_report",
    "write_report": "crossbar_nsm.report.study_report",
}
__all__ = [
    "Budget",
    "ChipAgeing",
    "Circuit",
    "CircuitNumbers",
    "Comparison",
    "CrossbarError",
    "Dataset",
    "Device",
    "DryRun",
    "ExperimentConfig",
    "FitReport",
    "HardwareConfig",
    "LayerCalibration",
    "MappedNetwork",
    "Network",
    "Operand",
    "PaperStudies",
    "PaperStudy",
    "Prediction",
    "Report",
    "Reproduction",
    "ReproductionPlan",
    "Results",
    "Row",
    "RunsComparison",
    "Timing",
    "TrainConfig",
    "TrainingResult",
    "Tuning",
    "TuningConfig",
    "UncertaintyStudy",
    "__version__",
    "ageing",
    "budget",
    "circuit_numbers",
    "compare",
    "compare_runs",
    "dry_run",
    "figures",
    "import_published",
    "load_checkpoint",
    "load_chip",
    "load_config",
    "load_dataset",
    "load_device",
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
    "write_fit_report",
    "write_report",
]


if not TYPE_CHECKING:  # a type checker would take any name for one of this package

    def __getattr__(name: str) -> Any:
        from device_models.imports import public_name

        return public_name(__name__, _HOME, name)


def __dir__() -> list[str]:
    from device_models.imports import public_names

    return public_names(__name__, __all__)
