"""What people look at: tables, figures (one function = one figure), the demo."""

from device_models.imports import check_variable

check_variable("MPLBACKEND", "matplotlib")  # before any module of this package imports matplotlib
