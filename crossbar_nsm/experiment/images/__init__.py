"""Which images a command evaluates, calibrates with or trains on, and whether they are the network's."""
