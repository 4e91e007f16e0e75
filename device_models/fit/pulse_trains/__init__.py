"""Pulse responses: the curve that pulses take a cell along, what they leave beside it, and the noise of the reads.

From the bottom: `curve` - `likelihood` (of trains of one direction, exact) - `goodness` (what the law leaves) -
`search` (which law, its numbers and intervals) - `fit` (both directions, all cells, in siemens).
"""
