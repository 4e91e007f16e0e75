"""Traps in one trace: hidden Markov chains in white noise, and the path of a trap in slow noise."""
