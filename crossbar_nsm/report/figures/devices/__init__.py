"""Figures of one device: its laws (`laws`), reads in time (`reads`), a fit to measurements (`fit`); `catalogue` saves
all that a device has."""
