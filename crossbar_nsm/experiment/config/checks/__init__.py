"""Mistakes in what a configuration names, told before work is spent: no torch is loaded."""
