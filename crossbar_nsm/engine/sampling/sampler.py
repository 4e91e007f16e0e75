"""Monte Carlo sampling of any network, software or hardware: all passes of a run, their means, or as many as it takes.

`progress(done, total)` is called after each chunk or block, in passes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crossbar_nsm.engine.sampling.config import EarlyStoppingConfig
from crossbar_nsm.engine.sampling.early_stopping import Undecided, blocks, groups
from crossbar_nsm.engine.sampling.passes import Passes, Progress
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.engine.sampling.run import Run
from crossbar_nsm.engine.sampling.sums import Sums, softmax
from device_models.checks.memory import check_memory
from device_models.errors import ConfigError

LogitsOf = Callable[[Passes], np.ndarray]


class Sampler:
    """One run of a network that gives the logits (passes, classes) of a chunk of passes."""

    def __init__(self, run: Run, logits_of: LogitsOf):
        self.run, self.logits_of = run, logits_of

    def sample(self) -> np.ndarray:
        """Class probabilities of every pass, (samples, images, classes) float32."""
        run = self.run
        single = f"samples={run.samples}: single passes of {run.images} images (use predict: it holds none)"
        check_memory(4 * run.total * run.classes, single, ConfigError)
        out = np.empty((run.samples, run.images, run.classes), np.float32)
        for passes in run.passes():
            out[passes.samples, run.batch_index(passes)] = softmax(self.logits_of(passes))
        return out

    def predict(self, progress: Progress | None = None) -> Prediction:
        """Means over the samples; holds one chunk at a time."""
        run = self.run
        sums, done = Sums(run.images, run.classes), 0
        for passes in run.passes():
            sums.add(softmax(self.logits_of(passes)), run.batch_index(passes))
            done += len(passes)
            if progress is not None:
                progress(done, run.total)
        return sums.prediction()

    def predict_until_sure(self, stopping: EarlyStoppingConfig, progress: Progress | None = None) -> Prediction:
        """As `predict`, but an image gets no more passes once its decision is sure.

        Draws are addressed by image and sample, so the passes that are made are those of a full run. Of a run with
        memory, passes follow each other as the order says, without those that are left out, and only their law is that
        of a full run. `progress` counts passes that are left out as done.
        """
        run = self.run
        sums, done = Sums(run.images, run.classes), 0
        for group in groups(run):
            undecided = Undecided(group, run, stopping)
            for first, last in blocks(run.samples, stopping.block):
                before = len(undecided.images)
                for passes in run.passes_of(undecided.images, first, last):
                    probability, index = softmax(self.logits_of(passes)), run.batch_index(passes)
                    sums.add(probability, index)
                    undecided.add(probability, index)
                undecided.look(sums.probability, last)
                left = len(undecided.images)
                done += before * (last - first) + (before - left) * (run.samples - last)
                if progress is not None:
                    progress(done, run.total)
                if left == 0:
                    break
        return sums.prediction()
