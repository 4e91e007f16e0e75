"""The parts of a device, in the order of a cell's life: range, programming, time, reads. One physical process = one
file, with its settings and its equations."""
