"""Figures by topic; one function = one matplotlib figure. All of them can be imported from here, and are loaded then.
`style` is the look that they share."""

from __future__ import annotations

from typing import Any

from device_models.imports import public_name

_FIGURES = {
    "ageing": ("over_time",),
    "budget": ("single_effects", "waterfall"),
    "calibration": ("calibrated_neurons",),
    "comparison": ("device_comparison",),
    "conductance": ("conductance_histogram",),
    "devices.fit": ("fitted_drift", "fitted_programming", "fitted_read_noise", "fitted_traces"),
    "devices.laws": ("drift", "programming_error", "read_noise"),
    "devices.reads": ("read_traces", "spectrum"),
    "firing": ("activation_probability", "recovered_beta"),
    "heat_maps": ("heat_map",),
    "learning": ("learning_curves",),
    "noise": ("noise_needed", "noise_of_devices"),
    "predictions": ("confusion_matrix", "reliability"),
    "recovery": ("recovered_beta_against", "recovered_beta_of"),
    "sweep": ("against_parameter",),
    "timing": ("effective_samples_against_interval",),
    "uncertainty": ("entropy_against_angle", "entropy_histogram", "reliability_diagram"),
    "wires": ("wire_drop",),
}
_HOME = {name: f"{__name__}.{module}" for module, names in _FIGURES.items() for name in names}


def __getattr__(name: str) -> Any:
    return public_name(__name__, _HOME, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
