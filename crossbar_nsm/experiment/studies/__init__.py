"""Sweeps: the `study` (points and trials), one `trial`, the results folder and what is read from it, executors."""
