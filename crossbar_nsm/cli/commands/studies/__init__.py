"""Commands about many settings: sweeps, what they found, the paper's own studies."""
