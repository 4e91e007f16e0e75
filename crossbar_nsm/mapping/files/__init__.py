"""Files of programmed chips and of conductances, written, read and checked."""
