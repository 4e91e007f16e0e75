"""Figures by topic; one function = one matplotlib figure. All of them can be imported from here, and are loaded then.
`style` is the look that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from device_models.imports import public_name, public_names

if TYPE_CHECKING:
    from crossbar_nsm.report.figures.ageing import over_time
    from crossbar_nsm.report.figures.budget import single_effects, waterfall
    from crossbar_nsm.report.figures.calibration import calibrated_neurons
    from crossbar_nsm.report.figures.comparison import device_comparison
    from crossbar_nsm.report.figures.conductance import conductance_histogram
    from crossbar_nsm.report.figures.devices.fit import (
        fitted_drift,
        fitted_programming,
        fitted_read_noise,
        fitted_traces,
    )
    from crossbar_nsm.report.figures.devices.fits.one_cell import candidate_laws
    from crossbar_nsm.report.figures.devices.fits.populations import fitted_relaxation, fitted_slow_noise, fitted_traps
    from crossbar_nsm.report.figures.devices.fits.pulses import fitted_pulses, twin_pulses
    from crossbar_nsm.report.figures.devices.fits.twins import twin_ageing, twin_programming, twin_traces
    from crossbar_nsm.report.figures.devices.laws import drift, programming_error, read_noise
    from crossbar_nsm.report.figures.devices.reads import read_traces, spectrum
    from crossbar_nsm.report.figures.firing import activation_probability, recovered_beta
    from crossbar_nsm.report.figures.heat_maps import heat_map
    from crossbar_nsm.report.figures.learning import learning_curves
    from crossbar_nsm.report.figures.noise import noise_needed, noise_of_devices
    from crossbar_nsm.report.figures.predictions import confusion_matrix, reliability
    from crossbar_nsm.report.figures.recovery import recovered_beta_against, recovered_beta_of
    from crossbar_nsm.report.figures.style import save_figure
    from crossbar_nsm.report.figures.sweep import against_parameter
    from crossbar_nsm.report.figures.timing import effective_samples_against_interval
    from crossbar_nsm.report.figures.uncertainty import entropy_against_angle, entropy_histogram, reliability_diagram
    from crossbar_nsm.report.figures.wires import wire_drop

_HOME = {
    "activation_probability": "crossbar_nsm.report.figures.firing",
    "against_parameter": "crossbar_nsm.report.figures.sweep",
    "calibrated_neurons": "crossbar_nsm.report.figures.calibration",
    "candidate_laws": "crossbar_nsm.report.figures.devices.fits.one_cell",
    "conductance_histogram": "crossbar_nsm.report.figures.conductance",
    "confusion_matrix": "crossbar_nsm.report.figures.predictions",
    "device_comparison": "crossbar_nsm.report.figures.comparison",
    "drift": "crossbar_nsm.report.figures.devices.laws",
    "effective_samples_against_interval": "crossbar_nsm.report.figures.timing",
    "entropy_against_angle": "crossbar_nsm.report.figures.uncertainty",
    "entropy_histogram": "crossbar_nsm.report.figures.uncertainty",
    "fitted_drift": "crossbar_nsm.report.figures.devices.fit",
    "fitted_programming": "crossbar_nsm.report.figures.devices.fit",
    "fitted_pulses": "crossbar_nsm.report.figures.devices.fits.pulses",
    "fitted_read_noise": "crossbar_nsm.report.figures.devices.fit",
    "fitted_relaxation": "crossbar_nsm.report.figures.devices.fits.populations",
    "fitted_slow_noise": "crossbar_nsm.report.figures.devices.fits.populations",
    "fitted_traces": "crossbar_nsm.report.figures.devices.fit",
    "fitted_traps": "crossbar_nsm.report.figures.devices.fits.populations",
    "heat_map": "crossbar_nsm.report.figures.heat_maps",
    "learning_curves": "crossbar_nsm.report.figures.learning",
    "noise_needed": "crossbar_nsm.report.figures.noise",
    "noise_of_devices": "crossbar_nsm.report.figures.noise",
    "over_time": "crossbar_nsm.report.figures.ageing",
    "programming_error": "crossbar_nsm.report.figures.devices.laws",
    "read_noise": "crossbar_nsm.report.figures.devices.laws",
    "read_traces": "crossbar_nsm.report.figures.devices.reads",
    "recovered_beta": "crossbar_nsm.report.figures.firing",
    "recovered_beta_against": "crossbar_nsm.report.figures.recovery",
    "recovered_beta_of": "crossbar_nsm.report.figures.recovery",
    "reliability": "crossbar_nsm.report.figures.predictions",
    "reliability_diagram": "crossbar_nsm.report.figures.uncertainty",
    "save_figure": "crossbar_nsm.report.figures.style",
    "single_effects": "crossbar_nsm.report.figures.budget",
    "spectrum": "crossbar_nsm.report.figures.devices.reads",
    "twin_ageing": "crossbar_nsm.report.figures.devices.fits.twins",
    "twin_programming": "crossbar_nsm.report.figures.devices.fits.twins",
    "twin_pulses": "crossbar_nsm.report.figures.devices.fits.pulses",
    "twin_traces": "crossbar_nsm.report.figures.devices.fits.twins",
    "waterfall": "crossbar_nsm.report.figures.budget",
    "wire_drop": "crossbar_nsm.report.figures.wires",
}
__all__ = [
    "activation_probability",
    "against_parameter",
    "calibrated_neurons",
    "candidate_laws",
    "conductance_histogram",
    "confusion_matrix",
    "device_comparison",
    "drift",
    "effective_samples_against_interval",
    "entropy_against_angle",
    "entropy_histogram",
    "fitted_drift",
    "fitted_programming",
    "fitted_pulses",
    "fitted_read_noise",
    "fitted_relaxation",
    "fitted_slow_noise",
    "fitted_traces",
    "fitted_traps",
    "heat_map",
    "learning_curves",
    "noise_needed",
    "noise_of_devices",
    "over_time",
    "programming_error",
    "read_noise",
    "read_traces",
    "recovered_beta",
    "recovered_beta_against",
    "recovered_beta_of",
    "reliability",
    "reliability_diagram",
    "save_figure",
    "single_effects",
    "spectrum",
    "twin_ageing",
    "twin_programming",
    "twin_pulses",
    "twin_traces",
    "waterfall",
    "wire_drop",
]


if not TYPE_CHECKING:  # a type checker would take any name for one of this package

    def __getattr__(name: str) -> Any:
        return public_name(__name__, _HOME, name)


def __dir__() -> list[str]:
    return public_names(__name__, __all__)
