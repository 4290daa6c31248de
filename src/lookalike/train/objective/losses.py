"""The losses of pytorch-metric-learning under our words: margins in radians, sharpness as a factor, seeded weights."""

# The extra is not installed everywhere where the types are checked.
# The library's defaults are whole numbers, which the type checker takes for a promise.
# pyright: reportMissingImports=false, reportUnknownParameterType=false, reportArgumentType=false
from __future__ import annotations

import math

import torch
from pytorch_metric_learning import distances, losses

from lookalike.train.objective.config import ObjectiveConfig

__all__ = ["loss_of"]

_MULTI_SIMILARITY_ALPHA = 2.0


def loss_of(config: ObjectiveConfig, *, n_products: int, dimension: int, generator: torch.Generator) -> torch.nn.Module:
    """The loss as a module, called with embeddings, labels, and chosen pairs; what it learns starts from `generator`.

    Args:
        config: which, and how.
        n_products: labels are 0 to this, exclusive.
        dimension: of the embeddings.
        generator: on the CPU; where proxies and class weights start. Torch's global state is not touched.
    """
    margin, scale = config.margin_used or 0.0, config.scale_used or 1.0
    cosine = config.similarity == "cosine"
    with torch.random.fork_rng(devices=[]):
        match config.loss:
            case "triplet":
                return losses.TripletMarginLoss(margin=margin, distance=_distance(cosine))
            case "contrastive":
                return losses.ContrastiveLoss(
                    pos_margin=1.0 if cosine else 0.0, neg_margin=margin, distance=_distance(cosine)
                )
            case "multi_similarity":
                return losses.MultiSimilarityLoss(alpha=_MULTI_SIMILARITY_ALPHA, beta=scale, base=margin)
            case "proxy_anchor":
                made = losses.ProxyAnchorLoss(n_products, dimension, margin=margin, alpha=scale)
                torch.nn.init.kaiming_normal_(made.proxies, mode="fan_out", generator=generator)
                return made
            case "normalised_softmax":
                made = losses.NormalizedSoftmaxLoss(n_products, dimension, temperature=1 / scale)
            case "subcentre_arcface":
                made = losses.SubCenterArcFaceLoss(
                    num_classes=n_products,
                    embedding_size=dimension,
                    margin=math.degrees(margin),  # theirs is in degrees
                    scale=scale,
                    sub_centers=config.sub_centres,
                )
    torch.nn.init.normal_(made.W, generator=generator)
    made.cross_entropy = torch.nn.CrossEntropyLoss(reduction="none", label_smoothing=config.label_smoothing)
    return made


def _distance(cosine: bool) -> distances.BaseDistance:  # type: ignore[name-defined]
    return distances.CosineSimilarity() if cosine else distances.LpDistance(p=2)
