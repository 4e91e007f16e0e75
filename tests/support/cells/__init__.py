"""Cells, arrays and traces for tests, and references computed another way."""
