"""Checks of the self-test: something simulated beside an exact law or a hand count."""
