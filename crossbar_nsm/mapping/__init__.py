"""From a trained network to a programmed chip: `conductances` (weights to targets), `programming` (a layer on its
arrays), `reads` (how they are read), `calibration` (a_i and thresholds), `mapped_layer`, `mapped_network`, `files`,
`learning`, `observation` (beta measured from firing decisions), `circuit` (currents, steps and errors), `timing` (what
samples are worth), `user_files` (of laws and circuits), `config`."""
