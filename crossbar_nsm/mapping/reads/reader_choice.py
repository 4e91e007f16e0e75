"""Which reader serves a layer.

The first of READERS that `read.engine` allows and that serves the cells, so the fastest stands first. Operands with a
random mask on the rows have inputs of their own, see `crossbar_nsm.mapping.reads.masked_reads`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crossbar_nsm.array.moments_reader import MomentsReader
from crossbar_nsm.array.normal_sums import LIMIT, distance_from_normal
from crossbar_nsm.array.reader import Reader, ReaderKind, ReadPlan
from crossbar_nsm.mapping.reads.device_reads import DeviceReads
from crossbar_nsm.mapping.reads.masked_reads import MaskedReads, RowMask
from device_models.errors import MappingError

READERS: tuple[ReaderKind, ...] = (MomentsReader, DeviceReads)


def combined_reads(plan: ReadPlan) -> Reader:
    """The reader that serves a layer. Raises MappingError where none that `read.engine` allows does."""
    if any(operand.is_masked for operand in plan.operands):
        return _masked_reads(plan)
    return _kind_for(plan).of(plan)


def _kind_for(*plans: ReadPlan) -> ReaderKind:
    """The kind that serves all of them."""
    engine, device = plans[0].read.engine, plans[0].main.device.name
    for kind in READERS:
        if engine in ("auto", kind.name) and all(kind.serves(plan) for plan in plans):
            return kind
    distance = max(map(distance_from_normal, plans))
    if distance > LIMIT:
        raise MappingError(
            f"read.engine: {engine} takes sums of columns as normal, which for the read noise of {device} is wrong by "
            f"up to {distance:.2g} in P(z = +1) (at most {LIMIT:g}): few inputs, or few weights that dominate; use "
            "auto or device"
        ).see("readers")
    raise MappingError(f"read.engine: {engine} is not exact for {device}; use auto").see("readers")


def _masked_reads(plan: ReadPlan) -> MaskedReads:
    """Two readers go through all operands, in their order, and each keeps its own."""
    masked = np.array([operand.is_masked for operand in plan.operands])
    unmasked = replace(plan, operands=tuple(operand.unmasked for operand in plan.operands))
    with_mask = replace(
        unmasked,
        coefficients=plan.coefficients * masked[:, None],
        layer_input=plan.layer_input.with_real_inputs(),
        draws="masked ",
    )
    without = replace(unmasked, coefficients=plan.coefficients * ~masked[:, None])
    mask = RowMask(min(operand.drive_probability for operand in plan.operands), plan.key("row_mask"))
    kind = _kind_for(with_mask, without)
    return MaskedReads(kind.of(with_mask), kind.of(without), masked, mask)
