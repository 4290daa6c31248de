"""How much one clip may cost before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.errors import InvalidConfiguration

__all__ = ["VideoLimits"]


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """Bounds that are checked before and while a clip is decoded, in a process of its own.

    Attributes:
        max_bytes: size of the file.
        max_seconds: length that its header states, or that is reached.
        max_pixels: width x height of a frame.
        max_frames: frames decoded.
        max_key_frames: key frames; a clip with more is refused rather than cut short in silence.
        timeout_seconds: wall time of the whole clip.
        side_pixels: longer side of the key frames that come out, at most.

    Raises:
        InvalidConfiguration: any of them out of range; all such fields are named at once.
    """

    max_bytes: int = 2 * 1024**3
    max_seconds: float = 3600.0
    max_pixels: int = 36_000_000
    max_frames: int = 500_000
    max_key_frames: int = 20_000
    timeout_seconds: float = 1800.0
    side_pixels: int = 640

    def __post_init__(self) -> None:
        names = ("max_bytes", "max_pixels", "max_frames", "max_key_frames")
        problems = [f"{name} must be at least 1, received {getattr(self, name)}" for name in names]
        problems = [problem for problem, name in zip(problems, names, strict=True) if getattr(self, name) < 1]
        for name in ("max_seconds", "timeout_seconds"):
            value: float = getattr(self, name)
            if not 0 < value <= 86_400:
                problems.append(f"{name} must be above 0 and at most 86400, received {value}")
        if not 64 <= self.side_pixels <= 4096:
            problems.append(f"side_pixels must be 64 to 4096, received {self.side_pixels}")
        if problems:
            raise InvalidConfiguration("video limits: " + "; ".join(problems))
