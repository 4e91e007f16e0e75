from support.results import fake_results

from crossbar_nsm.experiment.studies.pairs import every_pair
from crossbar_nsm.report.tables.chips import chips_table
from crossbar_nsm.report.tables.comparison import comparison_table, pairs_table
from crossbar_nsm.report.tables.terminal import print_table


def test_capped_nlls_are_said_under_the_tables():
    results = fake_results(chips=1, images=20)
    tables = [comparison_table(results.rows), chips_table(results.table().to_dicts(), [])]
    assert [table.notes for table in tables] == ["", ""]
    trial = results.points[0].chips[0]
    trial.prediction.probability[:3, :] = 0.0
    capped = fake_results(chips=1, images=20)
    capped.points[0].chips[0] = trial
    for table in (comparison_table(capped.rows), chips_table(capped.table().to_dicts(), [])):
        assert "up to 3 of 20 images give their label less than 1e-12, which counts as 27.6 nats" in table.caption


def test_what_was_swept_stays_whatever_a_column_of_that_name_would_do(monkeypatch, capsys):
    """`samples` is also what images that stop early took, which goes first."""
    monkeypatch.setenv("COLUMNS", "80")
    print_table(comparison_table(fake_results({"evaluation.samples": [10, 20]}).rows))
    heading, left_out = capsys.readouterr().out.split("left out: ")
    assert " samples " in heading
    assert "samples" not in left_out.split("(--wide")[0]


def test_intervals_of_pairs_are_whole(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    swept = {"read.interval_s": [1e-6, 1e-4], "array.rows": [32, 64], "device.read_noise.relative_sd": [0.05, 0.2]}
    pairs = every_pair(fake_results(swept, images=50).points)
    print_table(pairs_table(pairs))
    shown = capsys.readouterr().out
    low, high = (f"{100 * end:+.2f}" for end in (pairs[0].compared.difference_low, pairs[0].compared.difference_high))
    assert f"[{low}, {high}]" in shown
    assert ".../" in shown
