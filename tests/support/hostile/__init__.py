"""Hostile inputs: how they are made, given to an entrance, and judged."""
