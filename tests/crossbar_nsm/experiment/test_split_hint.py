"""When `read.slow_noise: split` is suggested: by injected times, never by a clock."""

import warnings

import pytest
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.experiment import split_hint as module
from crossbar_nsm.experiment.split_hint import draws_trajectories, seconds_per_pass
from crossbar_nsm.mapping.calibration.split_noise import split_over_exact

SLOW = ("device=pcm_nandakumar2019", "evaluation.age_s=100")
TRAJECTORY_S, SPLIT_S = 0.05, 0.0005


@pytest.fixture
def study(tmp_path, monkeypatch):
    """60 images x 20 samples, two chips at two points: 4,800 passes, as long as is injected."""
    monkeypatch.setattr(
        module,
        "seconds_per_pass",
        lambda chip, _images: TRAJECTORY_S if chip.config.read.slow_noise == "trajectory" else SPLIT_S,
    )
    return small_study(tmp_path)


def hints(command, *arguments, **settings):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        command(*arguments, **settings)
    return [str(one.message) for one in said if "trajectories of slow noise" in str(one.message)]


def test_one_warning_with_both_times(study, tmp_path):
    """4,800 x 50 ms are 4 min, 4,800 x 0.5 ms are 2.4 s."""
    for command, more in ((xb.compare, {}), (xb.sweep, {"out": tmp_path / "out", "workers": 1}), (xb.dry_run, {})):
        (text,) = hints(command, study, *SLOW, **more)
        assert "will take about 4 min" in text
        assert "; read.slow_noise=split takes about 2.4 s" in text


def test_passes_of_every_prediction_count(study):
    """Three ages: five predictions of 2 x 1,200 passes. Two sets of images: two."""
    one = ("sweep={}", "neuron.scaling=none", *SLOW)
    (text,) = hints(xb.ageing, study, *one, ages_s=[100.0, 1e4, 1e6])
    assert "about 10 min" in text
    (text,) = hints(xb.run, study, *one)
    assert "about 2 min" in text


def test_a_minute_is_no_reason(study):
    assert hints(xb.compare, study, *SLOW, "evaluation.samples=4") == []
    assert len(hints(xb.compare, study, *SLOW, "evaluation.samples=6")) == 1


@pytest.mark.parametrize(
    "settings",
    [
        ("evaluation.samples=20000",),
        (*SLOW, "read.slow_noise=split"),
        (*SLOW, "read.engine=device"),
        ("device={preset: pcm_nandakumar2019, selector: {keep_probability: 0.5}}",),
    ],
    ids=["fresh noise", "split", "asked for cell by cell", "selector"],
)
def test_nothing_is_said_where_it_would_not_help(study, settings):
    point = xb.load_config(study, *settings)
    assert not draws_trajectories(point)
    assert draws_trajectories(xb.load_config(study, *SLOW))


def test_nothing_is_said_where_split_takes_as_long(study, monkeypatch):
    monkeypatch.setattr(module, "seconds_per_pass", lambda _chip, _images: TRAJECTORY_S)
    assert hints(xb.compare, study, *SLOW) == []


def test_what_it_costs_is_what_split_reads_draw(study):
    """The averaged reads of PCM are far apart: of their noise split has a quarter."""
    one = ("sweep={}", *SLOW, "neuron.scaling=averaged")
    (text,) = hints(xb.run, study, *one)
    config = xb.load_config(study, *one, "read.slow_noise=split")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chip = xb.map_network(xb.load_checkpoint(config.checkpoint), config)
    shares = sorted(
        split_over_exact(layer.circuit, layer.arrays, layer.layer_input.positions, layer.setting.gain)
        for layer in chip.hidden
    )
    assert f"{shares[0]:.2g} " in text.partition("draws ")[2]
    assert f"{shares[-1]:.2g} times the noise variance" in text
    assert shares[-1] < 0.4


def test_as_much_noise_is_called_the_same(study, monkeypatch):
    monkeypatch.setattr(module, "split_over_exact", lambda *_layer: 1.001)
    (text,) = hints(xb.run, study, "sweep={}", *SLOW)
    assert text.endswith("draws the same noise variance that these reads have in time")


def test_what_chips_say_is_said_of_the_trials_still(study):
    """Chips that were programmed to be measured keep no warning from those of the trials."""
    quiet = ("sweep={}", *SLOW, "neuron.comparator.offset_sd_a=1.0")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        xb.run(study, *quiet)
    texts = [str(one.message) for one in said]
    assert len([text for text in texts if "trajectories" in text]) == 1
    assert len([text for text in texts if "neuron.comparator.offset_sd_a=1 A" in text]) == 1


class Chip:
    """Predictions take `beside_s` and `pass_s` for every sample; the first of so many samples compiles for a while."""

    def __init__(self, monkeypatch, pass_s, beside_s=0.0):
        self.pass_s, self.beside_s, self.made, self.now_s = pass_s, beside_s, [], 0.0
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now_s)

    def predict(self, images, samples):
        self.now_s += self.beside_s + self.pass_s * samples + (3.0 if samples not in self.made else 0.0)
        self.made.append(samples)


def test_a_pass_is_measured_over_as_many_as_take_a_moment(monkeypatch):
    """10 ms each: 1, 4, 16 and 64 passes are tried, and the last of these takes more than 0.2 s."""
    chip = Chip(monkeypatch, 0.01)
    assert seconds_per_pass(chip, [None]) == pytest.approx(0.01)
    assert chip.made == [1, 1, 4, 4, 16, 16, 64, 64]


@pytest.mark.parametrize(("pass_s", "beside_s", "most"), [(1e-4, 0.06, 1.7), (1e-3, 0.3, 1.5), (0.05, 0.0, 1.0)])
def test_what_is_beside_passes_and_compilation_is_no_part_of_a_pass(monkeypatch, pass_s, beside_s, most):
    """Kernels that only a prediction of several samples needs are compiled outside the measured time."""
    found_s = seconds_per_pass(Chip(monkeypatch, pass_s, beside_s), [None])
    assert 0.999 * pass_s <= found_s <= 1.001 * most * pass_s


def test_a_slow_pass_is_made_twice(monkeypatch):
    chip = Chip(monkeypatch, 5.0)
    assert seconds_per_pass(chip, [None]) == pytest.approx(5.0)
    assert chip.made == [1, 1]
