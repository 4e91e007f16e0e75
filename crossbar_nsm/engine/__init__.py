"""What every forward pass shares, software or hardware: counter-based draws, products whose bits do not depend on the
batch or on the number of threads, passes in time order, class probabilities."""

from crossbar_nsm.engine.environment import check_environment

check_environment()  # before any module of this package imports numba
