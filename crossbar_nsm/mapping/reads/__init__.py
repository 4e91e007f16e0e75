"""A layer's reads: combined by its circuit, masked rows, converters."""
