"""``POST /v1/search/video``: a clip in, the moments in which products are seen out."""

from __future__ import annotations

import asyncio
import base64
import time

from fastapi import APIRouter, Request, Response

from lookalike.errors import InvalidQuery
from lookalike.images.regions import encode_jpeg, thumbnail
from lookalike.search.moments import ClipAnswer, Moment
from lookalike.serve.desk import Desk, desk_of
from lookalike.serve.document import hit_document, json_response
from lookalike.serve.failure import Failure
from lookalike.serve.form import Form, parse_form
from lookalike.serve.openapi.clips import CLIP_DESCRIPTION
from lookalike.serve.unread import with_unread
from lookalike.types import FoldBy

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["search"])

_FRAME_PIXELS, _FRAME_QUALITY = 320, 80
_FIELDS = ("video", "where", "k", "by", "frames")


@router.post("/search/video", summary="Find what a clip shows, and when", openapi_extra=CLIP_DESCRIPTION)
async def search_video(request: Request) -> Response:
    """Moments of a clip, each with its hits; with ``frames=true`` a small picture of each as a ``data:`` URL.

    The clip is held in memory, decoded in a process of its own, and forgotten with the answer.
    """
    desk = desk_of(request)
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise Failure(
            415,
            "unsupported_media_type",
            f"a clip is sent as multipart/form-data, received {content_type or 'no content type'!r}",
            hint="curl -F video=@tour.mp4 sends the right one",
        )
    # A hundred megabytes take a second to be taken apart, in which others are answered.
    form = await asyncio.to_thread(parse_form, await desk.clip(request), content_type)
    clip, where, k, by, frames = _asked(form, desk)
    ends = time.monotonic() + desk.settings.clip_timeout_seconds

    def answer() -> Response:
        # Who waits has gone by then, and there is one thread for all clips.
        left = max(0.001, ends - time.monotonic())
        found = desk.engine.search_video(clip, where=where, k=k, by=by, timeout_seconds=left)
        return json_response(with_unread(request, _document(found, frames)), headers={"Cache-Control": "no-store"})

    return await desk.clips.run(answer)


def _asked(form: Form, desk: Desk) -> tuple[bytes, str | None, int, FoldBy, bool]:
    problems: list[str] = []
    unknown = sorted({*form.fields, *form.files} - set(_FIELDS))
    if unknown:
        problems.append(f"unknown field(s) {', '.join(unknown)}; known are {', '.join(_FIELDS)}")
    clips = form.files.get("video", [])
    if len(clips) != 1:
        problems.append(f"a search by a clip takes one file called video, received {len(clips)}")
    text = form.text("k") or "10"
    k = int(text) if text.isdecimal() and len(text) < 6 else 0
    if not 1 <= k <= desk.settings.max_hits:
        problems.append(f"k must be 1 to {desk.settings.max_hits}, received {text!r}")
    by = form.text("by") or "product"
    if by not in ("product", "variant", "image"):
        problems.append(f"by must be product, variant or image, received {by!r}")
    frames = {"true": True, "1": True, "false": False, "0": False}.get((form.text("frames") or "false").lower())
    if frames is None:
        problems.append(f"frames must be true or false, received {form.text('frames')!r}")
    if problems:
        raise InvalidQuery("; ".join(problems))
    return clips[0], form.text("where"), k, by, bool(frames)  # pyright: ignore[reportReturnType]


def _document(answer: ClipAnswer, frames: bool) -> dict[str, object]:
    return {
        "hits": [
            {**hit_document(hit), "frame_time": round(at, 3)} for hit, at in zip(answer.hits, answer.times, strict=True)
        ],
        "moments": [_moment(moment, frames) for moment in answer.moments],
        "clip": {
            "seconds": round(answer.seconds, 3),
            "frames": answer.n_frames,
            "key_frames": answer.n_key_frames,
            "breaks_off": answer.breaks_off,
        },
        "exact": answer.exact,
        "verdict": answer.verdict,
        "release": answer.release,
        "timings_ms": {stage: round(value, 3) for stage, value in answer.timings_ms.items()},
    }


def _moment(moment: Moment, frames: bool) -> dict[str, object]:
    box = moment.box
    told: dict[str, object] = {
        "start": round(moment.start, 3),
        "end": round(moment.end, 3),
        "frame_time": round(moment.frame_time, 3),
        "verdict": moment.verdict,
        "box": None if box is None else [round(value, 1) for value in (box.x, box.y, box.width, box.height)],
        "hits": [hit_document(hit) for hit in moment.hits],
    }
    if frames:
        coded = encode_jpeg(thumbnail(moment.frame, _FRAME_PIXELS), _FRAME_QUALITY)
        told["frame"] = f"data:image/jpeg;base64,{base64.b64encode(coded).decode('ascii')}"
    return told
