"""Figures of `crossbar-nsm uncertainty`: ideal software beside hardware."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.experiment.uncertainty import UncertaintyStudy
from crossbar_nsm.report.figures.predictions import ReliabilityPanel, reliability
from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, save_figure, subplots
from device_models.checks.arguments import checked, instance_of
from device_models.errors import ConfigError

A_STUDY = instance_of(UncertaintyStudy, of="a study of uncertainty, as uncertainty gives it")


def save_uncertainty_figures(study: UncertaintyStudy, folder: Path) -> list[Path]:
    """reliability; entropy_and_angle, with more than one angle; entropy_of_other, with another data set."""
    figures = {"reliability": reliability_diagram(study)}
    if len(study.networks[0].turned) > 1:
        figures["entropy_and_angle"] = entropy_against_angle(study)
    if study.other is not None:
        figures["entropy_of_other"] = entropy_histogram(study)
    return [path for name, figure in figures.items() for path in save_figure(figure, folder, name)]


@checked(study=A_STUDY)
def reliability_diagram(study: UncertaintyStudy) -> Figure:
    """`reliability` with a panel per network."""
    return reliability(
        [ReliabilityPanel(net.row.name, net.reliability, net.row.ece, net.row.nll) for net in study.networks]
    )


@checked(study=A_STUDY)
def entropy_against_angle(study: UncertaintyStudy) -> Figure:
    """Mean entropy and mutual information (left) and error (right) against the angle that images are turned by; bands
    and bars are 95 % intervals over images."""
    with look():
        figure, (left, right) = subplots(1, 2, figsize=(2 * COLUMN_INCH, 0.9 * COLUMN_INCH))
        for network, colour in zip(study.networks, LAYER_COLOURS, strict=False):
            fields = ("angle_deg", "entropy", "entropy_low", "entropy_high", "mutual_information", "error",
                      "error_low", "error_high")  # fmt: skip
            angle, entropy, low, high, mutual, error, error_low, error_high = (
                np.array([getattr(at, field) for at in network.turned]) for field in fields
            )
            name, width = network.row.name, 2.5 if network is study.networks[0] else 1  # seen where lines coincide
            left.plot(angle, entropy, "o-", ms=width + 2, lw=width, color=colour, label=f"{name}: entropy")
            left.fill_between(angle, low, high, color=colour, alpha=0.2, lw=0)
            left.plot(angle, mutual, "s--", ms=width + 1.5, lw=width, color=colour, label="mutual information")
            below, above = np.maximum(error - error_low, 0), np.maximum(error_high - error, 0)  # 0 but for rounding
            right.errorbar(
                angle, 100 * error, 100 * np.array([below, above]), fmt="o-", ms=width + 2, lw=width,
                elinewidth=width, color=colour, label=name,
            )  # fmt: skip
        left.set(xlabel="turned by (degrees)", ylabel="nats", ylim=(0, None), title="Uncertainty")
        right.set(xlabel="turned by (degrees)", ylabel="error (%)", ylim=(0, None), title="Error")
        left.legend()
        right.legend()
    return figure


@checked(study=A_STUDY)
def entropy_histogram(study: UncertaintyStudy) -> Figure:
    """Entropy of the prediction on the own images and on those of the other data set, one panel per network, images of
    all chips; the share of images per bin on a logarithmic axis. Raises ConfigError for a study without another
    data set."""
    if study.other is None:
        raise ConfigError('the study has no other data set: uncertainty(config, other="fashion_mnist") has one')
    with look():
        count = len(study.networks)
        figure, panels = subplots(1, count, figsize=(COLUMN_INCH * count, 0.9 * COLUMN_INCH), sharey=True)
        own_name, other_name = Path(study.config.dataset.name).stem, Path(study.other or "").stem
        entropies = [values for network in study.networks for values in (network.entropy, network.other_entropy)]
        bins = np.linspace(0, max(float(values.max()) for values in entropies if values is not None) or 1.0, 31)
        for axes, network in zip(panels, study.networks, strict=True):
            assert network.other_entropy is not None
            groups = ((own_name, network.entropy.ravel()), (other_name, network.other_entropy.ravel()))
            for (name, values), colour in zip(groups, LAYER_COLOURS, strict=False):
                weights = np.full(values.size, 100 / values.size)
                axes.hist(values, bins, weights=weights, histtype="stepfilled", alpha=0.45, color=colour, label=name)
            area = network.auroc["entropy"]
            title = f"{network.row.name}\nAUROC {area.value:.3f} [{area.low:.3f}, {area.high:.3f}]"
            axes.set(xlabel="entropy (nats)", yscale="log", title=title)
        panels[0].set_ylabel("images (%)")
        panels[0].legend(loc="upper right")
    return figure
