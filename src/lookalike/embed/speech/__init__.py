"""Spoken words to text: reading sound, recognising what is said, and the models that are known by name."""

from lookalike.embed.speech.opening import DEFAULT_SPEECH_MODEL, NO_SPEECH_MODEL, open_recogniser
from lookalike.embed.speech.recogniser import HeardWord, Hypothesis, Listening, Recogniser, SpeechDescription
from lookalike.embed.speech.sound import Sound, SoundLimits, read_sound

__all__ = [
    "DEFAULT_SPEECH_MODEL",
    "NO_SPEECH_MODEL",
    "HeardWord",
    "Hypothesis",
    "Listening",
    "Recogniser",
    "Sound",
    "SoundLimits",
    "SpeechDescription",
    "open_recogniser",
    "read_sound",
]
