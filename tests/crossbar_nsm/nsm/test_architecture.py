import pytest
from pydantic import ValidationError

from crossbar_nsm.nsm.architecture import Architecture


def dense(name, inputs, outputs, kind="dense"):
    return {"type": kind, "name": name, "inputs": inputs, "outputs": outputs}


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([dense("a", 4, 3), dense("b", 2, 2, "linear")], "layer b takes 2 inputs but a has 3 outputs"),
        ([dense("a", 4, 3), dense("a", 3, 2, "linear")], "names must differ"),
        ([dense("a", 4, 3), dense("b", 3, 2)], "one linear output layer"),
        ([dense("a", 4, 3, "linear"), dense("b", 3, 2, "linear")], "one linear output layer"),
        ([dense("a b", 4, 3), dense("b", 3, 2, "linear")], "pattern"),
    ],
)
def test_layers_must_fit(layers, message):
    with pytest.raises(ValidationError, match=message):
        Architecture.model_validate({"layers": layers})


def test_sizes():
    net = Architecture.model_validate({"layers": [dense("a", 4, 3), dense("b", 3, 2, "linear")]})
    assert (net.inputs, net.classes) == (4, 2)
