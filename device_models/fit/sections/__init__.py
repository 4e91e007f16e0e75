"""How fits are written in a preset, one file for each section of a device: all that knows the schema of its file."""
