"""Monte Carlo sampling: passes in time order, what they say together, early stopping and its configuration."""
