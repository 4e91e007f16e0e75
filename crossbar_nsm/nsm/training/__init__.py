"""Training of a network: configuration, epochs, and the state that a stopped run goes on from."""
