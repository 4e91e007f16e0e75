"""One module per command. Heavy packages are imported inside its function: a command that only prints is quick."""
