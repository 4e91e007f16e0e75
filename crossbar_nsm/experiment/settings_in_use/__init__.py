"""Which settings are in the path: what a small mapped network does not react to has no effect."""
