"""Figures, by topic; one function = one figure. `style` is the look that all share."""
