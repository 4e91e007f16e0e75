from support.results import fake_results

from crossbar_nsm.report.tables.chips import chips_table
from crossbar_nsm.report.tables.comparison import comparison_table


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
