"""Monte Carlo sampling of any network.

Modules: `passes` (chunks in time order), `pass_plan` (which are made), `sampler` (the loops over passes), `sums` (of
class probabilities), `prediction` (what they say together), `early_stopping` and its `config`.
"""
