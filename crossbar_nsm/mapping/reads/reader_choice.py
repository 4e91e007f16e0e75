"""Which reader serves a layer.

The first of READERS that `read.engine` allows and that is exact for the cells, so the fastest stands first. Operands
with a random mask on the rows have inputs of their own, see `crossbar_nsm.mapping.reads.masked_reads`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crossbar_nsm.array.moments_reader import MomentsReader
from crossbar_nsm.array.reader import Reader, ReaderKind, ReadPlan
from crossbar_nsm.mapping.reads.device_reads import DeviceReads
from crossbar_nsm.mapping.reads.masked_reads import MaskedReads, RowMask
from device_models.errors import MappingError

READERS: tuple[ReaderKind, ...] = (MomentsReader, DeviceReads)


def combined_reads(plan: ReadPlan) -> Reader:
    """The reader that serves a layer. Raises MappingError where none that `read.engine` allows is exact."""
    if any(operand.is_masked for operand in plan.operands):
        return _masked_reads(plan)
    for kind in READERS:
        if plan.read.engine in ("auto", kind.name) and kind.serves(plan):
            return kind.of(plan)
    raise MappingError(f"read.engine: {plan.read.engine} is not exact for {plan.main.device.name}; use auto").see(
        "readers"
    )


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
    return MaskedReads(combined_reads(with_mask), combined_reads(without), masked, mask)
