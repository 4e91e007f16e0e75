"""From what is known of a layer's signals (exact or measured moments) to the gain and threshold of each neuron
(`settings`)."""
