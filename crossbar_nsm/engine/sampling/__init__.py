"""Monte Carlo sampling of any network.

Modules: `passes` (chunks in time order), `run` (what is sampled), `sampler` (the loops over passes), `sums` (of class
probabilities), `prediction` (what they say together), `early_stopping` and its `config`.
"""
