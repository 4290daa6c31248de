"""Spoken questions: what was said, where it may be something that this catalogue has."""

from lookalike.search.spoken.ear import Ear
from lookalike.search.spoken.heard import Heard, SpokenWord

__all__ = ["Ear", "Heard", "SpokenWord"]
