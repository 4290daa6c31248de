"""Claims about `lookalike.embed.model_folder`: a model is replaced whole, anything else is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.embed.model_folder import as_json, require_free, write_model_folder
from lookalike.errors import InvalidConfiguration

FILES = {"model.onnx": b"\x00weights", "description.json": as_json({"name": "größer"})}


def test_a_model_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "mine"
    write_model_folder(folder, {**FILES, "adapter.npz": b"small"})
    write_model_folder(folder, FILES)
    assert sorted(path.name for path in folder.iterdir()) == ["description.json", "model.onnx"]
    assert (folder / "description.json").read_text(encoding="utf-8") == '{\n  "name": "größer"\n}\n'
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


def test_what_an_interruption_left_does_not_get_into_the_next_model(tmp_path: Path) -> None:
    for left in (".mine.new", ".mine.old"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "stale").write_text("")
    write_model_folder(tmp_path / "mine", FILES)
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["description.json", "model.onnx"]


def test_other_things_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(InvalidConfiguration, match="holds other things than a model"):
        write_model_folder(tmp_path, FILES)
    with pytest.raises(InvalidConfiguration, match="is a file"):
        require_free(tmp_path / "holiday.jpg")
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("place", [".", "..", "a/.."])
def test_a_place_without_a_name_is_refused(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidConfiguration, match="has no name"):
        require_free(Path(place))
