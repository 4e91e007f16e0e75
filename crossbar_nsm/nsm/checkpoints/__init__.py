"""Trained networks in files: this program's own, and the layout of the published code."""
