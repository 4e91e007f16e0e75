import matplotlib.pyplot as plt

from crossbar_nsm.report.figures.drawings import Drawings


def test_a_device_cannot_name_a_file_elsewhere(tmp_path):
    figure = plt.figure()
    plt.close(figure)
    drawings = Drawings(tmp_path / "figures")
    shown = drawings.add("drift_../../../lab/run 1", figure, "caption")
    assert shown.file_name == "drift_.._.._.._lab_run_1.svg"
    assert {path.parent for path in drawings.paths} == {tmp_path / "figures"}
    assert not (tmp_path / "figures").exists() or not any((tmp_path / "figures").iterdir())
    drawings.save()
    assert len(drawings.paths) == 3
    assert all(path.is_file() for path in drawings.paths)
