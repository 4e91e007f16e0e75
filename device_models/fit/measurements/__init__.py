"""Files of measurements, as laboratories write them, to pairs and traces in SI units.

From the bottom: `units`, `words`, `headings` (what a column is called) - `layout` (what the user says) - `clock`,
`missing`, `styles` (what stands in fields) - `found` (where in a file the table is) - `parts` (which column is what) -
`body` (the rows) - `columns`, `plausible` (numbers in SI) - `names` (cells) - `samples` (one file) - `understood` (in
words) - `no_reads` (states, maps) - `table` (all files). `delimited` is the strict reader of tables whose columns are
fixed.
"""
