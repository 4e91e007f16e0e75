"""Which settings matter: one that small mapped networks do not react to has no effect."""
