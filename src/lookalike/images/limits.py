"""How much one picture may cost before it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedIOBase

from lookalike.errors import InvalidConfiguration

__all__ = ["ImageLimits", "read_within"]

_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Bounds that `decode` checks before it allocates anything for the pixels.

    Attributes:
        max_bytes: size of the file.
        max_pixels: width x height of what has to be held in memory. It is read from the header. A sequential JPEG
            that is decoded at reduced scale counts at that scale, so very large ones pass where they cost little.
        min_side_pixels: the shorter side. The default refuses spacers and rules of one pixel; a shop may want more.
        timeout_seconds: wall time of one picture in the child process. Work inside the calling process is bounded
            by its number of pixels instead.

    Raises:
        InvalidConfiguration: any of them out of range; all such fields are named at once.
    """

    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 64_000_000
    min_side_pixels: int = 2
    timeout_seconds: float = 20.0

    def __post_init__(self) -> None:
        problems: list[str] = []
        if self.max_bytes < 1:
            problems.append(f"max_bytes must be at least 1, received {self.max_bytes}")
        if self.max_pixels < 1:
            problems.append(f"max_pixels must be at least 1, received {self.max_pixels}")
        if self.min_side_pixels < 1:
            problems.append(f"min_side_pixels must be at least 1, received {self.min_side_pixels}")
        if not 0 < self.timeout_seconds <= 3600:
            problems.append(f"timeout_seconds must be above 0 and at most 3600, received {self.timeout_seconds}")
        if problems:
            raise InvalidConfiguration("image limits: " + "; ".join(problems))


def read_within(file: BufferedIOBase, max_bytes: int, *, likely_bytes: int = 0) -> bytes:
    """What is left of `file`; of more than `max_bytes` one byte more. A short file takes little memory, whatever the
    limit: asked for at once, as many bytes would be set aside as it allows.

    Args:
        file: open for reading.
        max_bytes: how many are wanted at most.
        likely_bytes: how many there are, as far as is known: so many are read in one piece, and held only once.
    """
    pieces: list[bytes] = []
    left, at_once = max_bytes + 1, max(likely_bytes + 1, _PIECE_BYTES)
    while piece := file.read(min(left, at_once)):
        pieces.append(piece)
        left, at_once = left - len(piece), _PIECE_BYTES
    return b"".join(pieces)
