"""Wire resistance: what the cells of an array look like from its drivers and its sense amplifiers.

    driver -r_driver-r_row-o--r_row--o--r_row--o      rows = word lines = inputs, driven at the left
                           |G        |G        |G
                           o         o         o      columns = bit lines = outputs, sensed (0 V) at the bottom
                           |r_col    |r_col    |r_col
                           :         :         :      (one segment before the first cell of a row, one after the last
                        r_sense   r_sense   r_sense   cell of a column; r_driver and r_sense are in series with them)

Modules, in reading order: `parameters` (the four resistances) - `checks` - `blocks` (a few cells seen from their edges,
solved directly) - `join` (two neighbours become one block) - `tree` (from blocks to the whole array, and back down to
its cells) - `transfer` (the matrix T of I = V @ T) - `line_solver` (one vector, by iteration) - `effective` (the noise
of cells seen through the wires).

Equations: docs/physics.md#wires.
"""
