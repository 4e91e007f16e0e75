"""How large fresh read noise is and how it is distributed: `power_law`, `table` and `polynomial` (sd against
conductance), `shapes` (normal, Laplace, a table of quantiles)."""
