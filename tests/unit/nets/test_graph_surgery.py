"""Claims about `lookalike.nets.graph_surgery`: names, what leads to a result, and what two graphs compute alike."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lookalike.nets.graph_surgery import GENERAL, add, constant, free_name, leading_to, prune, rename


def graph(second: float, *, third: str = "c") -> onnx.GraphProto:
    """c = b * second with b = a + 1; beside it Resize, whose second and third inputs are left out."""
    nodes = [
        helper.make_node("Add", ["a", "one"], ["b"]),
        helper.make_node("Mul", ["b", "second"], [third]),
        helper.make_node("Resize", ["b", "", "", "sizes"], ["larger"]),
    ]
    constants = {"one": np.float32(1), "second": np.float32(second), "sizes": np.array([4], np.int64)}
    held = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    given = [helper.make_tensor_value_info("a", TensorProto.FLOAT, ["n"])]
    return helper.make_graph(nodes, "g", given, [helper.make_tensor_value_info(third, TensorProto.FLOAT, ["n"])], held)


def test_what_leads_to_a_result_is_all_that_it_is_computed_from() -> None:
    assert leading_to(graph(2.0), ["c"]) == {"a", "one", "b", "second", "c"}
    assert leading_to(graph(2.0), ["larger"]) == {"a", "one", "b", "sizes", "larger"}


def test_what_leads_nowhere_goes_with_its_constants() -> None:
    one = graph(2.0)
    prune(one, ["c"])
    assert [node.op_type for node in one.node] == ["Add", "Mul"]
    assert {item.name for item in one.initializer} == {"one", "second"}


def test_a_name_is_changed_wherever_it_is_made_or_used() -> None:
    one = graph(2.0)
    rename(one, "b", "sum")
    assert [(list(node.input), list(node.output)) for node in one.node[:2]] == [
        (["a", "one"], ["sum"]),
        (["sum", "second"], ["c"]),
    ]


def test_a_free_name_has_nothing_behind_it() -> None:
    one = graph(2.0)
    assert free_name(one, "both") == "both"
    one.node.append(helper.make_node("Identity", ["c"], ["both.weight"]))
    one.node.append(helper.make_node("Identity", ["c"], ["both_"]))
    assert free_name(one, "both") == "both__"


@pytest.mark.parametrize("renamed", [{}, {"b": "sum", "c": "product", "one": "unit", "second": "twice"}])
@pytest.mark.parametrize(("second", "added"), [(2.0, []), (3.0, ["Mul"])])
def test_what_both_compute_alike_is_there_once_whatever_it_is_called(
    second: float, added: list[str], renamed: dict[str, str]
) -> None:
    one, other = graph(2.0), graph(second)
    for name, to in renamed.items():
        rename(other, name, to)
        for item in other.initializer:
            item.name = to if item.name == name else item.name
    called = {name: renamed.get(name, name) for name in ("c", "second")}
    (name,) = add(one, other, [called["c"]])
    assert [node.op_type for node in one.node] == ["Add", "Mul", "Resize", *added]
    assert name == (f"{GENERAL}.{called['c']}" if added else "c")
    if added:
        assert list(one.node[-1].input) == ["b", f"{GENERAL}.{called['second']}"]
        assert float(numpy_helper.to_array(constant(one, f"{GENERAL}.{called['second']}"))) == 3.0


def test_a_third_graph_is_added_under_a_name_of_its_own() -> None:
    one = graph(2.0)
    assert add(one, graph(3.0), ["c"]) == [f"{GENERAL}.c"]
    assert add(one, graph(4.0), ["c"]) == [f"{GENERAL}_.c"]
    assert add(one, graph(3.0), ["c"]) == [f"{GENERAL}.c"]
    assert [node.op_type for node in one.node] == ["Add", "Mul", "Resize", "Mul", "Mul"]


def test_nodes_that_differ_in_an_attribute_or_an_input_are_not_alike() -> None:
    one, other = graph(2.0), graph(2.0)
    other.node[0].attribute.append(helper.make_attribute("axis", 1))
    add(one, other, ["c"])
    assert [node.op_type for node in one.node] == ["Add", "Mul", "Resize", "Add", "Mul"]
