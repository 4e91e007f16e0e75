"""From a trained network to a programmed chip: `conductances` (weights to targets), `calibration` (a_i and
thresholds), `mapped_layer`, `mapped_network`, `recovery` (beta measured from firing decisions), `timing` (what samples
are worth), `config`."""
