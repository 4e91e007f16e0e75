"""What people look at: tables, figures (one function = one figure), the demo."""
