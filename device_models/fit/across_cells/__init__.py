"""Laws over many cells: programming errors, read noise against conductance, traps, drift and relaxation."""
