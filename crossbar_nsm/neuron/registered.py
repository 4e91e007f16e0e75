"""Circuits of users: a function of the neurons' settings that gives a `Circuit`, known under a name as
`neuron.scaling`.

    @register_circuit("halves")
    def halves(neuron):  # u = r1 + a (r2 + r3) / 2
        return Circuit("halves", (Operand(), Operand(), Operand()), (1, 0, 0), (0, 0.5, 0.5))

Its moments follow from its operands; so do reach, calibration, readers and times.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

from crossbar_nsm.array.operand import MAIN, REPLICA, Operand
from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.config import MOST_AVERAGED_READS, NeuronConfig
from crossbar_nsm.neuron.scalings import OF_USERS
from device_models.checks.arguments import a_text, checked
from device_models.errors import ConfigError, CrossbarError, explained_by, quoted

Function = TypeVar("Function", bound=Callable[[NeuronConfig], Circuit])
MOST_READS = 1 + MOST_AVERAGED_READS
LARGEST_COEFFICIENT = 1e3


@explained_by("register_data_and_circuits")
@checked(name=a_text)
def register_circuit(name: str) -> Callable[[Function], Function]:
    """Decorator of a function (neuron: NeuronConfig) that gives the Circuit of this name.

    Raises ConfigError for a name that there is, and for a function that fails, or gives anything but a circuit whose
    operands are reads of `main` and `replica`, or their products, with one number of `start` and `slope` for each.
    """

    def add(function: Function) -> Function:
        if not callable(function):
            raise ConfigError(f"circuit {name}: decorate a function (neuron) that gives a Circuit")

        def made(neuron: NeuronConfig) -> Circuit:
            return _checked(name, function, neuron)

        made(NeuronConfig())
        OF_USERS.add(name, made, function)
        return function

    return add


@explained_by("register_data_and_circuits")
def _checked(name: str, function: Callable[[NeuronConfig], Any], neuron: NeuronConfig) -> Circuit:
    where = f"circuit {name} ({getattr(function, '__name__', 'function')})"
    try:
        circuit = function(neuron)
    except CrossbarError:
        raise
    except (Exception, SystemExit) as error:
        raise ConfigError(f"{where}: {type(error).__name__}: {error}") from None
    if not isinstance(circuit, Circuit):
        raise ConfigError(f"{where}: gave {quoted(circuit)}, expected a Circuit")
    if circuit.name != name:
        raise ConfigError(f"{where}: gave a Circuit called {quoted(circuit.name)}; call it {name}")
    operands, start, slope = _tuple(circuit.operands), _tuple(circuit.start), _tuple(circuit.slope)
    for wrong in (_wrong_operands(operands), _wrong_numbers(start, slope, len(operands))):
        if wrong:
            raise ConfigError(f"{where}: {wrong}")
    return Circuit(name, operands, tuple(map(float, start)), tuple(map(float, slope)))


def _tuple(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, (tuple, list)) else ()


def _wrong_operands(operands: tuple[Any, ...]) -> str:
    """What is wrong with them, if anything."""
    for operand in operands:
        if not isinstance(operand, Operand) or operand.array not in (MAIN, REPLICA):
            return f"operand {quoted(operand)}: expected Operand() or Operand('replica')"
        if operand.mask_probability is not None and not (
            _is_number(operand.mask_probability) and 0 < operand.mask_probability < 1 and operand.is_read
        ):
            return f"operand {quoted(operand)}: only a read is masked, with a probability between 0 and 1"
    reads = [operand for operand in operands if operand.is_read]
    if not 1 <= len(reads) <= MOST_READS or len(operands) > MOST_READS:
        return f"{len(reads)} reads of {len(operands)} operands: expected 1 to {MOST_READS} reads, and as many operands"
    if len({operand.mask_probability for operand in reads if operand.is_masked}) > 1:
        return "masks of different probabilities; a pass has one mask"
    return ""


def _wrong_numbers(start: tuple[Any, ...], slope: tuple[Any, ...], operands: int) -> str:
    for name, values in (("start", start), ("slope", slope)):
        if len(values) != operands or not all(map(_is_number, values)):
            return f"{name}={quoted(values)}: expected {operands} numbers, one for each operand"
        if any(abs(value) > LARGEST_COEFFICIENT for value in values):
            return f"{name}={quoted(values)}: expected numbers up to {LARGEST_COEFFICIENT:g} in size"
    return "" if any(start) else "start: all 0, so that nothing is left without a gain"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
