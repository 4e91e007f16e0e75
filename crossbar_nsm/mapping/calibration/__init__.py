"""From what is known of a layer's signals (`exact_moments`, `measured_moments`) to the gain and threshold of each
neuron (`settings`); `calibrator` does it for one layer, `layer_calibration` says what came of it."""
