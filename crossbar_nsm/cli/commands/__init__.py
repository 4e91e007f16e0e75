"""One module per command, in the folder of its group in `crossbar-nsm --help`. Heavy packages are imported inside its
function: a command that only prints is quick."""
