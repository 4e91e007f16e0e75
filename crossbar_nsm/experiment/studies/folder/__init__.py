"""The folder of a study: what is in it, what belongs there, and what is read from it."""
