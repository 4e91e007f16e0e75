"""Monte Carlo sampling of any network, software or hardware: all passes, their means, or as many as it takes.

`progress(done, total)` is called after each chunk or block, in passes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crossbar_nsm.engine.sampling.config import EarlyStoppingConfig
from crossbar_nsm.engine.sampling.early_stopping import Undecided, blocks, groups
from crossbar_nsm.engine.sampling.pass_plan import PassPlan
from crossbar_nsm.engine.sampling.passes import Passes, Progress
from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.engine.sampling.sums import PassSums, softmax
from device_models.checks.memory import check_memory
from device_models.errors import ConfigError

LogitsOf = Callable[[Passes], np.ndarray]


class Sampler:
    """Passes, as planned, of a network that gives the logits (passes, classes) of a chunk of passes."""

    def __init__(self, plan: PassPlan, logits_of: LogitsOf):
        self.plan, self.logits_of = plan, logits_of

    def sample(self) -> np.ndarray:
        """Class probabilities of every pass, (samples, images, classes) float32."""
        plan = self.plan
        single = f"samples={plan.samples}: single passes of {plan.images} images (use predict: it holds none)"
        check_memory(4 * plan.total * plan.classes, single, ConfigError)
        out = np.empty((plan.samples, plan.images, plan.classes), np.float32)
        for passes in plan.passes():
            out[passes.samples, plan.batch_index(passes)] = softmax(self.logits_of(passes))
        return out

    def predict(self, progress: Progress | None = None) -> Prediction:
        """Means over the samples; holds one chunk at a time."""
        plan = self.plan
        sums, done = PassSums(plan.images, plan.classes), 0
        for passes in plan.passes():
            sums.add(softmax(self.logits_of(passes)), plan.batch_index(passes))
            done += len(passes)
            if progress is not None:
                progress(done, plan.total)
        return sums.prediction()

    def predict_until_sure(self, stopping: EarlyStoppingConfig, progress: Progress | None = None) -> Prediction:
        """As `predict`, but an image gets no more passes once its decision is sure.

        Draws are addressed by image and sample, so the passes that are made are those of a full run. With memory, they
        follow each other as the order says, without those that are left out, and only their law is that of a full run.
        `progress` counts passes that are left out as done.
        """
        plan = self.plan
        sums, done = PassSums(plan.images, plan.classes), 0
        for group in groups(plan):
            undecided = Undecided(group, plan, stopping)
            for first, last in blocks(plan.samples, stopping.block):
                before = len(undecided.images)
                for passes in plan.passes_of(undecided.images, first, last):
                    probability, index = softmax(self.logits_of(passes)), plan.batch_index(passes)
                    sums.add(probability, index)
                    undecided.add(probability, index)
                undecided.look(sums.probability, last)
                left = len(undecided.images)
                done += before * (last - first) + (before - left) * (plan.samples - last)
                if progress is not None:
                    progress(done, plan.total)
                if left == 0:
                    break
        return sums.prediction()
