"""Compiled loops that everything computes with: counter-based draws, words of bits, products with reproducible bits,
thresholds, convolutions."""
