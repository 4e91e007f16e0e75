"""Tables of a programmed chip's circuit: its currents, and what steps and errors are beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields

from crossbar_nsm.mapping.circuit.line_currents import Currents
from crossbar_nsm.mapping.circuit.sizes import CircuitNumbers, Size, chip_image_time_s
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.number_text import quantity_text, ratio_text, time_text

Cell = Callable[[CircuitNumbers], str]
NOTHING = "-"
STEPS = {  # heading, what it means, and what is ideal, with the setting that changes it, where no layer has one
    "weight step": ("between two levels of programming", "weight levels (conductance.levels)"),
    "ADC step": ("between two codes of a converter", "ADC (array.partial_sums, output_layer, adc)"),
    "ADC adds": (
        "sd that rounding adds to u, step / sqrt(12) in every conversion, and what it leaves of the slope of a "
        "neuron's probability at 1/2 (calibration, unless it is none, counts it as noise)",
        "",
    ),
    "ADC range": ("a converter takes currents up to this, of either sign", ""),
    "DAC step": ("of a row's voltage, and what it changes in the current of a weight", "row voltages (array.dac)"),
    "offset": ("sd of the comparators'", "comparator offset"),
    "offset adds": ("what that is to a neuron's c, and to its probability where that is 1/2", ""),
    "noise": ("of the comparators, beside the neurons' own", "comparator noise"),
    "hysteresis": ("full width, of the comparators", "hysteresis (neuron.comparator)"),
    "threshold step": ("of the registers that hold thresholds", "thresholds (neuron.threshold_bits)"),
    "gain step": ("of those that hold a (or g), and what it changes in beta", "gains (neuron.gain_bits)"),
}
CAPTION_OF_STEPS = (
    "w: the median weight. sd: of the noise, to be compared with "
    "the steps of weight, ADC and DAC: noise of one read. All else: noise of u, in front of the comparator"
)

MICROAMPERE = "1 uA is"
DROP = [MICROAMPERE, "read noise", "pair limit", "line limit", "pair max", "noise of u", "pair"]
LEGEND = {
    "decision": "time of one, from the start of its first read to the end of its last",
    "line": "current of one bit line",
    "pair": "of a neuron's two, one less the other",
    "weight (w)": "what the median one gives to its pair",
    "read noise": "sd of what changes from pass to pass, of one read",
    "noise of u": "of the reads as the circuit combines them in front of the comparator",
    MICROAMPERE: "beside a weight and the noise of u (of a read, without a comparator)",
}

UNKNOWN = "no calibration images, so the currents that flow are not known (set calibration_images)"


def circuit_rows(layers: Mapping[str, CircuitNumbers]) -> list[dict[str, object]]:
    """One flat entry per layer, units in the names (`line_typical_a`, `adc_step_noise_sds`); None: no such thing."""
    return [dict(_flat("", numbers)) for numbers in layers.values()]


def with_circuit(rows: Sequence[dict[str, object]], layers: Mapping[str, CircuitNumbers]) -> list[dict[str, object]]:
    """Rows of layers, each with the numbers of its circuit behind what it has."""
    return [row | numbers for row, numbers in zip(rows, circuit_rows(layers), strict=True)]


def circuit_tables(layers: Mapping[str, CircuitNumbers], samples: int) -> list[TextTable]:
    """One line per layer: currents; and steps and errors, of what some layer has, in a table of their own. samples: of
    an image, as the numbers were made for."""
    steps = {name: [cell(numbers) for numbers in layers.values()] for name, cell in _STEP_CELLS.items()}
    present = {name: cells for name, cells in steps.items() if set(cells) != {NOTHING}}
    absent = [text for name, (_, text) in STEPS.items() if name not in present and text]
    tables = [_currents_table(layers, samples, absent)]
    if present:
        columns = ["layer", *present]
        lines = list(zip(layers, *present.values(), strict=True))
        legend = {name: STEPS[name][0] for name in present}
        drop = [name for name in ("ADC range", *reversed(STEPS)) if name in present]
        title = "circuit: steps and errors"
        tables.append(make_table(title, columns, lines, CAPTION_OF_STEPS, drop=drop, legend=legend))
    return tables


def _currents_table(layers: Mapping[str, CircuitNumbers], samples: int, absent: Sequence[str]) -> TextTable:
    first = next(iter(layers.values()))
    columns = [
        "layer", "decision", "line", "line max", "line limit", "pair", "pair max", "pair limit", "weight (w)",
        "read noise", "noise of u", MICROAMPERE, f"{samples} samples",
    ]  # fmt: skip
    lines = [
        [
            numbers.layer,
            time_text(numbers.decision_time_s),
            *_currents(numbers.line),
            *_currents(numbers.pair),
            quantity_text(numbers.weight_a, "A"),
            _in_weights(numbers.read_noise),
            _in_weights(numbers.decision_noise),
            "" if _is_offset(layers) else _in_units(numbers.microampere),
            time_text(numbers.image_time_s),
        ]
        for numbers in layers.values()
    ]
    caption = _caption(layers, samples, absent)
    read = f"reads of {time_text(first.window_s)} at {quantity_text(first.voltage_v, 'V')}"
    title, drop = f"circuit: currents and times, {read}", [columns[-1], *DROP]
    return make_table(title, columns, lines, caption, drop=drop, legend=LEGEND)


def _is_offset(layers: Mapping[str, CircuitNumbers]) -> bool:
    """Whether the offset of the comparators is 1 uA, so that its column says what 1 uA is."""
    return any(numbers.comparator.offset == numbers.microampere for numbers in layers.values())


def _caption(layers: Mapping[str, CircuitNumbers], samples: int, absent: Sequence[str]) -> str:
    first, tiles = next(iter(layers.values())), any(numbers.tiles_apart for numbers in layers.values())
    whole = time_text(chip_image_time_s(layers, samples))
    known = f"median and largest (max) of {first.vectors_shown} calibration images"
    lines = [
        f"{known if first.vectors_shown else UNKNOWN}; limit: all inputs pull the same way",
        "currents of one row tile, each of which has an ADC" if tiles else "currents of all row tiles together",
        f"the chip, whose layers work at the same time: {whole} for {samples} samples of an image",
    ]
    ideal = [f"ideal here, not limited (settings that change it): {', '.join(absent)}"] if absent else []
    return "\n".join([*lines, *ideal])


def _currents(currents: Currents) -> list[str]:
    return [quantity_text(a, "A") for a in (currents.typical_a, currents.largest_seen_a, currents.largest_possible_a)]


def _in_weights(size: Size | None) -> str:
    return NOTHING if size is None else f"{quantity_text(size.a, 'A')} = {ratio_text(size.weights)} w"


def _in_units(size: Size) -> str:
    return f"{ratio_text(size.weights)} w = {_sds(size)}"


def _sds(size: Size) -> str:
    return "no noise" if size.noise_sds == float("inf") else f"{ratio_text(size.noise_sds)} sd"


def _size(size: Size | None) -> str:
    return NOTHING if size is None else f"{quantity_text(size.a, 'A')} = {_in_units(size)}"


def _adc_range(numbers: CircuitNumbers) -> str:
    return NOTHING if numbers.adc_range_a is None else f"+-{quantity_text(numbers.adc_range_a, 'A')}"


def _adc_adds(numbers: CircuitNumbers) -> str:
    if numbers.adc_adds is None:
        return NOTHING
    share = numbers.adc_slope_share
    return _sds(numbers.adc_adds) + ("" if share is None else f", slope {ratio_text(100 * share)} %")


def _dac_step(numbers: CircuitNumbers) -> str:
    if numbers.dac_step is None or numbers.dac_step_v is None:
        return NOTHING
    return f"{quantity_text(numbers.dac_step_v, 'V')} = {ratio_text(numbers.dac_step.weights)} w"


def _offset_adds(numbers: CircuitNumbers) -> str:
    given = numbers.comparator
    if given.offset_in_c is None or given.offset_in_probability is None:
        return NOTHING
    return f"c {ratio_text(given.offset_in_c)}, P {ratio_text(given.offset_in_probability)}"


def _gain_step(numbers: CircuitNumbers) -> str:
    registers = numbers.registers
    if registers.gain_step is None or registers.gain_step_in_beta is None:
        return NOTHING
    return f"{ratio_text(registers.gain_step)} = {ratio_text(100 * registers.gain_step_in_beta)} % of beta"


_STEP_CELLS: dict[str, Cell] = {
    "weight step": lambda numbers: _size(numbers.weight_step),
    "ADC step": lambda numbers: _size(numbers.adc_step),
    "ADC adds": _adc_adds,
    "ADC range": _adc_range,
    "DAC step": _dac_step,
    "offset": lambda numbers: _size(numbers.comparator.offset),
    "offset adds": _offset_adds,
    "noise": lambda numbers: _size(numbers.comparator.noise),
    "hysteresis": lambda numbers: _size(numbers.comparator.hysteresis),
    "threshold step": lambda numbers: _size(numbers.registers.threshold_step),
    "gain step": _gain_step,
}


def _flat(prefix: str, part: object) -> Iterable[tuple[str, object]]:
    """Names and values of all numbers in it."""
    for field in fields(part):  # type: ignore[arg-type]
        name, value = prefix + field.name, getattr(part, field.name)
        if value is None and str(field.type).startswith("Size"):
            yield from ((f"{name}_{unit.name}", None) for unit in fields(Size))
        elif hasattr(value, "__dataclass_fields__"):
            yield from _flat(f"{name}_", value)
        else:
            yield name, value
