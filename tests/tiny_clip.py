"""An image-text model of random weights, small enough to be made in a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

__all__ = ["write_tiny_clip"]


def write_tiny_clip(folder: Path) -> Path:
    """A folder that transformers opens as CLIP: 16 numbers, pictures of 32 pixels, words spelt letter by letter.

    Skips the test where torch or transformers is not installed.
    """
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder.mkdir(parents=True, exist_ok=True)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    words = {
        **sizes, "vocab_size": len(pieces), "max_position_embeddings": 24,
        "bos_token_id": len(pieces) - 2, "eos_token_id": len(pieces) - 1, "pad_token_id": len(pieces) - 1,
    }  # fmt: skip
    config = transformers.CLIPConfig(
        text_config=words, vision_config={**sizes, "image_size": 32, "patch_size": 8}, projection_dim=16
    )
    transformers.CLIPModel(config).save_pretrained(folder)
    transformers.CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=24
    ).save_pretrained(folder)
    transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(
        folder
    )
    return folder
