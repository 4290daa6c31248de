"""What OpenAPI says about clips."""

from __future__ import annotations

from lookalike.serve.openapi.answers import Json, ok, text
from lookalike.serve.openapi.bodies import body, file, form, record

__all__ = ["CLIP_DESCRIPTION"]

_NUMBER = {"type": "number"}
_HITS = {"type": "array", "items": {"type": "object", "description": "As in the answer of /v1/search."}}
_MOMENT: Json = {
    "type": "object",
    "required": ["start", "end", "frame_time", "verdict", "box", "hits"],
    "properties": {
        "start": _NUMBER,
        "end": _NUMBER,
        "frame_time": {"type": "number", "description": "Of the frame that was most alike, in seconds."},
        "verdict": {"type": ["string", "null"], "enum": ["same", "similar", "absent", None]},
        "box": {"type": ["array", "null"], "items": _NUMBER, "description": "Part of the key frame: x, y, w, h."},
        "hits": _HITS,
        "frame": {"type": "string", "description": "With frames=true: a JPEG as a data: URL."},
    },
}

CLIP_DESCRIPTION: Json = {
    **body(
        form(
            {
                "video": file("The clip."),
                "where": text("Filter expression."),
                "k": {"type": "integer", "default": 10, "minimum": 1},
                "by": {"type": "string", "enum": ["product", "variant", "image"], "default": "product"},
                "frames": {"type": "boolean", "default": False},
            },
            {"video": "@clip.mp4", "k": 5, "frames": True},
            required=["video"],
        )
    ),
    "responses": ok(
        record(
            {
                "hits": _HITS,
                "moments": {"type": "array", "items": _MOMENT},
                "clip": {
                    "type": "object",
                    "properties": {
                        "seconds": _NUMBER,
                        "frames": {"type": "integer"},
                        "key_frames": {"type": "integer"},
                        "breaks_off": {"type": "boolean"},
                    },
                },
                "exact": {"type": "boolean"},
                "verdict": {"type": ["string", "null"]},
                "release": {"type": "string"},
                "timings_ms": {"type": "object"},
            }
        ),
        {
            "hits": [{"product_id": "SKU-1", "similarity": 0.91, "frame_time": 1.6}],
            "moments": [
                {
                    "start": 1.52,
                    "end": 2.96,
                    "frame_time": 1.6,
                    "verdict": "same",
                    "box": [140.0, 0.0, 360.0, 360.0],
                    "hits": [{"product_id": "SKU-1", "similarity": 0.91}],
                }
            ],
            "clip": {"seconds": 8.88, "frames": 222, "key_frames": 10, "breaks_off": False},
            "exact": True,
            "verdict": "same",
            "release": "r1",
            "timings_ms": {"total": 2100.0},
        },
        "Moments in order of time, and the best hits over all of them.",
    ),
}
