"""Whole experiments: configuration, data sets, metrics, training runs, comparisons, self-test."""
