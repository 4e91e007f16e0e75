"""A layer's reads: `reader_choice` (which reader serves it), `device_reads` (every cell drawn), `masked_reads` (random
masks on the rows), `converters` (ADCs and the sums behind them)."""
