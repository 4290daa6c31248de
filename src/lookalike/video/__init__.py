"""Clips: files and streams of frames -> the few frames that say it all, each with its time.

Importing this package does not import PyAV, which is the extra `video` and is loaded by the process that decodes.
"""

from lookalike.video.key_frames import KeyFrame, KeyFrameOptions, key_frames
from lookalike.video.limits import VideoLimits
from lookalike.video.reading import ClipReading, frame_at, require_decoder
from lookalike.video.signature import is_clip_name, is_video, moment_name, split_moment

__all__ = [
    "ClipReading",
    "KeyFrame",
    "KeyFrameOptions",
    "VideoLimits",
    "frame_at",
    "is_clip_name",
    "is_video",
    "key_frames",
    "moment_name",
    "require_decoder",
    "split_moment",
]
