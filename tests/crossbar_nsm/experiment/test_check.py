from crossbar_nsm.experiment.check import run_checks


def test_the_self_test_passes_and_counts():
    counted = []
    results = run_checks(lambda done, total: counted.append((done, total)))
    assert all(result.passed for result in results), [result for result in results if not result.passed]
    assert counted[-1] == (len(results), len(results))
