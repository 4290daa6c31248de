"""Claims about `lookalike.embed.hub`; the models are tiny, random and local."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from lookalike.embed import open_embedder
from lookalike.embed.embedder import EmbedsWords
from lookalike.errors import MissingExtra, ModelDamaged, UnknownModel


@pytest.mark.parametrize("model", ["timm:resnet18", "open_clip:ViT-B-32", "transformers:vit", "dinov2-s14"])
def test_without_the_extra_the_message_names_it(model: str, monkeypatch: pytest.MonkeyPatch):
    for library in ("torch", "timm", "open_clip", "transformers"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=r"lookalike\[hub\]"):
        open_embedder(model)


def test_missing_weights_are_reported_before_any_library_is_asked(tmp_path: Path):
    with pytest.raises(UnknownModel, match="is not there"):
        open_embedder(f"timm:resnet18@{tmp_path / 'none.pth'}")


def test_a_timm_model_with_local_weights_embeds_as_timm_does(tmp_path: Path):
    torch = pytest.importorskip("torch")
    timm = pytest.importorskip("timm", exc_type=ImportError)
    torch.manual_seed(0)
    module = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    path = tmp_path / "weights.pth"
    torch.save(module.state_dict(), path)
    embedder = open_embedder(f"timm:tf_efficientnet_lite0@{path}")
    assert embedder.description.dimension == 1280
    pixels = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    found = embedder.embed(pixels)
    with torch.inference_mode():
        maps = module.forward_features(torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1)
        rows = maps.mean((2, 3)).numpy()
    np.testing.assert_allclose(found, rows / np.linalg.norm(rows, axis=1, keepdims=True), atol=1e-5)
    again = open_embedder(f"timm:tf_efficientnet_lite0@{path}")
    assert again.description.fingerprint == embedder.description.fingerprint
    torch.save({"conv_stem.weight": torch.zeros(1)}, path)
    with pytest.raises(ModelDamaged):
        open_embedder(f"timm:tf_efficientnet_lite0@{path}")


def test_an_unknown_timm_name_is_an_unknown_model():
    pytest.importorskip("timm", exc_type=ImportError)
    with pytest.raises(UnknownModel, match="timm cannot give a model 'no_such_net'"):
        open_embedder("timm:no_such_net")


def test_a_transformers_model_in_a_local_folder_embeds_as_transformers_does(tmp_path: Path):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=32, patch_size=8
    )
    module = transformers.ViTModel(config).eval()
    module.save_pretrained(tmp_path)
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    embedder = open_embedder(f"transformers:{tmp_path}")
    assert (embedder.description.dimension, embedder.description.preprocessing.size_pixels) == (16, 32)
    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    with torch.inference_mode():
        rows = module(torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1).pooler_output.numpy()
    np.testing.assert_allclose(embedder.embed(pixels), rows / np.linalg.norm(rows, axis=1, keepdims=True), atol=1e-5)


def test_a_transformers_folder_that_is_not_there_is_an_unknown_model(tmp_path: Path):
    pytest.importorskip("transformers")
    with pytest.raises(UnknownModel, match="transformers cannot give"):
        open_embedder(f"transformers:{tmp_path / 'none'}")


def test_an_open_clip_name_without_weights_is_refused_rather_than_random():
    pytest.importorskip("open_clip", exc_type=ImportError)
    with pytest.raises(UnknownModel, match="names no weights"):
        open_embedder("open_clip:ViT-B-32")


def test_an_open_clip_model_with_local_weights_embeds_as_open_clip_does(tmp_path: Path):
    torch = pytest.importorskip("torch")
    open_clip = pytest.importorskip("open_clip", exc_type=ImportError)
    torch.manual_seed(0)
    module = open_clip.create_model("ViT-S-32-alt").eval()
    path = tmp_path / "weights.pt"
    torch.save(module.state_dict(), path)
    embedder = open_embedder(f"open_clip:ViT-S-32-alt@{path}")
    preprocessing = embedder.description.preprocessing
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    fed = (pixels / 255 - preprocessing.mean) / preprocessing.std
    with torch.inference_mode():
        rows = module.encode_image(torch.from_numpy(fed).permute(0, 3, 1, 2).float(), normalize=True).numpy()
    np.testing.assert_allclose(embedder.embed(pixels), rows, atol=1e-4)


def test_an_open_clip_model_embeds_words_as_open_clip_does_and_keeps_its_fingerprint(tmp_path: Path):
    torch = pytest.importorskip("torch")
    open_clip = pytest.importorskip("open_clip", exc_type=ImportError)
    torch.manual_seed(0)
    module = open_clip.create_model("ViT-S-32-alt").eval()
    path = tmp_path / "weights.pt"
    torch.save(module.state_dict(), path)
    embedder = open_embedder(f"open_clip:ViT-S-32-alt@{path}")
    assert isinstance(embedder, EmbedsWords)
    texts = ["a red mug", "an espresso machine"]
    with torch.inference_mode():
        rows = module.encode_text(open_clip.get_tokenizer("ViT-S-32-alt")(texts), normalize=True).numpy()
    np.testing.assert_allclose(embedder.embed_words(texts), rows, atol=1e-4)
    assert embedder.embed_words([]).shape == (0, embedder.description.dimension)
    # The fingerprint is of what makes pictures' vectors: another text tower leaves the store as it is.
    with torch.no_grad():
        module.text_projection += 1.0
    torch.save(module.state_dict(), path)
    other = open_embedder(f"open_clip:ViT-S-32-alt@{path}")
    assert other.description.fingerprint == embedder.description.fingerprint


def test_a_transformers_model_of_pictures_and_words_embeds_both(tiny_clip: Path):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    embedder = open_embedder(f"transformers:{tiny_clip}")
    assert isinstance(embedder, EmbedsWords)
    module = transformers.AutoModel.from_pretrained(tiny_clip).eval()
    tokens = transformers.AutoTokenizer.from_pretrained(tiny_clip)(
        ["mug", "lamp mug"], padding=True, return_tensors="pt"
    )
    with torch.inference_mode():
        found = module.get_text_features(**tokens)
        rows = (found if hasattr(found, "ndim") else found.pooler_output).numpy()
    words = embedder.embed_words(["mug", "lamp mug"])
    np.testing.assert_allclose(words, rows / np.linalg.norm(rows, axis=1, keepdims=True), atol=1e-5)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    assert embedder.embed(pixels).shape == words.shape


def test_a_tokenizer_that_is_not_there_is_said_to_be_missing_and_pictures_are_embedded_all_the_same(tiny_clip: Path):
    for name in ("vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        (tiny_clip / name).unlink(missing_ok=True)
    embedder = open_embedder(f"transformers:{tiny_clip}")
    assert embedder.embed(np.zeros((1, 32, 32, 3), np.uint8)).shape == (1, 16)
    assert isinstance(embedder, EmbedsWords)
    with pytest.raises(UnknownModel, match="tokenizer"):
        embedder.embed_words(["mug"])


def test_a_model_of_pictures_alone_embeds_no_words(tmp_path: Path):
    torch = pytest.importorskip("torch")
    timm = pytest.importorskip("timm", exc_type=ImportError)
    path = tmp_path / "weights.pth"
    torch.save(timm.create_model("tf_efficientnet_lite0", pretrained=False).state_dict(), path)
    assert not isinstance(open_embedder(f"timm:tf_efficientnet_lite0@{path}"), EmbedsWords)
