"""Claims about `lookalike.nets.opening` that hold without torch, and that need it."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

from lookalike.errors import InvalidConfiguration, MissingExtra, ModelError, UnknownModel
from lookalike.nets import open_net
from tiny_model import write_tiny


@pytest.mark.parametrize("absent", ["torch", "onnx"])
def test_without_the_extra_the_message_names_it(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("lookalike.nets.")]:
        if module != "lookalike.nets.opening":
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(MissingExtra, match=r"lookalike\[train\]") as caught:
        open_net()
    assert caught.value.extra == "train"


@pytest.mark.torch
def test_a_model_of_another_library_is_not_a_file_to_translate() -> None:
    with pytest.raises(InvalidConfiguration, match="another library"):
        open_net("timm:resnet18")


@pytest.mark.torch
def test_what_is_not_there_is_an_unknown_model(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel):
        open_net(tmp_path / "none.onnx")


@pytest.mark.torch
def test_a_model_folder_and_the_packaged_name_open_the_same_net(tmp_path: Path) -> None:
    named = open_net("lite0")
    model = named.to_onnx()
    description = {**named.description.as_dict(), "weights_sha256": hashlib.sha256(model).hexdigest()}
    (tmp_path / "model.onnx").write_bytes(model)
    (tmp_path / "description.json").write_text(json.dumps(description))
    opened = open_net(tmp_path)
    pairs = zip(named.state_dict().values(), opened.state_dict().values(), strict=True)
    assert all(bool((one == other).all()) for one, other in pairs)


@pytest.mark.torch
def test_of_a_model_in_integers_it_is_said_which_one_to_take(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "tiny-int8")
    path = folder / "description.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "name": "tiny-int8", "precision": "int8"}))
    with pytest.raises(ModelError, match=r"tiny-int8 computes in integers .* the model in float that it was made of"):
        open_net(folder)
