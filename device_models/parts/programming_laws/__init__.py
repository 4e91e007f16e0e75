"""Laws of one programming: how cells scatter (spreads), what switches them (set and reset, pulses), how often they are
written (verify)."""
