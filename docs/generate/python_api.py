"""Every public name of `crossbar_nsm` and `device_models`, by what people do with it."""

import inspect
from functools import cached_property
from types import ModuleType
from typing import Any

from pydantic import BaseModel

import crossbar_nsm
import crossbar_nsm.array
import device_models
import device_models.fit
from crossbar_nsm import figures
from docs.generate.markdown import code, page, prose, table

FIRST = """
Three packages: `crossbar_nsm` (`import crossbar_nsm as xb`) has what most people need, `xb.figures` every figure, and
`device_models` single cells without arrays or networks. How to work with them: [use in
Python](../how_to/use_in_python.md). Importing them loads neither torch nor numba: that comes with the first use.

Numbers are in SI units, and names end in the unit: `age_s`, `r_row_ohm`, `g_max_s` (siemens). Arrays are numpy arrays
unless a signature says `Tensor`. A mistake of the caller raises a [`CrossbarError`](#crossbarerror); the classes below
it say whose: `ConfigError`, `DatasetError`, `CheckpointError`, `MappingError` and so on, from `device_models.errors`.
Objects show themselves in a notebook, and those with a `table()` give their rows to polars.
"""
OURS = ("crossbar_nsm", "device_models")
GROUPS: dict[str, tuple[ModuleType, tuple[str, ...]]] = {
    "Networks": (
        crossbar_nsm, ("load_checkpoint", "import_published", "save_checkpoint", "Network", "Prediction"),
    ),
    "Data sets": (crossbar_nsm, ("load_dataset", "register_dataset", "Dataset")),
    "Configurations": (
        crossbar_nsm, ("load_config", "ExperimentConfig", "HardwareConfig", "TrainConfig", "TuningConfig"),
    ),
    "Chips": (
        crossbar_nsm,
        ("map_network", "load_chip", "MappedNetwork", "LayerCalibration", "circuit_numbers", "CircuitNumbers"),
    ),
    "Hardware beside software": (
        crossbar_nsm,
        (
            "compare", "run", "Comparison", "Row", "budget", "Budget", "uncertainty", "UncertaintyStudy",
            "timing", "Timing", "ageing", "ChipAgeing",
        ),
    ),
    "Studies": (
        crossbar_nsm,
        (
            "dry_run", "DryRun", "sweep", "load_results", "Results", "compare_runs", "RunsComparison", "write_report",
            "Report",
        ),
    ),
    "Fits to measurements": (
        device_models.fit, ("fit_files", "write_preset", "FitResult", "TraceFit", "twin", "Twin", "TwinRow"),
    ),
    "Report of a fit": (crossbar_nsm, ("write_fit_report", "FitReport")),
    "Training": (crossbar_nsm, ("train", "TrainingResult", "tune", "Tuning")),
    "The paper": (
        crossbar_nsm,
        ("paper_studies", "PaperStudies", "PaperStudy", "plan_reproduction", "ReproductionPlan", "reproduce_paper",
         "Reproduction"),
    ),
    "Circuits of your own": (crossbar_nsm, ("register_circuit", "Circuit", "Operand")),
    "Errors": (crossbar_nsm, ("CrossbarError",)),
    "Figures": (figures, tuple(figures.__all__)),
    "Devices": (
        device_models,
        ("load_device", "preset_paths", "Device", "Cells", "ReadConditions", "ReadLaw", "CellReads", "CellState",
         "Stream", "Scope"),
    ),
    "Laws of your own": (
        device_models, ("register", "ReadNoiseLaw", "ProgrammingLaw", "DriftLaw", "ResistanceStepLaw"),
    ),
    "Wires": (crossbar_nsm.array, tuple(crossbar_nsm.array.__all__)),
}  # fmt: skip
ABOUT = {
    "Figures": "One function is one matplotlib figure, of a paper's column width: `xb.figures.waterfall(budget)`.",
    "Devices": "From `device_models`. `load_device` and `Device` are in `crossbar_nsm`, too.",
    "Fits to measurements": "From `device_models.fit`. See [fit your measurements](../how_to/fit_measurements.md).",
    "Laws of your own": "From `device_models`. See [write a law](../how_to/write_a_law.md).",
    "Wires": "From `crossbar_nsm.array`: one tile with resistive wires, without a network.",
}


def python_api() -> str:
    parts = [FIRST]
    for title, (module, names) in GROUPS.items():
        parts += [f"## {title}", ABOUT.get(title, "")]
        parts += [_object(name, getattr(module, name)) for name in names]
    return page("Python", *parts)


def _object(name: str, thing: Any) -> str:
    if not inspect.isclass(thing):
        return "\n\n".join([f"### {name}", _fenced(_signature(name, thing)), prose(thing.__doc__)])
    parts = [f"### {name}", _fenced(f"class {_signature(name, thing)}" if _is_made(thing) else f"class {name}")]
    parts.append(prose(thing.__doc__))
    attributes = [(one, value) for one, value in _members(thing) if not callable(value)]
    if issubclass(thing, BaseModel) and thing.__module__ != "device_models.laws":
        parts.append(_settings_of(name))
    parts.append(table(["attribute", ""], [[code(one), _about(value)] for one, value in attributes]))
    for one, value in _members(thing):
        if callable(value):
            parts += [f"#### {name}.{one}", _fenced(_signature(f"{name}.{one}", value)), prose(inspect.getdoc(value))]
    return "\n\n".join(part for part in parts if part)


def _settings_of(name: str) -> str:
    where = "devices.md" if name == "Device" else "configuration.md"
    where = "training_configuration.md" if name in ("TrainConfig", "TuningConfig") else where
    return f"Its settings are attributes: [the keys]({where}) of the YAML file."


def _is_made(kind: type) -> bool:
    """Whether users make one, of arguments that its signature says."""
    return "__init__" in vars(kind) and not issubclass(kind, (BaseModel, Exception))


def _members(kind: type) -> list[tuple[str, Any]]:
    """Public methods and properties of a class and of its bases that are ours, in the order of their source."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.split(".")[0] in OURS:
            found |= {name: value for name, value in vars(base).items() if not name.startswith("_")}
    return [
        (name, getattr(kind, name) if _is_function(value) else value)
        for name, value in found.items()
        if _has_text(value)
    ]


def _is_function(value: Any) -> bool:
    return inspect.isfunction(getattr(value, "__func__", value))


def _has_text(value: Any) -> bool:
    """Whether a member is a function or a property, and says what it is."""
    is_member = _is_function(value) or isinstance(value, (property, cached_property))
    return is_member and bool(value.__doc__)


def _about(value: Any) -> str:
    return " ".join(prose(value.__doc__).split())


def _signature(name: str, thing: Any) -> str:
    """As it is written, one parameter in a line where they do not fit into one."""
    signature = inspect.signature(thing)
    given = [_parameter(one) for one in _with_marks(list(signature.parameters.values()))]
    returned = signature.return_annotation
    to = "" if returned is inspect.Signature.empty or inspect.isclass(thing) else f" -> {_annotation(returned)}"
    line = f"{name}({', '.join(given)}){to}"
    if len(line) <= 90:
        return line
    return f"{name}(\n" + "".join(f"    {one},\n" for one in given) + f"){to}"


def _with_marks(parameters: list[inspect.Parameter]) -> list[inspect.Parameter | str]:
    """With * in front of those that are given by name."""
    marked: list[inspect.Parameter | str] = []
    star = any(one.kind is one.VAR_POSITIONAL for one in parameters)
    for one in parameters:
        if one.name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not star:
            marked.append("*")
            star = True
        marked.append(one)
    return marked


def _parameter(one: inspect.Parameter | str) -> str:
    if isinstance(one, str):
        return one
    prefix = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
    kind = "" if one.annotation is one.empty else f": {_annotation(one.annotation)}"
    default = "" if one.default is one.empty else f"{' = ' if kind else '='}{_default(one.default)}"
    return f"{prefix}{one.name}{kind}{default}"


def _default(value: Any) -> str:
    text = repr(value)
    return "..." if " at 0x" in text or text.startswith("<") or len(text) > 60 else text


def _annotation(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return text.replace("np.ndarray", "ndarray")


def _fenced(text: str) -> str:
    return f"```py\n{text}\n```"
