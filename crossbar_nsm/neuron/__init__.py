"""Comparator neurons: `circuits` (how reads are combined to realise a_i), `gain` (which a_i a neuron needs),
`resolution` (a_i and thresholds in a few bits), `comparator` (threshold decision with offset, noise, hysteresis),
`config`."""
