"""Training runs: their folders, what they give, and the test of finished networks."""
