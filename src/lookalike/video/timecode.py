"""Seconds as people read them."""

from __future__ import annotations

__all__ = ["timecode"]


def timecode(seconds: float) -> str:
    """``1:02:03.4``: hours only where there are any, minutes always, tenths of a second.

    Args:
        seconds: at least 0.

    Example:
        >>> timecode(3.14), timecode(75), timecode(3723.46)
        ('0:03.1', '1:15.0', '1:02:03.5')
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    shown = f"{minutes}:{rest / 10:04.1f}"
    return shown if not hours else f"{hours}:{minutes:02}:{rest / 10:04.1f}"
