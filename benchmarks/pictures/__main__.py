"""Draw them all; see the package's text."""

from benchmarks.pictures.card import save
from benchmarks.pictures.circuits import circuits
from benchmarks.pictures.overview import computed, overview
from crossbar_nsm.report.figures.style import look

if __name__ == "__main__":
    with look():
        save(circuits(), "circuits", "What the circuits amplify")
        save(overview(computed()), "overview", "From a trained network over noisy memory cells to a verdict")
