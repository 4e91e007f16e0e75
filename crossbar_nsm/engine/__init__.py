"""What every forward pass shares, software or hardware: counter-based draws, products whose bits do not depend on the
batch or on the number of threads, passes in time order, class probabilities."""
