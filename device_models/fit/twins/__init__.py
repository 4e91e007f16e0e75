"""The simulated twin: the preset of a fit, measured as the cells were, beside what was measured.

From the bottom: `comparison` (one number beside those of many twins) - `simulation` (reads of cells at given times) -
`spectra` (Welch periodograms, their slope and level) - `reads`, `programming`, `ageing` (one kind of measurement each)
- `verdict` (in words) - `twin` (all together).
"""
