"""What people look at: tables, figures (one function = one figure), the demo."""

from crossbar_nsm.report.backend import check_backend

check_backend()  # before any module of this package imports matplotlib
