"""Sentences to unit vectors: tokenizer, encoder, and the models that are known by name."""

from lookalike.embed.text.encoder import TextDescription, TextEncoder
from lookalike.embed.text.opening import NO_MODEL, open_text_encoder

__all__ = ["NO_MODEL", "TextDescription", "TextEncoder", "open_text_encoder"]
