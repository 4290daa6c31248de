"""A folder with a sentence model of somebody's own is checked before it is used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lookalike.embed.text.opening import open_text_encoder
from lookalike.errors import ModelDamaged

VOCABULARY = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nmug\n"


def folder(at: Path, vocabulary: bytes = VOCABULARY, **record: object) -> Path:
    (at / "model.onnx").write_bytes(b"no graph")
    (at / "vocab.txt").write_bytes(vocabulary)
    (at / "text.json").write_text(json.dumps(record))
    return at


def test_every_key_that_cannot_be_is_named_at_once(tmp_path: Path) -> None:
    wrong = folder(tmp_path, longest="48", lower=1, prefix_text=3, name="own")
    with pytest.raises(ModelDamaged, match=r"text\.json") as caught:
        open_text_encoder(wrong)
    for name in ("dimension", "longest", "lower", "prefix_text"):
        assert f"`{name}` must be" in str(caught.value)
    assert "`name`" not in str(caught.value)


@pytest.mark.parametrize("longest", [0, 2, -1, True])
def test_a_text_needs_room_for_a_piece_of_its_own(tmp_path: Path, longest: int) -> None:
    with pytest.raises(ModelDamaged, match="at least 3"):
        open_text_encoder(folder(tmp_path, dimension=8, longest=longest))


def test_a_vocabulary_of_another_encoding_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="not UTF-8"):
        open_text_encoder(folder(tmp_path, VOCABULARY + "sofá\n".encode("latin-1"), dimension=8))
