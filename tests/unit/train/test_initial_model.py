"""Claims about `lookalike.train.initial_model`: what learns is said by the mode, and the model itself stays."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")

import numpy as np
import onnx
import torch

from lookalike.errors import InvalidConfiguration, ModelError
from lookalike.train import TrainingConfig, recipe
from lookalike.train.config import with_settings
from lookalike.train.initial_model import open_initial_model

pytestmark = [pytest.mark.torch]


def configured(model: Path, mode, *settings: str) -> TrainingConfig:
    return with_settings(
        recipe(mode), {}, [f'model.init="{model}"', 'head.features=["features"]', "head.dimension=8", *settings]
    )


def learns(config: TrainingConfig) -> set[str]:
    assembly, _ = open_initial_model(config, "cpu").to_learn(config, torch.Generator().manual_seed(1))
    return {name.split(".")[0] for name, value in assembly.net.named_parameters() if value.requires_grad}


def written(changed: onnx.ModelProto, model: Path, folder: Path) -> Path:
    """A folder like that of `model`, with the changed graph."""
    shutil.copytree(model, folder)
    data = changed.SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    description = json.loads((folder / "description.json").read_text())
    description["weights_sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "description.json").write_text(json.dumps(description))
    return folder


def test_each_mode_lets_its_own_layers_learn_and_computes_the_rest_once(tiny_model: Path) -> None:
    head = configured(tiny_model, "head")
    assert learns(head) == set()
    assert open_initial_model(head, "cpu").given
    everything = learns(configured(tiny_model, "full", "model.freeze="))
    assert "low" in everything
    frozen = configured(tiny_model, "full", "model.freeze=low")
    assert learns(frozen) == everything - {"low"} != set()
    assert open_initial_model(frozen, "cpu").given == ("low",)


def test_an_adapter_is_of_the_copy_alone(tiny_model: Path) -> None:
    config = configured(tiny_model, "adapter", "adapter.rank=2")
    initial = open_initial_model(config, "cpu")
    before = {name: value.clone() for name, value in initial.assembly.state_dict().items()}
    assembly, adapter = initial.to_learn(config, torch.Generator().manual_seed(1))
    assert adapter is not None
    assert len(list(assembly.net.parameters())) > len(list(initial.assembly.net.parameters()))
    assert not any(value.requires_grad for value in initial.assembly.net.parameters())
    assert all(torch.equal(value, before[name]) for name, value in initial.assembly.state_dict().items())


def test_a_tensor_that_is_not_there_cannot_be_frozen_up_to(tiny_model: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="no tensor 'nowhere'"):
        open_initial_model(configured(tiny_model, "full", "model.freeze=nowhere"), "cpu")


def test_a_model_too_large_to_be_written_twice_is_refused_before_anything_is_learned(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.train.initial_model._LARGEST", 1000)
    with pytest.raises(InvalidConfiguration, match=r"set general\.share to 0"):
        open_initial_model(configured(tiny_model, "full", "general.share=0.3"), "cpu")
    open_initial_model(configured(tiny_model, "full", "general.share=0"), "cpu")
    open_initial_model(configured(tiny_model, "head", "general.share=0.3"), "cpu")


@pytest.mark.parametrize("mode", ["full", "adapter"])
def test_freezing_everything_is_refused(mode, tiny_model: Path) -> None:
    config = configured(tiny_model, mode, "model.freeze=features", 'head.features=["low"]')
    with pytest.raises(InvalidConfiguration, match="leaves tiny no layer to learn"):
        open_initial_model(config, "cpu")


@pytest.mark.parametrize("n_pictures", [1, 3])
def test_a_graph_for_so_many_pictures_at_a_time_is_refused_at_once(
    n_pictures: int, tiny_model: Path, tmp_path: Path
) -> None:
    """As torch's exporter writes a `view` without an open batch axis."""
    fixed = onnx.load(tiny_model / "model.onnx")
    place = next(place for place, node in enumerate(fixed.graph.node) if node.output[0] == "features")
    fixed.graph.node[place].input[0] = "viewed"
    fixed.graph.initializer.append(onnx.numpy_helper.from_array(np.array([n_pictures, 16, 8, 8]), "shape"))
    view = onnx.helper.make_node("Reshape", ["features.convolved", "shape"], ["viewed"])
    fixed.graph.node.insert(place, view)
    with pytest.raises(ModelError, match=r"cannot compute two pictures at a time.*open batch axis"):
        open_initial_model(configured(written(fixed, tiny_model, tmp_path / "fixed"), "head"), "cpu")


def test_operators_that_a_head_is_not_written_with_are_refused_at_once(tiny_model: Path, tmp_path: Path) -> None:
    newer = onnx.load(tiny_model / "model.onnx")
    newer.opset_import[0].version = 22
    folder = written(newer, tiny_model, tmp_path / "newer")
    with pytest.raises(ModelError, match="operator set 22, expected 11 to 21"):
        open_initial_model(configured(folder, "head"), "cpu")
