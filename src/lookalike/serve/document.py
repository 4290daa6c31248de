"""What the API answers, as plain values for JSON; every name here is part of the contract.

User names and passwords of a feed's URLs stay out: whoever may search reads these answers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from lookalike.search.answer import Answer
from lookalike.search.part import Part
from lookalike.serve.engine_views import CountsView, FacetView, ImageView, ModelView, ProductView, VariantView
from lookalike.sources.fetch.credentials import without_credentials
from lookalike.types import Attributes, AttributeValue, Hit, Rejection

__all__ = [
    "answer_document",
    "counts_document",
    "facet_document",
    "hit_document",
    "json_response",
    "model_document",
    "product_document",
    "rejection_document",
]


def json_response(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`document` as compact UTF-8 JSON."""
    content = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Response(content, status, headers, media_type="application/json")


def answer_document(answer: Answer, vector: str | None) -> dict[str, object]:
    """The answer to a search; `vector` is its query in the form for links, None for words alone."""
    return {
        "hits": [hit_document(hit) for hit in answer.hits],
        "lanes": list(answer.lanes),
        "corrected": dict(answer.corrected),
        "unknown": list(answer.unknown),
        "understood": [condition.as_dict() for condition in answer.understood],
        "unmapped": list(answer.unmapped),
        "heard": None if answer.heard is None else answer.heard.as_dict(),
        "code": None if answer.code is None else answer.code.as_dict(),
        "warnings": list(answer.warnings),
        "exact": answer.exact,
        "verdict": answer.verdict,
        "verdict_details": answer.verdict_details.details(),
        "release": answer.release,
        "timings_ms": {stage: round(value, 3) for stage, value in answer.timings_ms.items()},
        "offset": answer.offset,
        "next_offset": answer.next_offset,
        "ranking": answer.ranking.as_dict(),
        "vector": vector,
        **({} if answer.personal is None else {"personal": answer.personal.as_dict()}),
        **({} if answer.trial is None else {"trial": answer.trial.as_dict()}),
        **({} if answer.parts is None else {"parts": [_part(part) for part in answer.parts]}),
        **({} if answer.several is None else {"several": answer.several}),
    }


def _part(part: Part) -> dict[str, object]:
    box = part.box
    return {
        "box": [box.x, box.y, box.width, box.height],
        "score": round(part.score, 4),
        "hits": [hit_document(hit) for hit in part.hits],
    }


def hit_document(hit: Hit) -> dict[str, object]:
    """A hit, with its variants."""
    return {
        "product_id": hit.product_id,
        "variant_id": hit.variant_id,
        "image": without_credentials(hit.image),
        "image_key": int(hit.image_key),
        "title": hit.title,
        "similarity": round(float(hit.similarity), 6),
        **({"lanes": dict(hit.lanes)} if hit.lanes else {}),
        **({} if hit.clip_seconds is None else {"seconds": hit.clip_seconds}),
        **({} if hit.score is None else {"score": round(float(hit.score), 6)}),
        **({"rules": list(hit.rules)} if hit.rules else {}),
        **({} if hit.instead is None else {"instead": hit_document(hit.instead)}),
        "attributes": _attributes(hit.attributes),
        "variants": [variant.as_dict() for variant in hit.variants],
    }


def product_document(product: ProductView) -> dict[str, object]:
    """A product with its variants and their pictures."""
    return {"product_id": product.product_id, "variants": [_variant(variant) for variant in product.variants]}


def _variant(variant: VariantView) -> dict[str, object]:
    return {
        "variant_id": variant.variant_id,
        "attributes": _attributes(variant.attributes),
        "images": [_image(image) for image in variant.images],
    }


def _image(image: ImageView) -> dict[str, object]:
    return {
        "image_key": int(image.image_key),
        "image": without_credentials(image.location),
        "width": image.width,
        "height": image.height,
    }


def rejection_document(rejections: Sequence[Rejection]) -> list[dict[str, object]]:
    """Pictures that could not be used, each with its reason."""
    return [
        {"image": without_credentials(rejection.image), "reason": str(rejection.reason), "detail": rejection.detail}
        for rejection in rejections
    ]


def facet_document(facet: FacetView) -> dict[str, object]:
    """A column with its commonest values and its range."""
    return {
        "column": facet.column,
        "kind": facet.kind,
        "values": [{"value": _finite(value.value), "count": value.count} for value in facet.values],
        "low": _finite(facet.low),
        "high": _finite(facet.high),
    }


def counts_document(counts: CountsView) -> dict[str, int]:
    """How much the store holds."""
    return {
        "products": counts.products,
        "variants": counts.variants,
        "images": counts.images,
        "pictures": counts.pictures,
        "rejected": counts.rejected,
        "vectors": counts.vectors,
    }


def model_document(model: ModelView) -> dict[str, object]:
    """What made the vectors."""
    return {
        "name": model.name,
        "version": model.version,
        "dimension": model.dimension,
        "licence": model.licence,
        "fingerprint": model.fingerprint,
    }


def _attributes(attributes: Attributes) -> dict[str, AttributeValue | None]:
    return {name: _finite(value) for name, value in attributes.items()}


def _finite(value: AttributeValue | None) -> AttributeValue | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
