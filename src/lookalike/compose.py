"""The composition root: settings become options, options become concrete objects. Nowhere else."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lookalike.errors import InvalidConfiguration, StoreNotFound
from lookalike.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from lookalike.embed.embedder import Embedder
    from lookalike.embed.print_reader import PrintReader
    from lookalike.embed.speech import Recogniser
    from lookalike.embed.text import TextEncoder
    from lookalike.engine.engine import Engine
    from lookalike.engine.options import EngineOptions
    from lookalike.search.scenes.detector import Detector

__all__ = ["engine_options", "open_engine"]

_MEBIBYTE = 1024 * 1024


def open_engine(
    store: str | Path | None = None,
    *,
    model: str | None = None,
    threads: int | None = None,
    must_exist: bool = False,
    settings: Settings | None = None,
) -> Engine:
    """An engine over `store`, set up from arguments, environment and file.

    Args:
        store: folder; None for the setting, which is ``lookalike-store`` unless changed.
        model: name or path of a model; None for the setting, or what the store was made with.
        threads: cores to use; None for the setting.
        must_exist: whether a missing store is an error now rather than at the first search.
        settings: use these, and read neither environment nor file; they name the store, the model and the threads.

    Raises:
        InvalidConfiguration: a setting cannot be used, or one is given beside `settings`.
        StoreNotFound: `must_exist` and there is none.
    """
    from lookalike.engine.engine import Engine

    if settings is not None and (store, model, threads) != (None, None, None):
        raise InvalidConfiguration(
            f"give either settings or store, model and threads, received settings for the store {settings.store} "
            f"beside store {store}, model {model}, threads {threads}"
        )
    given = settings or load_settings(store=store, model=model, threads=threads)
    folder = given.store
    if must_exist and not folder.is_dir():
        raise StoreNotFound(f"there is no store at {folder}: run `lookalike index SOURCE` first, or give --store")
    return Engine(
        folder,
        engine_options(given),
        partial(_open_embedder, given),
        model=given.model or None,
        open_text_encoder=partial(_open_text_encoder, given),
        open_recogniser=_recognisers(given),
        open_print_reader=partial(_open_print_reader, given) if given.read_print else None,
        open_detector=partial(_open_detector, given) if given.detector else None,
    )


def engine_options(settings: Settings) -> EngineOptions:
    """The options of every room, as `settings` say."""
    from lookalike.catalog.kept import KeptOptions
    from lookalike.catalog.unmet import Retention
    from lookalike.engine.options import EngineOptions
    from lookalike.images.limits import ImageLimits
    from lookalike.ingest.options import IngestOptions
    from lookalike.search.demand import UnmetOptions
    from lookalike.sources.fetch.policy import FetchPolicy
    from lookalike.video.limits import VideoLimits

    return EngineOptions(
        ingest=IngestOptions(
            limits=ImageLimits(
                max_bytes=settings.max_image_bytes,
                max_pixels=settings.max_image_pixels,
                timeout_seconds=settings.image_timeout_seconds,
            ),
            n_workers=settings.threads,
            commit_images=settings.commit_images,
        ),
        kept=KeptOptions(
            enabled=settings.keep_pictures,
            side_pixels=settings.kept_side_pixels,
            quality=settings.kept_quality,
            quota_bytes=settings.kept_quota_mebibytes * _MEBIBYTE or None,
        ),
        fetch=FetchPolicy(
            max_bytes=settings.max_image_bytes,
            total_timeout_seconds=settings.fetch_timeout_seconds,
            per_host=settings.fetch_per_host,
            retries=settings.fetch_retries,
            allowed_hosts=frozenset(settings.allowed_hosts),
        ),
        unmet=UnmetOptions(
            remember=settings.remember_unmet,
            pictures=settings.keep_unmet_pictures,
            retention=Retention(settings.unmet_days, settings.unmet_most),
        ),
        automatic_parts=settings.automatic_parts,
        exact_up_to=settings.exact_up_to,
        video=VideoLimits(max_bytes=settings.max_video_bytes, max_seconds=settings.max_video_seconds),
    )


def _open_text_encoder(settings: Settings, threads: int | None) -> TextEncoder | None:
    from lookalike.embed.text import NO_MODEL, open_text_encoder

    if settings.text_model == NO_MODEL:
        return None
    return open_text_encoder(settings.text_model or None, threads=threads or settings.threads or None)


def _open_print_reader(settings: Settings) -> PrintReader:
    from lookalike.embed.print_reader import RapidPrintReader

    return RapidPrintReader(settings.threads or None)


def _open_detector(settings: Settings) -> Detector:
    from lookalike.search.scenes.onnx_detector import open_detector

    return open_detector(Path(settings.detector), threads=settings.threads or None)


def _recognisers(settings: Settings) -> Callable[[], Recogniser] | None:
    from lookalike.embed.speech import NO_SPEECH_MODEL

    return None if settings.speech_model == NO_SPEECH_MODEL else partial(_open_recogniser, settings)


def _open_recogniser(settings: Settings) -> Recogniser:
    from lookalike.embed.speech import open_recogniser

    return open_recogniser(
        settings.speech_model or None, threads=settings.threads or None, language=settings.speech_language
    )


def _open_embedder(
    settings: Settings, model: str | None, threads: int | None, computation: tuple[str, str] | None
) -> Embedder:
    from lookalike.embed.opening import open_embedder

    runtime, precision = computation or (settings.runtime, settings.precision)
    return open_embedder(
        model,
        runtime="openvino" if runtime == "openvino" else "onnxruntime",
        precision="bf16" if precision == "bf16" else "fp32",
        threads=threads or settings.threads or None,
    )
