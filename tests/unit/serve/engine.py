"""A small engine that really searches: pictures become 8 × 8 colours, filters are ``column = "value"`` joined by and.

Stands in for `lookalike.engine` where the server alone is under test; slow and failing answers can be asked for.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image

from lookalike.catalog.behaviour import Recorded
from lookalike.errors import (
    ImageRejected,
    InvalidQuery,
    NotFound,
    PromotionRefused,
    SelectionSyntaxError,
    StoreError,
    UnknownColumn,
)
from lookalike.evaluate.health.report import HealthReport
from lookalike.explain.contrast import contrast
from lookalike.explain.explainer import ExplainedHit, HitSide
from lookalike.explain.explanation import explain_match
from lookalike.explain.match import match
from lookalike.explain.split import Split
from lookalike.images.preprocessing import Preprocessing
from lookalike.images.seen import Seen, see
from lookalike.ingest.draft import ProductDraft
from lookalike.ingest.progress import Progress, Watcher
from lookalike.search.answer import Answer
from lookalike.search.demand import Demand, UnmetOptions
from lookalike.search.description import Described
from lookalike.search.moments import ClipAnswer, Moment
from lookalike.search.part import Part
from lookalike.search.rank.ranking import Ranking
from lookalike.search.rank.rules import RuleBook
from lookalike.search.rule import Verdict
from lookalike.search.words.suggesting import Suggestion
from lookalike.sources.event import Event
from lookalike.types import (
    AttributeValue,
    Box,
    FoldBy,
    Hit,
    Hits,
    ImageKey,
    ProductId,
    Reason,
    Rejection,
    ReleaseId,
    VariantId,
    VariantSummary,
    Vector,
)

_RANKING = Ranking()


@dataclass(frozen=True)
class StoredImage:
    image_key: int
    location: str
    width: int
    height: int
    data: bytes = field(repr=False, default=b"")
    vector: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(192, np.float32))


@dataclass(frozen=True)
class StoredVariant:
    variant_id: str | None
    attributes: dict[str, AttributeValue]
    images: tuple[StoredImage, ...]


@dataclass(frozen=True)
class StoredProduct:
    product_id: str
    variants: tuple[StoredVariant, ...]


@dataclass(frozen=True)
class FacetValue:
    value: AttributeValue
    count: int


@dataclass(frozen=True)
class Facet:
    column: str
    kind: str
    values: tuple[FacetValue, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Counts:
    products: int
    variants: int
    images: int
    pictures: int
    rejected: int
    vectors: int


@dataclass(frozen=True)
class Model:
    name: str = "colours"
    version: str = "1"
    dimension: int = 192
    licence: str = "Apache-2.0"
    fingerprint: str = "c0ffee00" * 8


@dataclass(frozen=True)
class Record:
    document: dict[str, object]

    def as_dict(self) -> dict[str, object]:
        return self.document


def embed(data: bytes, crop: Box | None = None) -> tuple[np.ndarray, int, int]:
    try:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
    except Exception as error:
        raise ImageRejected(Reason.NOT_AN_IMAGE, "the file is not a picture") from error
    if crop is not None:
        if crop.x >= picture.width or crop.y >= picture.height:
            raise InvalidQuery(f"the crop lies outside the picture of {picture.width} × {picture.height} pixels")
        picture = picture.crop((int(crop.x), int(crop.y), int(crop.x + crop.width), int(crop.y + crop.height)))
    vector = np.asarray(picture.resize((8, 8)), np.float32).ravel() - 128
    return (vector / max(float(np.linalg.norm(vector)), 1e-6)).astype(np.float32), picture.width, picture.height


def split_of(vector: np.ndarray) -> Split:
    """The vector as a sum over the places whose colours it holds."""
    places = np.zeros((64, 192))
    for place in range(64):
        places[place, 3 * place : 3 * place + 3] = vector[3 * place : 3 * place + 3]
    return Split(places, 8, 8, vector.astype(np.float64), "exact")


def seen_of(data: bytes, crop: Box | None = None) -> Seen:
    return see(data, Preprocessing(size_pixels=8), box=crop)


class Engine:
    """Everything in memory; `before_search` runs inside each search, for slowness and failures."""

    def __init__(self) -> None:
        self.changes = 1
        self.visits = 0
        self.visit_seconds = 0.0
        self.visit_fails = False
        self.stored: dict[str, StoredProduct] = {}
        self.model = Model()
        self.release = "r1"
        self.records: list[Record] = []
        self.events: list[Event] = []
        self.personal = True
        self.before_search: Callable[[], None] = lambda: None
        self.rankings: list[Ranking] = []
        self.clip_seconds: float | None = None
        self.rivals: list[str | None] = []
        self.tried: Record | None = None
        self.rules = RuleBook()
        self._next_key = 1
        self._lock = Lock()

    hears = True
    keeps_unmet_pictures = False
    read_only = False

    def search(
        self,
        image: bytes | Path | str | np.ndarray | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | tuple[str, ...] | None = None,
        unlike: tuple[str, ...] = (),
        vector: np.ndarray | None = None,
        fingerprint: str | None = None,
        colouring: np.ndarray | None = None,
        crop: Box | None = None,
        where: str | None = None,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
        shopper: str | None = None,
        parts: int | None = None,
        ranking: Ranking = _RANKING,
        against: str | None = None,
    ) -> Answer:
        self.before_search()
        self.rivals.append(against)
        self.rankings.append(ranking)
        given = [name for name, value in (("image", image), ("like", like), ("vector", vector)) if value is not None]
        if text is not None and not given:
            return self._worded(text, where, k, by)
        if len(given) != 1:
            raise InvalidQuery(f"a search needs exactly one of image, like and vector, received {given}")
        if crop is not None and image is None:
            raise InvalidQuery("a crop needs an image")
        for product_id in unlike:
            self.product(product_id)
        began = time.perf_counter()
        if isinstance(image, bytes):
            vector, _, _ = embed(image, crop)
        elif like is not None:
            likes = [like] if isinstance(like, str) else like
            vector, *_ = (self.product(one).variants[0].images[0].vector for one in likes)
        assert vector is not None
        hits: list[Hit] = []
        for product in self.products(where=where, k=10**6):
            if product.product_id == like:
                continue
            best = max(
                ((float(im.vector @ vector), v, im) for v in product.variants for im in v.images),
                key=lambda each: each[0],
                default=None,
            )
            if best is not None:
                hits.append(self._hit(product, *best))
        hits.sort(key=lambda hit: -hit.similarity)
        page = tuple(hits[offset : offset + k])
        following = offset + k if len(hits) > offset + k else None
        spent = (time.perf_counter() - began) * 1000
        answer = Answer(
            Hits(page, by=by), True, None, ReleaseId("r1"), {"embed": 0.1, "total": spent}, offset, following, vector
        )
        found = (Part(Box(1.0, 2.0, 3.0, 4.0), 0.5, Hits(page[:1], by=by)),)[:parts]
        return replace(answer, parts=found, several=False) if parts else answer

    def search_video(
        self,
        clip: bytes | str | Path,
        *,
        where: str | None = None,
        k: int = 10,
        by: FoldBy = "product",
        timeout_seconds: float | None = None,
    ) -> ClipAnswer:
        """The clip is a picture here: one moment of two seconds."""
        self.clip_seconds = timeout_seconds
        assert isinstance(clip, bytes)
        found = self.search(clip, where=where, k=k, by=by)
        times = (0.5,) * len(found.hits)
        moment = Moment(0.0, 2.0, 0.5, found.hits, times, None, Box(0.0, 0.0, 8.0, 8.0), seen_of(clip).pixels)
        return ClipAnswer((moment,), found.hits, times, 2.0, 50, 1, found.release, True, {"total": 1.0})

    def describe(self, image: bytes | Path | str | np.ndarray, *, crop: Box | None = None) -> Described:
        return Described((), {}, (), ReleaseId("r1"))

    def shop_rules(self) -> RuleBook:
        return self.rules

    def set_shop_rules(self, rules: RuleBook) -> RuleBook:
        self.rules = rules
        return rules

    def suggest(self, text: str, *, k: int = 8) -> tuple[Suggestion, ...]:
        titles = dict.fromkeys(str(v.attributes.get("title")) for p in self.stored.values() for v in p.variants)
        return tuple(Suggestion(title, "title") for title in titles if title.startswith(text))[:k]

    def _worded(self, text: str, where: str | None, k: int, by: FoldBy) -> Answer:
        """Products whose title has every word; nothing of it is about looks."""
        words = text.casefold().split()
        hits = [
            replace(self._hit(product, 1.0, variant, variant.images[0]), lanes={"words": 1.0})
            for product in self.products(where=where, k=10**6)
            for variant in product.variants[:1]
            if all(word in str(variant.attributes.get("title", "")).casefold() for word in words)
        ]
        reason = Verdict(None, "not_a_photograph")
        found = Hits(tuple(hits[:k]), by=by)
        return Answer(found, True, None, ReleaseId("r1"), {"total": 0.1}, 0, None, None, reason, lanes=("words",))

    def _hit(self, product: StoredProduct, similarity: float, variant: StoredVariant, image: StoredImage) -> Hit:
        def text(each: StoredVariant, column: str) -> str | None:
            value = each.attributes.get(column)
            return value if isinstance(value, str) else None

        def number(each: StoredVariant) -> float | None:
            value = each.attributes.get("price")
            return float(value) if isinstance(value, int | float) else None

        def stock(each: StoredVariant) -> bool | None:
            value = each.attributes.get("in_stock")
            return value if isinstance(value, bool) else None

        return Hit(
            ProductId(product.product_id),
            None if variant.variant_id is None else VariantId(variant.variant_id),
            image.location,
            ImageKey(image.image_key),
            text(variant, "title"),
            min(1.0, similarity),
            variant.attributes,
            tuple(
                VariantSummary(
                    None if each.variant_id is None else VariantId(each.variant_id),
                    text(each, "title"),
                    text(each, "color"),
                    number(each),
                    stock(each),
                    ImageKey(each.images[0].image_key) if each.images else None,
                )
                for each in product.variants
            ),
        )

    def explain(
        self,
        image: bytes | Path | str | np.ndarray,
        product_id: str,
        *,
        crop: Box | None = None,
        against: str | None = None,
        where: str | None = None,
    ) -> ExplainedHit:
        """The cosine of 8 x 8 colours is the sum over the 64 places of what they have in common."""
        self.before_search()
        assert isinstance(image, bytes)
        vector, _width, _height = embed(image, crop)
        query, seen = split_of(vector), seen_of(image, crop)
        side, picture = self._side(product_id, vector, where)
        other = None if against is None else self._side(against, vector, where)[0]
        matrix = match(query, split_of(picture.vector))
        return ExplainedHit(
            hit=side,
            explanation=explain_match(matrix, seen, seen_of(picture.data), similarity=side.similarity),
            query=seen,
            picture=seen_of(picture.data),
            where=where,
            against=other,
            contrast=None if other is None else contrast(query, seen, side.vector, other.vector),
            release="r1",
            timings_ms={"explain": 0.1},
        )

    def _side(self, product_id: str, vector: np.ndarray, where: str | None) -> tuple[HitSide, StoredImage]:
        images = [(variant, image) for variant in self.product(product_id).variants for image in variant.images]
        variant, image = max(images, key=lambda each: float(each[1].vector @ vector))
        hit = self._hit(self.product(product_id), float(image.vector @ vector), variant, image)
        passes = None if where is None else bool(self._selection(where)(variant.attributes))
        side = HitSide(
            hit.product_id,
            hit.variant_id,
            hit.image,
            hit.image_key,
            hit.title,
            hit.similarity,
            passes,
            image.vector,
        )
        return side, image

    def product(self, product_id: str) -> StoredProduct:
        if product_id not in self.stored:
            what = f"product {product_id!r}"
            raise NotFound(f"there is no {what} in /somewhere/on/this/machine", what=what)
        return self.stored[product_id]

    def products(self, *, where: str | None = None, k: int = 24, offset: int = 0) -> tuple[StoredProduct, ...]:
        keep = self._selection(where)
        found = [product for product in self.stored.values() if any(keep(v.attributes) for v in product.variants)]
        return tuple(found[offset : offset + k])

    def put_product(self, draft: ProductDraft) -> tuple[StoredProduct, tuple[Rejection, ...]]:
        rejections: list[Rejection] = []
        variants: list[StoredVariant] = []
        for variant in draft.variants:
            images: list[StoredImage] = []
            for position, given in enumerate(variant.images):
                if isinstance(given, str):
                    rejections.append(Rejection(given, Reason.FETCH_REFUSED, "this engine fetches nothing"))
                    continue
                try:
                    vector, width, height = embed(given)
                except ImageRejected as error:
                    rejections.append(Rejection(f"upload-{position + 1}", error.reason, error.detail))
                    continue
                with self._lock:
                    images.append(StoredImage(self._next_key, f"upload-{position + 1}", width, height, given, vector))
                    self._next_key += 1
            variants.append(StoredVariant(variant.variant_id, dict(variant.attributes), tuple(images)))
        if rejections and not any(variant.images for variant in variants):
            if str(draft.product_id) in self.stored:
                return self.stored[str(draft.product_id)], tuple(rejections)
            reasons = "; ".join(rejection.detail for rejection in rejections)
            raise NotFound(f"product {str(draft.product_id)!r} was not stored, none can be used: {reasons}")
        product = StoredProduct(str(draft.product_id), tuple(variants))
        self.stored[product.product_id] = product
        return product, tuple(rejections)

    def patch_product(
        self, product_id: str, attributes: Mapping[str, AttributeValue | None], variant_id: str | None = None
    ) -> StoredProduct:
        def changed(variant: StoredVariant) -> StoredVariant:
            if variant_id is not None and variant.variant_id != variant_id:
                return variant
            merged = {**variant.attributes, **attributes}
            kept = {name: value for name, value in merged.items() if value is not None}
            return StoredVariant(variant.variant_id, kept, variant.images)

        product = self.product(product_id)
        self.stored[product_id] = StoredProduct(product_id, tuple(changed(variant) for variant in product.variants))
        return self.stored[product_id]

    def delete_product(self, product_id: str) -> None:
        self.product(product_id)
        del self.stored[product_id]

    def thumbnail(self, image_key: int, side_pixels: int) -> bytes:
        for product in self.stored.values():
            for variant in product.variants:
                for image in variant.images:
                    if image.image_key == image_key:
                        picture = Image.open(io.BytesIO(image.data)).convert("RGB")
                        picture.thumbnail((side_pixels, side_pixels))
                        out = io.BytesIO()
                        picture.save(out, "JPEG")
                        return out.getvalue()
        raise NotFound(f"there is no image {image_key}")

    def releases(self) -> tuple[Record, ...]:
        own = {"r1": Model.fingerprint, "r2": "decade00" * 8, "r3": "facade00" * 8}
        return tuple(
            Record({"release_id": name, "live": name == self.release, "fingerprint": fingerprint, "missing": 3})
            for name, fingerprint in own.items()
        )

    def promotions(self) -> tuple[Record, ...]:
        return tuple(self.records)

    def promote(
        self, release_id: str, *, force: bool = False, reason: str | None = None, golden: str | None = None
    ) -> Record:
        """Release r3 is worse, r4 lacks vectors, others that are not there are not there."""
        if release_id == "r4":
            raise StoreError("release r4 lacks the vectors of 3 pictures")
        if release_id not in ("r1", "r2", "r3"):
            raise NotFound(f"there is no release {release_id!r} in /somewhere/on/this/machine")
        gate = {"refused": release_id == "r3", "golden": golden or "default"}
        if release_id == "r3" and not force:
            raise PromotionRefused("release r3 is not promoted, because it measures worse", gate=gate)
        before, self.release = self.release, release_id
        self.records.append(Record({"kind": "forced" if force else "promoted", "to": release_id, "reason": reason}))
        return Record({"live": release_id, "previous": before, "gate": gate, "forced": force, "note": None})

    def rollback(self) -> str:
        if not self.records:
            raise NotFound("no release was live before this one")
        self.release = "r1"
        return "r1"

    def demand(self, *, likeness: float = 0.6) -> Demand:
        return Demand(0, (), UnmetOptions(), "r1")

    def demand_picture(self, key: int) -> bytes:
        raise NotFound(f"there is no remembered photograph {key}")

    def erase_demand(self) -> int:
        return 0

    def record_events(self, events: Iterable[Event]) -> Recorded:
        self.events.extend(events)
        return Recorded(added=len(self.events))

    def start_trial(self, b: str, *, a: str = "live") -> Record:
        self.tried = Record({"trial": 1, "a": a, "b": b, "started": "2026-03-01T09:30:00+00:00", "ended": None})
        return self.tried

    def stop_trial(self) -> bool:
        stopped, self.tried = self.tried is not None, None
        return stopped

    def trial(self) -> Record | None:
        return self.tried

    def credits(self) -> tuple[()]:
        return ()

    def recommend(
        self,
        shopper: str | None = None,
        *,
        where: str | None = None,
        k: int = 10,
        repeats: bool = False,
        against: str | None = None,
    ) -> Record:
        self.rivals.append(against)
        return Record({"hits": [], "personal": {"basis": "popularity"}, "release": self.release})

    def shopper(self, shopper: str) -> Record:
        return Record({"personal": True, "events": len(self.events)})

    def export_shopper(self, shopper: str) -> dict[str, object]:
        return {"shopper": shopper, "events": []}

    def erase_shopper(self, shopper: str | None) -> int:
        gone, self.events = len(self.events), []
        return gone

    def switch_personal(self, shopper: str, *, on: bool) -> None:
        self.personal = on

    def facets(self, where: str | None = None) -> tuple[Facet, ...]:
        facets: list[Facet] = []
        products = self.products(where=where, k=10**6)
        for column, kind in self.columns().items():
            values = [v.attributes[column] for p in products for v in p.variants[:1] if column in v.attributes]
            counted = sorted({value: values.count(value) for value in values}.items(), key=lambda each: -each[1])
            if kind == "number":
                numbers = [float(value) for value in values if isinstance(value, int | float)]
                facets.append(Facet(column, kind, (), min(numbers, default=None), max(numbers, default=None)))
            else:
                facets.append(Facet(column, kind, tuple(FacetValue(*each) for each in counted[:20])))
        return tuple(facets)

    def sequence(self) -> int:
        return self.changes

    def doctor(self, path: None = None, *, watcher: Watcher | None = None) -> HealthReport:
        self.visits += 1
        if watcher is not None:
            watcher(Progress(1, 2, 0, 0.1))
        time.sleep(self.visit_seconds)
        if self.visit_fails:
            raise StoreError("the store's disk is gone")
        return HealthReport(files=2, ok=2, rejected=(), duplicates=(), products=2, sequence=self.changes, seconds=0.1)

    def missed(self, vector: Vector, *, where: str | None = None) -> tuple[int, int]:
        return 1, 10

    def counts(self) -> Counts:
        images = sum(len(v.images) for p in self.stored.values() for v in p.variants)
        variants = sum(len(p.variants) for p in self.stored.values())
        return Counts(len(self.stored), variants, images, images, 0, images)

    def columns(self) -> dict[str, str]:
        kinds: dict[str, str] = {}
        for product in self.stored.values():
            for variant in product.variants:
                for name, value in variant.attributes.items():
                    kind = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
                    kinds.setdefault(name, kind)
        return kinds

    def _selection(self, where: str | None) -> Callable[[Mapping[str, AttributeValue]], bool]:
        if where is None:
            return lambda _: True
        tests: list[Callable[[Mapping[str, AttributeValue]], bool]] = []
        for part in where.split(" and "):
            match = re.fullmatch(r"\s*(\w+)\s*(=|<=|>=|in)\s*(.+?)\s*", part)
            if match is None:
                raise SelectionSyntaxError(f"cannot read {part!r}", position=where.index(part))
            column, operator, literal = match.groups()
            if column not in self.columns():
                raise UnknownColumn(f"there is no column {column!r}; known are {', '.join(self.columns())}", position=0)
            tests.append(self._test(column, operator, literal))
        return lambda attributes: all(test(attributes) for test in tests)

    @staticmethod
    def _test(column: str, operator: str, literal: str) -> Callable[[Mapping[str, AttributeValue]], bool]:
        if operator == "in":
            among = re.findall(r'"([^"]*)"', literal)
            return lambda attributes: attributes.get(column) in among
        if literal in ("true", "false"):
            return lambda attributes: attributes.get(column) is (literal == "true")
        if literal.startswith('"'):
            return lambda attributes: attributes.get(column) == literal.strip('"')
        bound = float(literal)

        def number(attributes: Mapping[str, AttributeValue]) -> bool:
            value = attributes.get(column)
            if not isinstance(value, int | float):
                return False
            return {"=": value == bound, "<=": value <= bound, ">=": value >= bound}[operator]

        return number
