"""``/v1/products`` and the pictures of products: read by all, changed by those who may, seen by the next search."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from lookalike.errors import NotFound
from lookalike.serve.desk import Desk, desk_of
from lookalike.serve.document import facet_document, json_response, product_document, rejection_document
from lookalike.serve.failure import Failure, missing
from lookalike.serve.form import parse_form
from lookalike.serve.openapi.products import (
    DELETE_DESCRIPTION,
    FACETS_DESCRIPTION,
    PATCH_DESCRIPTION,
    PRODUCT_DESCRIPTION,
    PRODUCTS_DESCRIPTION,
    PUT_DESCRIPTION,
    THUMBNAIL_DESCRIPTION,
)
from lookalike.serve.product_request import draft_from_form, draft_from_json, patch_from_json
from lookalike.serve.unread import with_unread
from lookalike.serve.write_guard import require_writer
from lookalike.sources.fetch.credentials import without_credentials
from lookalike.types import EXACT_INTEGERS

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["products"])

_MOST = EXACT_INTEGERS - 1
"""Largest number of a picture or place: what lies beyond fits neither the store nor JSON."""

_UNCHANGED = (
    "product {product_id!r} stays as it was, attributes included, because none of the pictures can be used: send at "
    "least one that can, or change the attributes alone with PATCH"
)

_Id = Annotated[str, Path(description="The product's id, percent-encoded.", examples=["mug-017"])]
_Where = Annotated[
    str | None, Query(description="Filter expression.", examples=['category = "Mugs" and price < 20'], max_length=4000)
]


@router.get("/products", summary="Page through the catalogue", openapi_extra=PRODUCTS_DESCRIPTION)
async def list_products(
    request: Request,
    where: _Where = None,
    k: Annotated[int, Query(ge=1, le=200, description="Products a page.")] = 24,
    offset: Annotated[int, Query(ge=0, le=_MOST, description="Products to skip.")] = 0,
) -> Response:
    """Products in the order in which they came into the catalogue."""
    desk = desk_of(request)
    found = await desk.read(lambda: desk.engine.products(where=where or None, k=k + 1, offset=offset))
    page = {
        "products": [product_document(product) for product in found[:k]],
        "offset": offset,
        "next_offset": offset + k if len(found) > k else None,
    }
    return json_response(with_unread(request, page))


@router.get("/products/{product_id:path}", summary="One product", openapi_extra=PRODUCT_DESCRIPTION)
async def get_product(request: Request, product_id: _Id) -> Response:
    """A product with its variants, attributes and pictures."""
    desk = desk_of(request)
    with missing(f"product {product_id!r}"):
        product = await desk.read(lambda: desk.engine.product(product_id))
    return json_response(product_document(product))


@router.put("/products/{product_id:path}", summary="Create or replace a product", openapi_extra=PUT_DESCRIPTION)
async def put_product(request: Request, product_id: _Id) -> Response:
    """Pictures are fetched, checked and embedded before the answer; those that cannot be used are in `rejected`.

    Where none can be used, a product that is there already stays as it was: `stored` is false, and `warnings` say so.
    """
    desk = desk_of(request)
    require_writer(request, desk.settings)
    body = await desk.body(request)
    content_type = request.headers.get("content-type", "")

    def put() -> dict[str, object]:
        @functools.cache
        def known() -> Mapping[str, str]:
            return _locations(desk, product_id)

        if content_type.lower().startswith("multipart/form-data"):
            draft = draft_from_form(product_id, parse_form(body, content_type), known)
        else:
            draft = draft_from_json(product_id, body, known)
        before = _document(desk, product_id)
        try:
            product, rejections = desk.engine.put_product(draft)
        except NotFound as error:
            raise Failure(
                422,
                "nothing_usable",
                str(error),
                hint="send at least one JPEG, PNG, WebP, HEIC or AVIF picture",
                rejected=rejection_document(error.rejections),
            ) from error
        told = product_document(product)
        n_pictures = sum(len(variant.images) for variant in draft.variants)
        unchanged = bool(rejections) and len(rejections) == n_pictures and told == before
        return {
            **told,
            "rejected": rejection_document(rejections),
            "stored": not unchanged,
            **({"warnings": [_UNCHANGED.format(product_id=product_id)]} if unchanged else {}),
        }

    return json_response(await desk.writes.run(put))


@router.patch("/products/{product_id:path}", summary="Change attributes", openapi_extra=PATCH_DESCRIPTION)
async def patch_product(request: Request, product_id: _Id) -> Response:
    """Price, stock and other attributes change without the model running; null removes a value."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    attributes, variant_id = patch_from_json(await desk.body(request))
    with missing(f"product {product_id!r}" if variant_id is None else f"variant {variant_id!r} of {product_id!r}"):
        product = await desk.writes.run(lambda: desk.engine.patch_product(product_id, attributes, variant_id))
    return json_response(product_document(product))


@router.delete(
    "/products/{product_id:path}", status_code=204, summary="Remove a product", openapi_extra=DELETE_DESCRIPTION
)
async def delete_product(request: Request, product_id: _Id) -> Response:
    """The product, its pictures and its vectors are gone from the next search on."""
    desk = desk_of(request)
    require_writer(request, desk.settings)
    with missing(f"product {product_id!r}"):
        await desk.writes.run(lambda: desk.engine.delete_product(product_id))
    return Response(status_code=204)


@router.get("/images/{image_key}/thumbnail", summary="A small picture", openapi_extra=THUMBNAIL_DESCRIPTION)
async def thumbnail(
    request: Request,
    image_key: Annotated[int, Path(ge=1, le=_MOST, description="As hits and products name it.")],
    side: Annotated[int, Query(ge=16, le=1024, description="Longer side in pixels.")] = 256,
) -> Response:
    """A JPEG without metadata, from the copy that the store keeps."""
    desk = desk_of(request)
    with missing(f"picture of image {image_key}"):
        jpeg = await desk.thumbnails.run(lambda: desk.engine.thumbnail(image_key, side))
    etag = f'"{hashlib.blake2b(jpeg, digest_size=12).hexdigest()}"'
    # An image keeps its key when its bytes change, so a copy is asked after each time; mostly that costs an empty 304.
    headers = {"ETag": etag, "Cache-Control": "public, no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(jpeg, headers=headers, media_type="image/jpeg")


@router.get("/facets", summary="Columns to filter by", openapi_extra=FACETS_DESCRIPTION)
async def facets(request: Request, where: _Where = None) -> Response:
    """Each column's commonest values, with the number of products, among those that `where` leaves."""
    desk = desk_of(request)
    found = await desk.read(lambda: desk.engine.facets(where or None))
    return json_response(with_unread(request, {"facets": [facet_document(facet) for facet in found]}))


def _document(desk: Desk, product_id: str) -> dict[str, object] | None:
    try:
        return product_document(desk.engine.product(product_id))
    except NotFound:
        return None


def _locations(desk: Desk, product_id: str) -> dict[str, str]:
    """Where the product's pictures come from, by themselves and by what answers call them."""
    try:
        product = desk.engine.product(product_id)
    except NotFound:
        return {}
    locations = [image.location for variant in product.variants for image in variant.images]
    shown = {without_credentials(location): location for location in locations}
    return shown | {location: location for location in locations}
