"""Claims about `lookalike ensemble`: a mixture of two similarities in one file, and nothing computed twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import numpy_helper

from lookalike.cli.program import program
from lookalike.embed.opening import open_embedder, read_model
from lookalike.errors import InvalidConfiguration, ModelError
from lookalike.evaluate.kept_trials import learned_products
from lookalike.explain.split import split_pictures
from lookalike.train.ensemble import ensemble


def written(folder: Path, *, factor: float, last: int, labels: tuple[str, ...] = (), **preprocessing: object) -> Path:
    """The packaged model with other values in its last convolutions, as a folder; `labels` are what it learned from."""
    description, file = read_model(None)
    proto = onnx.load_from_string(file)
    kernels = {node.input[1] for node in [one for one in proto.graph.node if one.op_type == "Conv"][-last:]}
    for item in proto.graph.initializer:
        if item.name in kernels:
            values = numpy_helper.to_array(item)
            item.CopyFrom(numpy_helper.from_array((values * np.float32(factor)).astype(values.dtype), item.name))
    made = proto.SerializeToString()
    folder.mkdir()
    (folder / "model.onnx").write_bytes(made)
    document = description.as_dict()
    document["weights_sha256"] = hashlib.sha256(made).hexdigest()
    document["name"] = folder.name
    document["preprocessing"].update(preprocessing)  # pyright: ignore[reportAttributeAccessIssue]
    (folder / "description.json").write_text(json.dumps(document))
    if labels:
        np.savez(folder / "objective.npz", labels=np.array(labels))
    return folder


def n_convolutions(folder: Path | None) -> int:
    return sum(node.op_type == "Conv" for node in onnx.load_from_string(read_model(folder)[1]).graph.node)


torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


def test_its_cosines_are_the_mixture_and_shared_layers_are_there_once(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a", factor=0.9, last=2), written(tmp_path / "b", factor=1.2, last=3)
    done = CliRunner().invoke(
        program, ["ensemble", str(first), str(second), "--share", "0.25", "--out", str(tmp_path / "both"), "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    pixels = np.random.default_rng(3).integers(0, 256, (4, 224, 224, 3), dtype=np.uint8)
    one, other, both = (open_embedder(folder).embed(pixels) for folder in (first, second, tmp_path / "both"))
    assert both.shape == (4, told["dimension"]) == (4, one.shape[1] + other.shape[1])
    np.testing.assert_allclose(both @ both.T, 0.75 * one @ one.T + 0.25 * other @ other.T, atol=1e-5)
    assert n_convolutions(tmp_path / "both") == n_convolutions(None) + 3
    assert told["explained"]
    assert told["fingerprint"] == read_model(tmp_path / "both")[0].fingerprint
    assert "0.75 of the similarity" in (tmp_path / "both" / "CARD.md").read_text()


def test_its_explanations_add_up_to_its_vectors(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a", factor=0.9, last=2), written(tmp_path / "b", factor=1.2, last=3)
    ensemble(first, second, tmp_path / "both")
    embedder = open_embedder(tmp_path / "both")
    pixels = np.random.default_rng(4).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    vectors = embedder.embed(pixels)
    for split, vector in zip(split_pictures(embedder, list(pixels)), vectors, strict=True):
        assert split.method == "exact"
        np.testing.assert_allclose(split.terms.sum(axis=0), vector, atol=1e-5)


def test_an_ensemble_of_ensembles_computes_what_both_have_once(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a", factor=0.9, last=2), written(tmp_path / "b", factor=1.2, last=3)
    ensemble(first, None, tmp_path / "with-a", share=0.3)
    ensemble(second, None, tmp_path / "with-b", share=0.3)
    ensemble(tmp_path / "with-a", tmp_path / "with-b", tmp_path / "all")
    pixels = np.random.default_rng(5).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    parts = [open_embedder(folder).embed(pixels) for folder in (first, second, None)]
    expected = sum(weight * one @ one.T for weight, one in zip((0.35, 0.35, 0.3), parts, strict=True))
    found = open_embedder(tmp_path / "all").embed(pixels)
    np.testing.assert_allclose(found @ found.T, expected, atol=1e-5)
    assert n_convolutions(tmp_path / "all") == n_convolutions(None) + 2 + 3


def test_what_both_learned_from_is_known_of_it(tmp_path: Path) -> None:
    first = written(tmp_path / "a", factor=0.9, last=2, labels=("apple", "milk"))
    second = written(tmp_path / "b", factor=1.2, last=3, labels=("milk", "pear"))
    ensemble(first, second, tmp_path / "both")
    assert learned_products(tmp_path / "both") == {"apple", "milk", "pear"}
    ensemble(first, None, tmp_path / "both")
    assert learned_products(tmp_path / "both") == {"apple", "milk"}


def test_what_cannot_be_one_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    first = written(tmp_path / "a", factor=0.9, last=2)
    other = written(tmp_path / "b", factor=1.2, last=3, fit="pad")
    with pytest.raises(ModelError, match="do not see pictures alike"):
        ensemble(first, other, tmp_path / "both")
    with pytest.raises(InvalidConfiguration, match="share"):
        ensemble(first, None, tmp_path / "both", share=1.0)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(InvalidConfiguration, match="holds other things"):
        ensemble(first, None, tmp_path / "full")
    assert not (tmp_path / "both").exists()
