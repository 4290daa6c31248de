"""What the server asks of an engine: small Protocols, owned here and fulfilled by `lookalike.engine`.

Every method is synchronous, thread-safe and may take long: the routes call them in a `lookalike.serve.lane.Lane`,
never on the event loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from lookalike.explain.explainer import ExplainedHit
from lookalike.ingest.draft import ProductDraft
from lookalike.search.answer import Answer
from lookalike.search.demand import DEFAULT_LIKENESS, Demand
from lookalike.search.moments import ClipAnswer
from lookalike.search.people.recommendations import Rival
from lookalike.search.rank.ranking import Ranking
from lookalike.search.rank.rules import RuleBook
from lookalike.search.words.suggesting import Suggestion
from lookalike.serve.engine_views import (
    CountsView,
    DescribedView,
    FacetView,
    ModelView,
    ProductView,
    RecordedView,
    Told,
    TrialView,
)
from lookalike.serve.visits import CatalogueDoctor
from lookalike.sources.event import Event
from lookalike.types import AttributeValue, Box, FoldBy, Pixels, Rejection, Vector

__all__ = [
    "ClipSearch",
    "DemandShelf",
    "EnginePort",
    "HitExplainer",
    "PeopleShelf",
    "PictureDescriber",
    "PictureSearch",
    "ProductShelf",
    "ReleaseShelf",
    "RuleShelf",
    "ThumbnailShelf",
    "TrialShelf",
    "WordSuggester",
]


@runtime_checkable
class PictureSearch(Protocol):
    """Answers searches."""

    @property
    def hears(self) -> bool:
        """Whether recordings can be searched by: there is a model of speech and all that it needs."""
        ...

    def search(
        self,
        image: bytes | Path | str | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | Sequence[str] | None = None,
        unlike: Sequence[str] = (),
        vector: Vector | None = None,
        fingerprint: str | None = None,
        colouring: Vector | None = None,
        crop: Box | None = None,
        where: str | None = None,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
        shopper: str | None = None,
        parts: int | None = None,
        ranking: Ranking = ...,
        against: str | None = None,
    ) -> Answer:
        """Hits by falling similarity for one of image, like and vector, for text or audio, or for both."""
        ...


@runtime_checkable
class ClipSearch(Protocol):
    """Answers searches by a clip."""

    def search_video(
        self,
        clip: bytes | str | Path,
        *,
        where: str | None = None,
        k: int = 10,
        by: FoldBy = "product",
        timeout_seconds: float | None = None,
    ) -> ClipAnswer:
        """What the moments of a clip show; it ends by itself after `timeout_seconds`."""
        ...


@runtime_checkable
class PictureDescriber(Protocol):
    """Suggests words for photographs."""

    def describe(self, image: bytes | Path | str | Pixels, *, crop: Box | None = None) -> DescribedView:
        """Titles, attributes and kinds of things that a photograph may be given."""
        ...


@runtime_checkable
class WordSuggester(Protocol):
    """Completes questions."""

    def suggest(self, text: str, *, k: int = 8) -> Sequence[Suggestion]:
        """Completions of what is being typed, best first."""
        ...


@runtime_checkable
class HitExplainer(Protocol):
    """Says why."""

    def explain(
        self,
        image: bytes | Path | str | Pixels,
        product_id: str,
        *,
        crop: Box | None = None,
        against: str | None = None,
        where: str | None = None,
    ) -> ExplainedHit:
        """The similarity of a picture and a product, taken apart; raises `lookalike.errors.NotFound`."""
        ...


@runtime_checkable
class ProductShelf(Protocol):
    """Reads and changes products; a change is seen by the next search."""

    def product(self, product_id: str) -> ProductView:
        """The product; raises `lookalike.errors.NotFound`."""
        ...

    def products(self, *, where: str | None = None, k: int = 24, offset: int = 0) -> Sequence[ProductView]:
        """A page of the catalogue in the order in which products came into it."""
        ...

    def put_product(self, draft: ProductDraft) -> tuple[ProductView, Sequence[Rejection]]:
        """Create or replace it; pictures that cannot be used come back as rejections."""
        ...

    def patch_product(
        self, product_id: str, attributes: Mapping[str, AttributeValue | None], variant_id: str | None = None
    ) -> ProductView:
        """Change attributes without running the model; None removes one."""
        ...

    def delete_product(self, product_id: str) -> object:
        """Remove it; raises `lookalike.errors.NotFound`."""
        ...


@runtime_checkable
class ThumbnailShelf(Protocol):
    """Gives pictures to look at."""

    def thumbnail(self, image_key: int, side_pixels: int) -> bytes:
        """A JPEG whose longer side is at most `side_pixels`; raises `lookalike.errors.NotFound`."""
        ...


@runtime_checkable
class ReleaseShelf(Protocol):
    """Lists releases and switches between them."""

    def releases(self) -> Sequence[Told]:
        """Every release, oldest first."""
        ...

    def promotions(self) -> Sequence[Told]:
        """Every promotion, refusal and rollback, oldest first."""
        ...

    def promote(
        self, release_id: str, *, force: bool = False, reason: str | None = None, golden: str | None = None
    ) -> Told:
        """Make it live unless it measures worse; raises `lookalike.errors.PromotionRefused`."""
        ...

    def rollback(self) -> str:
        """Make the release live that was before; raises `lookalike.errors.NotFound` where there is none."""
        ...


@runtime_checkable
class DemandShelf(Protocol):
    """Tells what shoppers looked for in vain."""

    @property
    def keeps_unmet_pictures(self) -> bool:
        """Whether small copies of photographs that were told "not in this catalogue" are kept."""
        ...

    def demand(self, *, likeness: float = DEFAULT_LIKENESS) -> Demand:
        """Clusters of photographs that were told "not in this catalogue"."""
        ...

    def demand_picture(self, key: int) -> bytes:
        """A small JPEG of one of them; raises `lookalike.errors.NotFound`."""
        ...

    def erase_demand(self) -> int:
        """Forget them all; returns how many there were."""
        ...


@runtime_checkable
class PeopleShelf(Protocol):
    """Keeps what shoppers did, uses it, and forgets it."""

    def record_events(self, events: Iterable[Event]) -> RecordedView:
        """Keep events; twice is once."""
        ...

    def recommend(
        self,
        shopper: str | None = None,
        *,
        where: str | None = None,
        k: int = 10,
        repeats: bool = False,
        against: Rival | None = None,
    ) -> Told:
        """Products without a question."""
        ...

    def shopper(self, shopper: str) -> Told:
        """What is kept of a shopper."""
        ...

    def export_shopper(self, shopper: str) -> dict[str, object]:
        """All of it."""
        ...

    def erase_shopper(self, shopper: str | None) -> int:
        """Take all of it away; returns how many events went."""
        ...

    def switch_personal(self, shopper: str, *, on: bool) -> None:
        """Let their events be recorded and used, or not."""
        ...


@runtime_checkable
class RuleShelf(Protocol):
    """Keeps the shop's rules."""

    def shop_rules(self) -> RuleBook:
        """The rules as they are now."""
        ...

    def set_shop_rules(self, rules: RuleBook) -> RuleBook:
        """Keep these instead; raises `lookalike.errors.SelectionError` for a filter that cannot be used."""
        ...


@runtime_checkable
class TrialShelf(Protocol):
    """Tries changes on real traffic."""

    def start_trial(self, b: str, *, a: str = "live") -> Told:
        """Let two ways of answering share lists; raises `lookalike.errors.InvalidQuery` where there is no such way."""
        ...

    def stop_trial(self) -> bool:
        """End the trial that runs; whether one did."""
        ...

    def trial(self) -> Told | None:
        """The trial that takes part in searches; None where none does."""
        ...

    def credits(self) -> Sequence[TrialView]:
        """What events on shared lists say of each two."""
        ...


@runtime_checkable
class EnginePort(
    PictureSearch,
    ClipSearch,
    PictureDescriber,
    WordSuggester,
    HitExplainer,
    ProductShelf,
    ReleaseShelf,
    RuleShelf,
    TrialShelf,
    ThumbnailShelf,
    DemandShelf,
    PeopleShelf,
    CatalogueDoctor,
    Protocol,
):
    """All that the server uses of an engine."""

    def facets(self, where: str | None = None) -> Sequence[FacetView]:
        """Columns with values and counts among the products that `where` leaves."""
        ...

    def missed(self, vector: Vector, *, where: str | None = None) -> tuple[int, int]:
        """How many of the ten pictures nearest to `vector` the index misses, and how many there are."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether the store can be searched and not be changed."""
        ...

    def counts(self) -> CountsView:
        """How much the store holds now."""
        ...

    def columns(self) -> Mapping[str, str]:
        """Type of each column that a filter may name: ``text``, ``number`` or ``boolean``."""
        ...

    @property
    def model(self) -> ModelView:
        """The embedder that answers."""
        ...

    @property
    def release(self) -> str | None:
        """The live release; None while the store is empty."""
        ...
