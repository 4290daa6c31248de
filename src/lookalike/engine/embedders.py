"""The models that an engine has open: its own, and those that made the releases of its store.

Refuses to use a model for a release whose fingerprint it does not have, and a runtime or precision whose vectors do
not agree with those that are there.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.release import Release
from lookalike.embed.description import ModelDescription
from lookalike.embed.embedder import Embedder
from lookalike.embed.opening import describe_model, lasting_name
from lookalike.errors import FingerprintMismatch, InvalidConfiguration, LookalikeError, UnknownModel
from lookalike.explain.split import FeatureMaps
from lookalike.search.scenes.detector import Detector
from lookalike.search.scenes.head import packaged_heads
from lookalike.search.scenes.packaged_detector import AnySize, PackagedDetector

__all__ = ["ONE_THREAD", "EmbedderFactory", "Embedders"]

Computation = tuple[str, str]
"""Runtime and precision, for example ``("onnxruntime", "fp32")``."""

EmbedderFactory = Callable[[str | None, int | None, Computation | None], Embedder]
"""Opens the model of that name or path (None for the packaged one) with so many threads and that runtime and
precision (None for what the settings say)."""

_MOST_OPEN = 8
"""Models that stay open: those of releases that were live long ago are closed."""

ONE_THREAD = 1
"""While indexing, each worker embeds on its own core."""


class Embedders:
    """Opened when first needed, then kept. Safe to use from several threads.

    Args:
        open_embedder: opens models.
        model: name or path of the model to use; None for what a release was made with, or the packaged one.
    """

    def __init__(self, open_embedder: EmbedderFactory, model: str | None) -> None:
        self._open_embedder = open_embedder
        self._model = model
        self._lock = threading.RLock()
        self._opened: OrderedDict[tuple[str, int | None], Embedder] = OrderedDict()
        self._detectors: dict[bool, PackagedDetector] = {}
        self._agreeing: set[tuple[str, Computation]] = set()
        self._opened_in_vain: dict[tuple[str, str], tuple[int, int] | None] = {}

    def own(self, *, threads: int | None = None) -> Embedder:
        """The model that was asked for, or the packaged one."""
        return self._open(self._model, threads)

    def of(self, release: Release, *, threads: int | None = None) -> Embedder:
        """The embedder that made `release`: the model asked for if it is that, or the one that the release names.

        Raises:
            FingerprintMismatch: neither has the release's fingerprint, or its vectors do not agree.
            UnknownModel: there is none at the place that the release names.
        """
        return self._found(release, threads)[1]

    def folder(self, release: Release) -> Path | None:
        """The folder of the model that made `release`, whole or shortened; None where there is none by now."""
        for name in (self._model, *_origins(release)):
            if name is None:
                continue
            folder = Path(name if Path(name).is_dir() else name.rpartition("@")[0])
            if not folder.name or not folder.is_dir():
                continue
            try:
                description = describe_model(name)
            except LookalikeError:
                continue
            if description.fingerprint == release.fingerprint:
                return folder
        return None

    def explaining(self, release: Release) -> Embedder:
        """The release's embedder; its twin on ONNX Runtime where only that one gives feature maps.

        Raises:
            FingerprintMismatch: as for `of`.
        """
        model, embedder = self._found(release, None)
        if embedder.description.projection is None or isinstance(embedder, FeatureMaps):
            return embedder
        with self._lock:
            name = f"{release.fingerprint}:features"
            found = self._opened.get((name, None))
            if found is None:
                found = self._open_embedder(model, None, ("onnxruntime", "fp32"))
                # The files may be others by now than those that the first one was opened from.
                _require_fingerprint(found, release)
                self._keep((name, None), found)
            return found

    def detector(self, *, cautious: bool = False) -> Detector:
        """What finds the parts of a photograph: the packaged model, whichever made the release.

        Args:
            cautious: whether only the first of its heads is asked, which sees fewer things in photographs of one.
        """
        with self._lock:
            if cautious in self._detectors:
                return self._detectors[cautious]
            heads = packaged_heads()
            opened = [one for one in self._opened.values() if one.description.weights_sha256 == heads[0].weights_sha256]
            embedder = next((one for one in opened if isinstance(one, AnySize)), None)
            if embedder is None:
                embedder = self._open_embedder(None, None, ("onnxruntime", "fp32"))
                self._keep(("packaged:features", None), embedder)
            if not isinstance(embedder, AnySize):
                raise InvalidConfiguration(f"{embedder.description.name} does not look at pictures of any size")
            self._detectors[cautious] = PackagedDetector(embedder, heads[:1] if cautious else heads)
            return self._detectors[cautious]

    def to_fill(self, catalog: Catalog, *, threads: int | None = None) -> tuple[Release, Embedder]:
        """The live release and its embedder; in a new store, a new release that becomes live at once.

        Raises:
            FingerprintMismatch: the model asked for is not the one that the live release was made with.
        """
        live = catalog.live_release()
        if live is None:
            embedder = self.own(threads=threads)
            release = self.begin(catalog, embedder.description)
            catalog.set_live(release.release_id)
            return release, embedder
        if self._model is None:
            return live, self.of(live, threads=threads)
        embedder = self._open(self._model, threads, live.fingerprint)
        if embedder.description.fingerprint != live.fingerprint:
            raise FingerprintMismatch(
                f"the store's live release {live.release_id} was made by model {live.model} (fingerprint "
                f"{live.fingerprint[:12]}); {embedder.description.name} "
                f"({embedder.description.fingerprint[:12]}) makes "
                "vectors that cannot be mixed with those. Leave --model out to go on with the release's own, use "
                f"another --store, or embed the whole catalogue anew: `lookalike releases --build {self._model}`, "
                "then `lookalike promote RELEASE`"
            )
        self._require_agreement(embedder, live, self._model)
        return live, embedder

    def begin(self, catalog: Catalog, description: ModelDescription) -> Release:
        """A release for the model of that description, or the one begun earlier."""
        return catalog.begin_release(
            fingerprint=description.fingerprint,
            model=description.name,
            dimension=description.dimension,
            # Where the model was opened from, so that the release can be served without naming it again.
            description={
                **description.as_dict(),
                "origin": "" if self._model is None else lasting_name(self._model),
                # A folder that holds both the store and the model may move.
                "origin_as_given": self._model or "",
                "runtime": description.runtime,
                "precision": description.precision,
            },
        )

    def _open(self, model: str | None, threads: int | None, fingerprint: str | None = None) -> Embedder:
        """The model of that name, opened or kept.

        Args:
            model: name or path; None for the packaged one.
            threads: to compute with.
            fingerprint: of the model that is wanted. Where another one was opened under that name, and other files lie
                there by now, these are opened; the one before stays at hand under its own fingerprint.
        """
        with self._lock:
            key = (model or "", threads)
            found = self._opened.get(key)
            if found is not None and fingerprint not in (None, found.description.fingerprint):
                assert fingerprint is not None
                kept = self._opened.get((fingerprint, threads))
                if kept is not None:
                    self._keep((fingerprint, threads), kept)
                    return kept
                if self._may_lie_there(model, fingerprint):
                    self._keep((found.description.fingerprint, threads), found)
                    found = None
            if found is None:
                stamp = _stamp(model)
                found = self._open_embedder(model, threads, None)
                if fingerprint not in (None, found.description.fingerprint):
                    self._opened_in_vain[(model or "", fingerprint)] = stamp
            self._keep(key, found)
            return found

    def _may_lie_there(self, model: str | None, fingerprint: str) -> bool:
        """Whether opening `model` anew may give the one of that fingerprint, where another was opened before.

        What has no description only opening tells: it is opened again once the file is another.
        """
        lies_there = _fingerprint_at(model)
        if lies_there is not None:
            return lies_there == fingerprint
        tried = (model or "", fingerprint)
        return tried not in self._opened_in_vain or self._opened_in_vain[tried] != _stamp(model)

    def _keep(self, key: tuple[str, int | None], embedder: Embedder) -> None:
        """Remember; those that nobody asked for in the longest time go where there are too many."""
        self._opened[key] = embedder
        self._opened.move_to_end(key)
        while len(self._opened) > _MOST_OPEN:
            self._opened.popitem(last=False)

    def _found(self, release: Release, threads: int | None) -> tuple[str | None, Embedder]:
        """What made `release`, and its name or path: that of the model asked for, or the one that the release has."""
        model = self._model
        embedder = None if model is None else self._open(model, threads)
        if embedder is None or embedder.description.fingerprint != release.fingerprint:
            model, embedder = self._made(release, threads)
        _require_fingerprint(embedder, release)
        self._require_agreement(embedder, release, model)
        return model, embedder

    def _made(self, release: Release, threads: int | None) -> tuple[str | None, Embedder]:
        """The model at the place that `release` names, and its name."""
        first, *others = _origins(release)
        try:
            return first, self._open(first, threads, release.fingerprint)
        except UnknownModel as error:
            for name in others:
                with suppress(UnknownModel):
                    return name, self._open(name, threads, release.fingerprint)
            raise UnknownModel(
                f"release {release.release_id} was made by model {release.model}, opened from {first}, and it is not "
                "there: put it back, say where it is now (LOOKALIKE_MODEL), or make a release of another model live "
                "with `lookalike promote RELEASE --force`"
            ) from error

    def _require_agreement(self, embedder: Embedder, release: Release, model: str | None) -> None:
        """Where another runtime or precision made the release's vectors, compare the two on the probe pictures."""
        made_by = (str(release.description.get("runtime", "")), str(release.description.get("precision", "")))
        own = (embedder.description.runtime, embedder.description.precision)
        with self._lock:
            if made_by == own or (release.fingerprint, own) in self._agreeing:
                return
            from lookalike.embed.probe import require_agreement

            require_agreement(embedder, self._open_embedder(model, ONE_THREAD, made_by))
            self._agreeing.add((release.fingerprint, own))


def _origins(release: Release) -> tuple[str | None, ...]:
    """Where the release's model was, from the root, then as somebody said it."""
    names = [str(release.description.get(key) or "") for key in ("origin", "origin_as_given")]
    return tuple(dict.fromkeys(name for name in names if name)) or (None,)


def _fingerprint_at(model: str | None) -> str | None:
    """Of the model that lies there now; None where only opening it can tell."""
    try:
        return describe_model(model).fingerprint
    except LookalikeError:
        return None


def _stamp(model: str | None) -> tuple[int, int] | None:
    """Size and time of the file that `model` names, alone or behind a mark; None where it names none."""
    name = model or ""
    for path in filter(None, (name, name.rpartition("@")[2], name.rpartition("@")[0])):
        with suppress(OSError, ValueError):
            found = Path(path).stat()
            return found.st_size, found.st_mtime_ns
    return None


def _require_fingerprint(embedder: Embedder, release: Release) -> None:
    if embedder.description.fingerprint != release.fingerprint:
        raise FingerprintMismatch(
            f"release {release.release_id} was made by model {release.model} with fingerprint "
            f"{release.fingerprint[:12]}, the model at hand has {embedder.description.fingerprint[:12]}: "
            "their vectors cannot be compared. Give the right one (LOOKALIKE_MODEL), or build a new release with "
            f"`lookalike releases --build {embedder.description.name}` and promote it"
        )
