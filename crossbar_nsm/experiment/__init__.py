"""Whole experiments: configuration, metrics, training runs, comparisons, self-test."""
