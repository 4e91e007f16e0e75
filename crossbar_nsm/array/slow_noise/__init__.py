"""Noise that successive reads share, besides telegraph noise alone.

`flicker_source`, `flicker_kernel`, `flicker_holds` (1/f noise) - `gated_source`, `gated_kernel` (selectors with memory)
- `cell_by_cell_source`, `cell_by_cell_kernel` (laws whose parts multiply within a cell) - `block_layout`, `block_walk`
(how outputs lie in blocks and are walked through).
"""
