"""A programmed chip as a circuit designer sees it: `line_currents`, `numbers` (all of them), `sizes` (what these are),
`unit_mistakes` (settings that cannot be meant)."""
