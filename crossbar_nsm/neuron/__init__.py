"""Comparator neurons: `circuits` (how reads are combined to realise a_i), `gain` (which a_i a neuron needs),
`comparator` (threshold decision with offset, noise, hysteresis), `config`."""
