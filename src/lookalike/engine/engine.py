"""The object with all the verbs: what `lookalike.open` returns, the commands call and the server is handed."""

from __future__ import annotations

from types import TracebackType

from lookalike.engine.describing import Describing
from lookalike.engine.ordering import Ordering
from lookalike.engine.people import People
from lookalike.engine.releasing import Releasing
from lookalike.engine.trying import Trying
from lookalike.engine.watching import Watching

__all__ = ["Engine"]


class Engine(Describing, Watching, Ordering, Releasing, People, Trying):
    """A store, and everything one can do with it. Safe to call from several threads.

    Args:
        folder: of the store; created by the first `index` or `put_product`.
        options: of every room.
        open_embedder: opens models; called when one is first needed.
        model: name or path of the model to use; None for what the store's live release was made with, or the
            packaged one in a new store.
        open_text_encoder: opens the sentence model; None for words without meaning.
        open_recogniser: opens the model of speech; None for an engine that takes no recordings.
        open_print_reader: opens the reader of printed model numbers; None where print is not read.
        open_detector: opens what finds the things in a photograph; None for the packaged model.

    Example:
        >>> import lookalike
        >>> shop = lookalike.open("no-such-store")
        >>> shop.search("photo.jpg")
        Traceback (most recent call last):
        ...
        lookalike.errors.StoreNotFound: there is no store at no-such-store: run `lookalike index SOURCE` first
    """

    def __enter__(self) -> Engine:  # noqa: PYI034  beartype cannot check Self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
