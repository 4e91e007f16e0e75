"""One layer's crossbar: cells in rows and columns, tiles, reads, converters.

Rows = word lines = inputs; columns = bit lines = outputs; an output is a pair of physical columns (G+ and G-).
Modules: `config` - `tiling` (a layer cut into tiles) - `pair_targets` - `physical_columns` - `wires` (their
resistance) - `crossbar` (programmed pairs of cells) - `layer_input` (what its rows get) - `operand` and `reader` (what
is read, and what every reader offers) - `moments_reader` (closed form of fresh Gaussian reads) - `device_reader` (every
cell drawn, by its sources: `fresh_sources`, `memoryless_selectors`, `telegraph`, `slow_noise`) - `dac` (row drivers) -
`adc`. Importing the package loads none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import crossbar_nsm.engine  # noqa: F401  # looks at the environment before a module of this package imports numba
from device_models.imports import public_name, public_names

if TYPE_CHECKING:
    from crossbar_nsm.array.wires.line_solver import column_currents
    from crossbar_nsm.array.wires.transfer import transfer_matrix

_HOME = {
    "column_currents": "crossbar_nsm.array.wires.line_solver",
    "transfer_matrix": "crossbar_nsm.array.wires.transfer",
}
__all__ = ["column_currents", "transfer_matrix"]


if not TYPE_CHECKING:  # a type checker would take any name for one of this package

    def __getattr__(name: str) -> Any:
        return public_name(__name__, _HOME, name)


def __dir__() -> list[str]:
    return public_names(__name__, __all__)
