"""Comparator neurons: `circuits` (how reads are combined to realise a_i; `scalings` are their names, `registered` those
of users), `gain` (which a_i a neuron needs), `resolution` (a_i and thresholds in a few bits),
`comparator` (threshold decision with offset, noise, hysteresis),
`effective_samples` (what successive decisions are worth), `config`."""
