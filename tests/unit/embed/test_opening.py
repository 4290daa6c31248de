"""Claims about `lookalike.embed.opening`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lookalike.embed import DEFAULT_MODEL, MODELS, PackagedModel, describe_model, open_embedder
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import hub_reference, lasting_name
from lookalike.errors import InvalidConfiguration, ModelDamaged, UnknownModel
from lookalike.images.preprocessing import Preprocessing

TinyModel = Callable[..., bytes]


def test_nothing_said_opens_the_packaged_default():
    embedder = open_embedder(threads=1)
    assert embedder.description.name == DEFAULT_MODEL
    assert (embedder.description.runtime, embedder.description.precision) == ("onnxruntime", "fp32")
    assert embedder.description == describe_model() == describe_model(DEFAULT_MODEL)


def test_a_folder_opens(model_folder: Path, pictures: np.ndarray, tiny_vectors: Callable[[np.ndarray], np.ndarray]):
    embedder = open_embedder(model_folder, threads=1)
    np.testing.assert_allclose(embedder.embed(pictures), tiny_vectors(pictures), atol=1e-6)
    assert open_embedder(str(model_folder), threads=1).description == embedder.description


def test_a_file_opens_with_the_fingerprint_of_what_is_in_it(
    tmp_path: Path, tiny_model: TinyModel, pictures: np.ndarray, tiny_vectors: Callable[[np.ndarray], np.ndarray]
):
    path = tmp_path / "shop.onnx"
    path.write_bytes(tiny_model())
    embedder = open_embedder(path, threads=1)
    assert embedder.description.name == "shop"
    np.testing.assert_allclose(embedder.embed(pictures), tiny_vectors(pictures), atol=1e-6)
    before = embedder.description.fingerprint
    other = open_embedder(path, threads=1, preprocessing=Preprocessing(size_pixels=8, fit="pad"))
    assert other.description.fingerprint != before
    path.write_bytes(tiny_model(scale=2.0))
    assert open_embedder(path, threads=1).description.fingerprint != before


def test_a_length_after_the_name_keeps_the_beginning_of_each_vector_scaled_again(
    model_folder: Path, pictures: np.ndarray, tiny_vectors: Callable[[np.ndarray], np.ndarray]
):
    path = model_folder / "description.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sizes": [2, 3]}))
    embedder = open_embedder(f"{model_folder}@2", threads=1)
    expected = tiny_vectors(pictures)[:, :2]
    expected = np.stack([row / sum(float(value) ** 2 for value in row) ** 0.5 for row in expected])
    np.testing.assert_allclose(embedder.embed(pictures), expected, atol=1e-6)
    assert embedder.description == describe_model(f"{model_folder}@2")
    assert embedder.description.fingerprint != open_embedder(model_folder, threads=1).description.fingerprint
    assert isinstance(embedder, OnnxEmbedder)
    assert [len(part) for part in embedder.projection() or ()] == [2, 2]
    with pytest.raises(InvalidConfiguration, match="expected one of 2, 3, received 1"):
        open_embedder(f"{model_folder}@1")


def test_a_folder_whose_own_name_ends_in_a_length_is_that_folder(model_folder: Path):
    folder = model_folder.rename(model_folder.with_name("tiny@2"))
    assert open_embedder(str(folder), threads=1).description.dimension > 2


def test_a_changed_model_is_refused_with_both_hashes(model_folder: Path, tiny_model: TinyModel):
    (model_folder / "model.onnx").write_bytes(tiny_model(scale=2.0))
    with pytest.raises(ModelDamaged, match=r"has SHA-256 [0-9a-f]{64}, its description says [0-9a-f]{64}"):
        open_embedder(model_folder)


def test_a_truncated_model_is_refused(model_folder: Path):
    path = model_folder / "model.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelDamaged, match="not fully copied"):
        open_embedder(model_folder)


def test_a_description_that_is_nested_without_end_is_refused(model_folder: Path):
    (model_folder / "description.json").write_text("[" * 100_000)
    with pytest.raises(ModelDamaged, match="cannot be used"):
        open_embedder(model_folder)


def test_a_mistyped_key_of_a_description_is_refused(model_folder: Path):
    path = model_folder / "description.json"
    record = json.loads(path.read_text())
    record["preprocesing"] = record.pop("preprocessing")
    path.write_text(json.dumps(record))
    with pytest.raises(ModelDamaged, match=r"unknown key 'preprocesing'.*missing key 'preprocessing'"):
        open_embedder(model_folder)
    with pytest.raises(ModelDamaged):
        describe_model(model_folder)


def test_a_folder_without_its_model_is_damaged(model_folder: Path):
    (model_folder / "model.onnx").unlink()
    with pytest.raises(ModelDamaged, match="cannot be read"):
        open_embedder(model_folder)


@pytest.mark.parametrize("name", ["lite1", "", "no/such/file.onnx"])
def test_an_unknown_name_is_refused_with_what_would_be_known(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownModel, match=r"lite0|holds no model"):
        open_embedder(name)


def test_an_empty_folder_is_no_model(tmp_path: Path):
    with pytest.raises(UnknownModel, match=r"expected description\.json and model\.onnx"):
        open_embedder(tmp_path)


def test_only_what_has_a_description_can_be_described_without_opening(tmp_path: Path, tiny_model: TinyModel):
    path = tmp_path / "shop.onnx"
    path.write_bytes(tiny_model())
    with pytest.raises(UnknownModel, match=r"has no description\.json"):
        describe_model(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": "bf16"}, "bf16 needs runtime openvino"),
        ({"preprocessing": Preprocessing()}, "describes its own preprocessing"),
        ({"model": "timm:resnet18", "preprocessing": Preprocessing()}, "brings its own preprocessing"),
        ({"threads": 0}, "threads must be 1 to 1024"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, object], message: str):
    with pytest.raises(InvalidConfiguration, match=message):
        open_embedder(**options)  # pyright: ignore[reportArgumentType]


def test_every_packaged_model_is_complete():
    for entry in MODELS.values():
        if isinstance(entry, PackagedModel):
            assert describe_model(entry.name).name == entry.name
            assert (entry.folder / "CARD.md").is_file()
            assert sum(path.stat().st_size for path in entry.folder.iterdir()) <= 20_000_000


def test_names_of_the_table_are_their_keys_and_unambiguous():
    assert all(name == entry.name for name, entry in MODELS.items())
    assert not any(":" in name or "/" in name or name.endswith(".onnx") for name in MODELS)


def test_a_lasting_name_has_the_folder_of_transformers_from_the_root_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "me@work"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    assert lasting_name("transformers:me@work") == f"transformers:{folder}"
    assert hub_reference(f"transformers:{folder}") == ("transformers", str(folder), None)
    assert lasting_name("transformers:owner/name") == "transformers:owner/name"


def test_a_lasting_name_opens_the_same_model_from_any_folder(
    model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fingerprint = open_embedder(model_folder, threads=1).description.fingerprint
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "weights.safetensors").touch()
    monkeypatch.chdir(model_folder.parent)
    lasting = lasting_name(model_folder.name)
    shortened = lasting_name(f"{model_folder.name}@3")
    monkeypatch.chdir(tmp_path)
    with_weights = lasting_name("timm:resnet18@weights.safetensors")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert open_embedder(lasting, threads=1).description.fingerprint == fingerprint
    assert shortened == f"{lasting}@3"
    assert with_weights == f"timm:resnet18@{tmp_path / 'weights.safetensors'}"
    for name in ("lite0", "lite0@64", "timm:resnet18", "not-there"):
        assert lasting_name(name) == name
