"""Devices on paper: `numbers` and `tables` (the presets, one device), `description` (JSON), figures of their laws
(`figures`), of reads (`read_figures`) and of the noise that a network needs (`noise_figures`), fits (`fit_tables`,
`fit_figures`). Simulated cells behind the figures: `programmed`, `traces`, `spectrum`, `ageing`, `fluctuations`."""
