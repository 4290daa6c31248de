"""What the server may be told: limits, lanes, who may write. Frozen; `lookalike.compose` fills it in."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.errors import InvalidConfiguration

__all__ = ["ServeSettings"]

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Options of `lookalike.serve.create_app`; every default is safe on a laptop.

    Attributes:
        host: address that the server will be bound to; decides, without a token, whether anybody may write.
        write_token: bearer token that allows PUT, PATCH and DELETE; empty allows them only from this machine itself,
            and only while `host` is a loopback address.
        max_upload_bytes: larger request bodies are refused with 413 while they still arrive.
        request_timeout_seconds: most time from the first byte of a request to its answer.
        max_clip_bytes: likewise, for a search by a clip.
        clip_timeout_seconds: likewise, for the upload of a clip, and again for its answer.
        max_held_bytes: most bytes of request bodies that are held at once; requests beyond are refused with 503 and
            ``Retry-After`` before they are read.
        search_threads: searches that run at once; more than cores, because the engine embeds those that meet together.
        read_threads: products and facets that are read at once, and as many thumbnails besides.
        write_threads: changes of products that run at once.
        waiting: requests of each lane that may wait for a thread, of thumbnails 32 times as many; more are refused with
            503 and ``Retry-After``.
        max_hits: largest ``k`` of a search.
        cors_origins: origins whose pages may call the API from a browser; none by default.
        page: whether the web page is served at ``/``.
        personal: whether shoppers' events are taken and personal results given.
        audit_share: of the searches that were not exact, how many are run again exactly in the background, 0 to 1;
            their measured recall is at ``/metrics``. Never takes more than a twentieth of one core.

    Raises:
        InvalidConfiguration: naming every option that is out of range.
    """

    host: str = "127.0.0.1"
    write_token: str = ""
    max_upload_bytes: int = 20 * _MEBIBYTE
    request_timeout_seconds: float = 30.0
    max_clip_bytes: int = 100 * _MEBIBYTE
    clip_timeout_seconds: float = 300.0
    max_held_bytes: int = 1024 * _MEBIBYTE
    search_threads: int = 16
    read_threads: int = 4
    write_threads: int = 2
    waiting: int = 64
    max_hits: int = 200
    cors_origins: tuple[str, ...] = ()
    page: bool = True
    personal: bool = True
    audit_share: float = 0.01

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be at least {least}, received {value!r}"
            for name, value, least in (
                ("max_upload_bytes", self.max_upload_bytes, 1024),
                ("max_clip_bytes", self.max_clip_bytes, 1024),
                ("max_held_bytes", self.max_held_bytes, 1024),
                ("search_threads", self.search_threads, 1),
                ("read_threads", self.read_threads, 1),
                ("write_threads", self.write_threads, 1),
                ("waiting", self.waiting, 0),
                ("max_hits", self.max_hits, 1),
            )
            if value < least
        ]
        if not 0.0 <= self.audit_share <= 1.0:
            problems.append(f"audit_share must be 0 to 1, received {self.audit_share!r}")
        if not self.clip_timeout_seconds > 0:
            problems.append(f"clip_timeout_seconds must be above 0, received {self.clip_timeout_seconds!r}")
        if not self.request_timeout_seconds > 0:
            problems.append(f"request_timeout_seconds must be above 0, received {self.request_timeout_seconds!r}")
        if problems:
            raise InvalidConfiguration("; ".join(problems))
