"""Figures of fits to measurements, for their report: one cell's laws, laws over cells, and the simulated twin."""
