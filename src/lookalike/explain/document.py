"""An explanation as plain values for JSON; command and server answer the same."""

from __future__ import annotations

from lookalike.explain.contrast import Contrast
from lookalike.explain.explainer import ExplainedHit, HitSide
from lookalike.explain.match import HeatMap
from lookalike.sources.fetch.credentials import without_credentials
from lookalike.types import Box

__all__ = ["explanation_document"]

_DIGITS = 9


def explanation_document(explained: ExplainedHit) -> dict[str, object]:
    """The contract's form: `pairs` and `remainder` add up to `similarity`, boxes are in pixels of upright originals."""
    explanation = explained.explanation
    return {
        **_side(explained.hit),
        "method": explanation.method,
        "pairs": [
            {
                "query_box": _box(pair.query_box),
                "image_box": _box(pair.image_box),
                "contribution": round(pair.contribution, _DIGITS),
            }
            for pair in explanation.pairs
        ],
        "remainder": round(explanation.remainder, _DIGITS),
        "copy_difference": round(explanation.copy_difference, _DIGITS),
        "colour": round(explanation.colour, _DIGITS),
        "query": _picture(explanation.query_size, explanation.query_map, explanation.query_attention),
        "picture": _picture(explanation.image_size, explanation.image_map, explanation.image_attention),
        "where": explained.where,
        "against": _against(explained.against, explained.contrast),
        "release": explained.release,
        "timings_ms": {stage: round(taken, 3) for stage, taken in explained.timings_ms.items()},
    }


def _side(side: HitSide) -> dict[str, object]:
    return {
        "product_id": side.product_id,
        "variant_id": side.variant_id,
        "image": without_credentials(side.image),
        "image_key": int(side.image_key),
        "title": side.title,
        "similarity": round(side.similarity, 6),
        "passes": side.passes,
    }


def _against(side: HitSide | None, contrast: Contrast | None) -> dict[str, object] | None:
    if side is None or contrast is None:
        return None
    return {
        **_side(side),
        "difference": round(contrast.difference, _DIGITS),
        "parts": [
            {"query_box": _box(part.query_box), "contribution": round(part.contribution, _DIGITS)}
            for part in contrast.parts
        ],
        "remainder": round(contrast.remainder, _DIGITS),
        "colour": round(contrast.colour, _DIGITS),
        "map": _map(contrast.query_map),
    }


def _picture(size: tuple[int, int], heat: HeatMap, attention: HeatMap | None) -> dict[str, object]:
    shown: dict[str, object] = {"width": size[0], "height": size[1], "map": _map(heat)}
    return shown if attention is None else {**shown, "attention": _map(attention)}


def _map(heat: HeatMap) -> dict[str, object]:
    rows, columns = heat.values.shape
    return {
        "rows": rows,
        "columns": columns,
        "window": [round(edge, 3) for edge in heat.window],
        "values": [[round(float(value), _DIGITS) for value in row] for row in heat.values],
    }


def _box(box: Box) -> dict[str, float]:
    return {
        "x": round(box.x, 2),
        "y": round(box.y, 2),
        "width": round(box.width, 2),
        "height": round(box.height, 2),
    }
