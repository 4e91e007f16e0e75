"""Configurations that have, together, every key of the schema, and the names of all keys."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.settings_in_use.other_values import sections_in
from device_models.laws import Law

PARTS_OF_RRAM = """
  preset: rram_illustrative
  temperature_k: 350
  conductance: {levels: 16}
  programming: {set: {cycle_sd: 0.1, device_sd: 0.1}, reset: {cycle_sd: 0.2, device_sd: 0.1}}
  relaxation: {mean_per_ln_s: 1e-7, sd_per_ln_s: 1e-7, sd_at_1s_s: 1e-6, from_s: 2.0}
  read_noise: {relative_sd: 0.05, window_s: 1e-7, interval_s: 1e-6, thermal: true, shot: true}
  faults: {stuck_on: 0.01, stuck_off: 0.01, stuck_any: 0.01}
"""
WANDER = """
  preset: rram_illustrative
  drift:
    reference_time_s: 1.0
    exponent:
      mean: {at_g_max: 0.05, per_log_g: -0.02, lowest: 0.01, highest: 1, above: {from_share: 0.5, coefficients: [0.1]}}
      sd: {at_g_max: 0.01, per_log_g: -0.01, lowest: 0.001, highest: 0.1, above: {from_share: 0.5, coefficients: [0.1]}}
  flicker:
    log_law:
      {at_g_max: 0.01, per_log_g: -0.01, lowest: 0.015, highest: 0.04, above: {from_share: 0.3, coefficients: [0.1]}}
    read_time_s: 1e-6
    slowest_s: 1e+6
"""
BASES = {
    "plain": "device: rram_illustrative",
    "for life": "device: {preset: rram_illustrative, programming: {device_fraction: 0.3}}",
    "parts": f"device:{PARTS_OF_RRAM}neuron: {{scaling: none}}\nevaluation: {{age_s: 1000, calibrated_at_s: 10}}",
    "converters": "device: rram_illustrative\narray: {output_layer: array, scale: per_row, adc: {bits: 4, inl_lsb: 0.5,"
    " offset_sd_lsb: 0.5}, dac: {bits: 4, inl_lsb: 0.5, offset_sd_v: 0.01, gain_sd: 0.05}}",
    "digital sums": "device: rram_illustrative\narray: {partial_sums: digital, adc: {bits: 4}}",
    "wires": "device: rram_illustrative\narray: {r_row_ohm: 50, r_col_ohm: 50, r_driver_ohm: 100, r_sense_ohm: 100}\n"
    "neuron: {gain_bits: 4, threshold_bits: 4, comparator: {offset_sd_a: 1e-6, noise_sd_a: 1e-6, hysteresis_a: 1e-6}}",
    "averaged": "device: rram_illustrative\nneuron: {scaling: averaged, averaged_reads: 3}",
    "mask": "device: rram_illustrative\nneuron: {scaling: row_mask, mask_keep_probability: 0.6}",
    "measured": "device: rram_illustrative\nneuron: {calibration: measured, calibration_reads: 50}",
    "polynomial": "device: pcm_nandakumar2019\nread: {slow_noise: split}\nevaluation: {age_s: 100}",
    "switching": "device: {preset: rram_switching_illustrative, temperature_k: 350, programming: {"
    "verify: {acceptance_s: 1e-6, acceptance_relative: 0.02, most_attempts: 5}},"
    " endurance: {cycles: 1e+7}}\nneuron: {scaling: none}\nread: {slow_noise: split}",
    "telegraph": "device: {preset: rram_telegraph_illustrative}\nread: {interval_s: 1e-4, pair_interval_s: 1e-5}",
    "jumps": "device: {preset: rram_telegraph_illustrative, telegraph: {jumps: {resistance_step: {relative: 0.2,"
    " per_ohm: 1e-7}, cycle_log_sd: 0.1, share_of_cells: 0.5, capture_time_s: {min_s: 1e-4, max_s: 1e-3},"
    " emission_time_s: {min_s: 1e-4, max_s: 1e-3}}}}\nread: {interval_s: 1e-4, pair_interval_s: 1e-5}",
    "wander": f"device:{WANDER}read: {{slow_noise: split}}\nevaluation: {{age_s: 1000}}",
    "wander in time": "device: {preset: pcm_nandakumar2019, flicker: {relative: {coefficient: 0.05, exponent: -0.65,"
    " highest: 0.2}, read_time_s: 2.5e-7, terms_per_decade: 2}}\nevaluation: {age_s: 100}",
    "logarithmic": "device: {preset: rram_illustrative, flicker: {logarithmic: {per_decade_s: 1e-7, unit_s: 1e-6},"
    " read_time_s: 1e-6}}\nread: {slow_noise: split}\nevaluation: {age_s: 100}",
    "tables": "device: {preset: rram_illustrative, relaxation: {quantiles: {time_s: [1, 1e+4],"
    " conductance_s: [1e-5, 5e-5], normal_score: [-1, 1], change: [[[-0.1, 0.1], [-0.05, 0.05]],"
    " [[-0.3, 0.2], [-0.1, 0.1]]]}}, flicker: {table: {conductance_s: [1e-5, 5e-5], amplitude_s: [1e-7, 3e-7]},"
    " spectral_exponent: 1.4, spread_log_sd: 0.5, read_time_s: 1e-6}}\nread: {slow_noise: split}\n"
    "evaluation: {age_s: 100}",
    "shape": "device: {preset: rram_illustrative, read_noise: {relative_sd: 0.1, shape: {quantiles:"
    " {probability: [0.1, 0.5, 0.8], value: [-1, 0, 2]}}}}\nread: {engine: device}",
    "scores": "device: {preset: rram_illustrative, read_noise: {relative_sd: 0.1, shape: {quantiles:"
    " {normal_score: [-2, 0, 1], value: [-1, 0, 2]}}}}\nread: {engine: device}",
    "pulses": "device: {preset: fefet_illustrative, temperature_k: 350, retention: {loss_per_decade: 0.05,"
    " activation_energy_ev: 0.5}}\nread: {slow_noise: split}\nevaluation: {age_s: 1000}",
    "depression": "device: {preset: fefet_illustrative, conductance: {levels: null},"
    " programming: {pulses: {direction: depression}}}\nread: {slow_noise: split}",
    "selector": "device: {preset: fefet_selector_illustrative, conductance: {g_max_s: 1e-5}, selector:"
    " {on_conductance_s: 1e-5, off_conductance_s: 1e-7}}\nneuron: {scaling: digital}",
    "blank out": "device: ideal_blank_out\nneuron: {scaling: digital}",
    "early": "device: rram_illustrative\nevaluation: {samples: 60, early_stopping: {confidence: 0.9, block: 10}}",
    "layer": "device: rram_illustrative\nlayers: {fc2: {device: rram_milo2021}}\nneuron: {scaling: none}",
}


def every_key(model: type[BaseModel] = ExperimentConfig, above: str = "") -> Iterator[str]:
    """Dotted names of all settings; a device of a layer has those of the device."""
    for name, field in model.model_fields.items():
        sections = [inner for inner in sections_in(field.annotation) if not issubclass(inner, Law)]
        if name == "layers":
            continue
        if sections and name != "sources":
            for inner in sections:
                yield from every_key(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}"
