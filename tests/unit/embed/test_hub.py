"""Claims about `lookalike.embed.hub`; the models are tiny, random and local."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from lookalike.embed import open_embedder
from lookalike.embed.embedder import EmbedsWords
from lookalike.errors import MissingExtra, ModelDamaged, UnknownModel

EFFICIENTNET, CLIP = "tf_efficientnet_lite0", "ViT-S-32-alt"


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def pixels(n: int, side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


@pytest.fixture
def random_timm(tmp_path: Path) -> tuple[Any, Path]:
    """A timm model of random weights, and the file of these."""
    torch = pytest.importorskip("torch")
    timm = pytest.importorskip("timm", exc_type=ImportError)
    torch.manual_seed(0)
    module = timm.create_model(EFFICIENTNET, pretrained=False).eval()
    torch.save(module.state_dict(), tmp_path / "weights.pth")
    return module, tmp_path / "weights.pth"


@pytest.fixture
def random_clip(tmp_path: Path) -> tuple[Any, Path]:
    """An open_clip model of random weights, and the file of these."""
    torch = pytest.importorskip("torch")
    open_clip = pytest.importorskip("open_clip", exc_type=ImportError)
    torch.manual_seed(0)
    module = open_clip.create_model(CLIP).eval()
    torch.save(module.state_dict(), tmp_path / "weights.pt")
    return module, tmp_path / "weights.pt"


@pytest.mark.parametrize("model", ["timm:resnet18", "open_clip:ViT-B-32", "transformers:vit", "dinov2-s14"])
def test_without_the_extra_the_message_names_it(model: str, monkeypatch: pytest.MonkeyPatch):
    for library in ("torch", "timm", "open_clip", "transformers"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=r"lookalike\[hub\]"):
        open_embedder(model)


def test_missing_weights_are_reported_before_any_library_is_asked(tmp_path: Path):
    with pytest.raises(UnknownModel, match="is not there"):
        open_embedder(f"timm:resnet18@{tmp_path / 'none.pth'}")


def _no_weights(kind: str, path: Path) -> None:
    torch = pytest.importorskip("torch")
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "noise":
            path.write_bytes(np.random.default_rng(0).bytes(3000))
        case "list":
            torch.save([1, 2], path)
        case _:
            path.write_bytes(pickle.dumps({"a": Path("called where a pickle is trusted")}, protocol=2))


@pytest.mark.parametrize("kind", ["empty", "noise", "list", "pickle"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("library", ["timm", "torchvision", "open_clip"])
def test_a_file_that_holds_no_weights_is_refused(library: str, suffix: str, kind: str, tmp_path: Path):
    pytest.importorskip(library, exc_type=ImportError)
    name = {"timm": "resnet10t", "torchvision": "mobilenet_v3_small", "open_clip": CLIP}[library]
    path = tmp_path / f"weights{suffix}"
    _no_weights(kind, path)
    with pytest.raises(ModelDamaged, match=rf"{library}:{name} cannot be opened with the weights .*: \S"):
        open_embedder(f"{library}:{name}@{path}")


def test_a_timm_model_with_local_weights_embeds_as_timm_does(random_timm: tuple[Any, Path]):
    import torch

    module, path = random_timm
    embedder = open_embedder(f"timm:{EFFICIENTNET}@{path}")
    assert embedder.description.dimension == 1280
    asked = pixels(3, 224)
    with torch.inference_mode():
        maps = module.forward_features(torch.from_numpy(asked).permute(0, 3, 1, 2).float() / 127.5 - 1)
        rows = maps.mean((2, 3)).numpy()
    np.testing.assert_allclose(embedder.embed(asked), unit(rows), atol=1e-5)
    again = open_embedder(f"timm:{EFFICIENTNET}@{path}")
    assert again.description.fingerprint == embedder.description.fingerprint
    torch.save({"conv_stem.weight": torch.zeros(1)}, path)
    with pytest.raises(ModelDamaged):
        open_embedder(f"timm:{EFFICIENTNET}@{path}")


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
    asked = pixels(3, 32)
    with torch.inference_mode():
        rows = module(torch.from_numpy(asked).permute(0, 3, 1, 2).float() / 127.5 - 1).pooler_output.numpy()
    np.testing.assert_allclose(embedder.embed(asked), unit(rows), atol=1e-5)


def test_a_transformers_folder_that_is_not_there_is_an_unknown_model(tmp_path: Path):
    pytest.importorskip("transformers")
    with pytest.raises(UnknownModel, match="transformers cannot give"):
        open_embedder(f"transformers:{tmp_path / 'none'}")


def test_an_open_clip_name_without_weights_is_refused_rather_than_random():
    pytest.importorskip("open_clip", exc_type=ImportError)
    with pytest.raises(UnknownModel, match="names no weights"):
        open_embedder("open_clip:ViT-B-32")


def test_an_open_clip_model_with_local_weights_embeds_as_open_clip_does(random_clip: tuple[Any, Path]):
    import torch

    module, path = random_clip
    embedder = open_embedder(f"open_clip:{CLIP}@{path}")
    preprocessing = embedder.description.preprocessing
    asked = pixels(2, 224)
    fed = (asked / 255 - preprocessing.mean) / preprocessing.std
    with torch.inference_mode():
        rows = module.encode_image(torch.from_numpy(fed).permute(0, 3, 1, 2).float(), normalize=True).numpy()
    np.testing.assert_allclose(embedder.embed(asked), rows, atol=1e-4)


def test_an_open_clip_model_embeds_words_as_open_clip_does_and_keeps_its_fingerprint(random_clip: tuple[Any, Path]):
    import open_clip
    import torch

    module, path = random_clip
    embedder = open_embedder(f"open_clip:{CLIP}@{path}")
    assert isinstance(embedder, EmbedsWords)
    texts = ["a red mug", "an espresso machine"]
    with torch.inference_mode():
        rows = module.encode_text(open_clip.get_tokenizer(CLIP)(texts), normalize=True).numpy()
    np.testing.assert_allclose(embedder.embed_words(texts), rows, atol=1e-4)
    assert embedder.embed_words([]).shape == (0, embedder.description.dimension)
    # The fingerprint is of what makes pictures' vectors: another text tower leaves the store as it is.
    with torch.no_grad():
        module.text_projection += 1.0
    torch.save(module.state_dict(), path)
    other = open_embedder(f"open_clip:{CLIP}@{path}")
    assert other.description.fingerprint == embedder.description.fingerprint


def test_models_that_one_file_of_weights_fits_have_fingerprints_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    torch = pytest.importorskip("torch")
    library = ModuleType("open_clip")

    def create(name: str, pretrained: str | None) -> tuple[Any, None, None]:
        last = torch.nn.Sigmoid() if name.endswith("quickgelu") else torch.nn.GELU()
        module = torch.nn.Module()
        module.visual = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 4), last)
        module.load_state_dict(torch.load(str(pretrained), weights_only=True))
        return module, None, None

    settings = {"size": 32, "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
    library.create_model_and_transforms = create  # type: ignore[attr-defined]
    library.get_model_preprocess_cfg = lambda _: settings  # type: ignore[attr-defined]
    library.__version__ = "1"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "open_clip", library)
    linear = torch.nn.Linear(3 * 32 * 32, 4)
    weights = {f"visual.1.{name}": value for name, value in linear.state_dict().items()}
    for name in ("one.pt", "moved.pt"):
        torch.save(weights, tmp_path / name)
    plain, quick, moved = (
        open_embedder(f"open_clip:{name}@{tmp_path / file}").description.fingerprint
        for name, file in (("ViT-B-32", "one.pt"), ("ViT-B-32-quickgelu", "one.pt"), ("ViT-B-32", "moved.pt"))
    )
    assert plain != quick
    assert plain == moved


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
    np.testing.assert_allclose(words, unit(rows), atol=1e-5)
    assert embedder.embed(pixels(2, 32)).shape == words.shape


def test_a_tokenizer_that_is_not_there_is_said_to_be_missing_and_pictures_are_embedded_all_the_same(tiny_clip: Path):
    for name in ("vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        (tiny_clip / name).unlink(missing_ok=True)
    embedder = open_embedder(f"transformers:{tiny_clip}")
    assert embedder.embed(np.zeros((1, 32, 32, 3), np.uint8)).shape == (1, 16)
    assert isinstance(embedder, EmbedsWords)
    with pytest.raises(UnknownModel, match="tokenizer"):
        embedder.embed_words(["mug"])


def test_a_model_of_pictures_alone_embeds_no_words(random_timm: tuple[Any, Path]):
    _, path = random_timm
    assert not isinstance(open_embedder(f"timm:{EFFICIENTNET}@{path}"), EmbedsWords)
