"""Configurations: their schemas, and how a file, overrides, devices by name and a sweep become one that is checked."""
