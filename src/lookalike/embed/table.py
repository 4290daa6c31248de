"""The models known by name: those inside the package, and stronger ones to step up to through the `hub` extra.

The stronger ones are never downloaded by Lookalike itself: their own library fetches them, or is handed a local file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["DEFAULT_MODEL", "MODELS", "HubLibrary", "HubModel", "ModelEntry", "PackagedModel"]

HubLibrary = Literal["timm", "torchvision", "open_clip", "transformers"]


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model whose files ship inside the package."""

    name: str
    folder: Path
    licence: str
    summary: str


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model of another library; `reference` is what that library calls it.

    Its weights keep their own licence, which is named here as its authors state it: read it before you sell with it.
    """

    name: str
    library: HubLibrary
    reference: str
    licence: str
    summary: str


ModelEntry = PackagedModel | HubModel

DEFAULT_MODEL = "lite0"

_PACKAGED = (
    PackagedModel(
        name="lite0",
        folder=Path(__file__).parent / "models" / "lite0",
        licence="Apache-2.0",
        summary="EfficientNet-Lite0, ImageNet-1k and shops' pictures; 256 dimensions, 100 to 250 pictures a second",
    ),
)

_HUB = (
    HubModel(
        name="siglip2-b16",
        library="timm",
        reference="vit_base_patch16_siglip_224.v2_webli",
        licence="Apache-2.0",
        summary="SigLIP 2 B/16: the all-round second step where a GPU, or patience, is at hand",
    ),
    HubModel(
        name="marqo-ecommerce-b",
        library="open_clip",
        reference="hf-hub:Marqo/marqo-ecommerce-embeddings-B",
        licence="Apache-2.0",
        summary="SigLIP B/16 tuned on shop pictures: the first to try for a general shop",
    ),
    HubModel(
        name="marqo-fashion-siglip",
        library="open_clip",
        reference="hf-hub:Marqo/marqo-fashionSigLIP",
        licence="Apache-2.0",
        summary="SigLIP B/16 tuned on fashion: the first to try for clothes",
    ),
    HubModel(
        name="dinov2-s14",
        library="timm",
        reference="vit_small_patch14_dinov2.lvd142m",
        licence="Apache-2.0",
        summary="DINOv2 S/14: fine detail of natural things; published figures on products are weak",
    ),
    HubModel(
        name="efficientnetv2-s-21k",
        library="timm",
        reference="tf_efficientnetv2_s.in21k",
        licence="Apache-2.0",
        summary="EfficientNetV2-S, ImageNet-21k: the strongest step up that is still pleasant on CPUs",
    ),
)

MODELS: dict[str, ModelEntry] = {entry.name: entry for entry in (*_PACKAGED, *_HUB)}
