# pyright: reportMissingImports=false, reportUnknownParameterType=false, reportAttributeAccessIssue=false
"""Whisper models through faster-whisper and CTranslate2, on the processor; the one door for both.

Faster-whisper's own loop over an hour of sound is not used: a question is one window of at most thirty seconds, encoded
once, and then asked for its likeliest readings and for the probability of readings that the catalogue suggests.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Float64

from lookalike.embed.cores import usable_cores
from lookalike.embed.speech.recogniser import HeardWord, Hypothesis, SpeechDescription
from lookalike.embed.speech.sound import SAMPLES_PER_SECOND, Sound
from lookalike.errors import AudioRejected, InvalidConfiguration, MissingExtra, ModelDamaged, UnknownModel
from lookalike.types import Reason

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

__all__ = ["WhisperListening", "WhisperRecogniser", "fetched"]

logger = logging.getLogger(__name__)

_WINDOWS = (1_000, 1_500, 3_000)
_SILENCE_AFTER = 150
_AT_ONCE = 8
_PLACES_PER_SECOND = 50
_BEAM = 5
_MOST_HINT_PIECES = 120
_MOST_PIECES = 200
_PIECES_PER_SECOND = 6
_SILENCE_AROUND = 0.25
_SURELY_NOBODY = 0.95
_LEAST = float(np.log(1e-12))


class WhisperRecogniser:
    """A Whisper model in CTranslate2's format. Safe to use from several threads.

    Args:
        description: what it is.
        source: folder of the model, or its files by name.
        threads: within one run; None for one each usable core.
        language: two letters; empty to let a multilingual model tell.

    Raises:
        MissingExtra: faster-whisper is not installed.
        ModelDamaged: not a model of that kind.
        InvalidConfiguration: a language that the model does not know.

    Reference:
        Radford et al. 2022, "Robust speech recognition via large-scale weak supervision" (arXiv 2212.04356).
    """

    def __init__(
        self,
        description: SpeechDescription,
        source: str | Mapping[str, bytes],
        threads: int | None = None,
        language: str = "",
    ) -> None:
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise MissingExtra(needed_for="recognising speech (faster-whisper)", extra="speech") from error
        cores = usable_cores() if threads is None else threads
        try:
            if isinstance(source, str):
                model = WhisperModel(
                    source, device="cpu", compute_type="int8", cpu_threads=cores, local_files_only=True
                )
            else:
                files = dict(source)
                model = WhisperModel(
                    description.name, device="cpu", compute_type="int8", cpu_threads=cores, files=files
                )
        except Exception as error:  # tokenizers raises just that
            raise ModelDamaged(
                f"{description.name}: cannot be opened as a Whisper model in CTranslate2's format: {error}"
            ) from error
        if language and model.model.is_multilingual and language not in model.supported_languages:
            raise InvalidConfiguration(
                f"{description.name} does not know the language {language!r}: name one of "
                f"{', '.join(sorted(model.supported_languages))}, or none to let the model tell (speech_language)"
            )
        self._description = description
        self._model = model
        self._language = language

    @property
    def description(self) -> SpeechDescription:
        """What the model is."""
        return self._description

    def listen(self, sound: Sound) -> WhisperListening:
        """Take in a sound.

        Raises:
            AudioRejected: nobody speaks in it.
        """
        import ctranslate2
        from faster_whisper.audio import pad_or_trim
        from faster_whisper.tokenizer import Tokenizer

        start, stop = _spoken(sound.samples)
        samples = sound.samples[start:stop]
        features = self._model.feature_extractor(samples)[:, : _WINDOWS[-1]]
        n_frames = features.shape[1]
        window = next((frames for frames in _WINDOWS if n_frames + _SILENCE_AFTER <= frames), _WINDOWS[-1])
        encoded = self._model.encode(pad_or_trim(features, window))
        language = self._language
        if not self._model.model.is_multilingual:
            language = "en"
        elif not language:
            language = self._model.model.detect_language(encoded)[0][0][0][2:-2]
        tokenizer = Tokenizer(
            self._model.hf_tokenizer, self._model.model.is_multilingual, task="transcribe", language=language
        )
        device: ctranslate2.StorageView = encoded
        return WhisperListening(self._model, tokenizer, device, n_frames, start / SAMPLES_PER_SECOND)


class WhisperListening:
    """One sound that a Whisper model has taken in.

    Args:
        model: opened.
        tokenizer: of its language.
        encoded: the encoder's output.
        n_frames: of the sound, a hundred a second.
        offset_seconds: silence that was cut off before it.
    """

    def __init__(
        self, model: WhisperModel, tokenizer: Tokenizer, encoded: object, n_frames: int, offset_seconds: float
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._encoded = encoded
        self._n_frames = n_frames
        self._offset_seconds = offset_seconds
        self._states: Float32[np.ndarray, "1 places width"] | None = None

    def hypotheses(self, n: int, hints: str = "") -> tuple[Hypothesis, ...]:
        """At most `n` distinct readings, the likeliest first.

        Args:
            n: at least 1.
            hints: words that are likely to occur, put before as if they had just been said.

        Raises:
            AudioRejected: the model says that nobody speaks.
        """
        tokenizer = self._tokenizer
        prompt: list[int] = []
        if hints:
            prompt += [tokenizer.sot_prev, *tokenizer.encode(" " + hints.strip())[:_MOST_HINT_PIECES]]
        prompt += [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        most = min(_MOST_PIECES, 16 + _PIECES_PER_SECOND * self._n_frames // 100)
        # No more than half of the length that is given may be new.
        beam = max(_BEAM, n)
        result = self._model.model.generate(
            self._encoded,
            [prompt],
            beam_size=beam,
            num_hypotheses=min(n, beam),
            max_length=max(len(prompt) + most, 2 * most),
            return_scores=True,
            return_no_speech_prob=not hints,
        )[0]
        if not hints and result.no_speech_prob > _SURELY_NOBODY:
            raise _nobody()
        found: dict[str, Hypothesis] = {}
        for pieces, score in zip(result.sequences_ids, result.scores, strict=True):
            text = tokenizer.decode([piece for piece in pieces if piece < tokenizer.eot]).strip()
            if text:
                # The score is a mean over the pieces and the end.
                found.setdefault(text, Hypothesis(text, float(score) * (len(pieces) + 1)))
        if not found:
            raise _nobody()
        return tuple(found.values())

    def scores(self, texts: Sequence[str]) -> Float64[np.ndarray, " n"]:
        """Natural logarithm of the probability of each text's pieces and of its end, given sound and pieces before.

        With the end, what says only the beginning of what was said is not the likelier for it. No text has
        probability 0.
        """
        tokenizer = self._tokenizer
        pieces = [tokenizer.encode(" " + text.strip())[:_MOST_PIECES] if text.strip() else [] for text in texts]
        order = sorted(range(len(texts)), key=lambda at: len(pieces[at]))
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        found = np.full(len(texts), -np.inf)
        for begin in range(0, len(order), _AT_ONCE):
            places = [at for at in order[begin : begin + _AT_ONCE] if pieces[at]]
            if not places:
                continue
            # What a prompt says is not chosen, but its probability is computed; the likeliest piece behind it is.
            results = self._model.model.generate(
                self._copies(len(places)),
                [[*prompt, *pieces[at]] for at in places],
                beam_size=1,
                max_length=2 * (len(prompt) + len(pieces[places[-1]]) + 1),
                return_logits_vocab=True,
                suppress_blank=False,
                suppress_tokens=[],
            )
            for at, result in zip(places, results, strict=True):
                wanted = [*pieces[at], tokenizer.eot]
                logits = np.stack(
                    [np.asarray(each, dtype=np.float32).reshape(-1) for each in result.logits[0][: len(wanted)]]
                )
                logits -= logits.max(axis=1, keepdims=True)
                sums = np.exp(logits).sum(axis=1, dtype=np.float64)
                likely = logits[np.arange(len(wanted)), wanted] - np.log(sums)
                found[at] = float(np.maximum(likely, _LEAST).sum())
        return found

    def words(self, text: str) -> tuple[HeardWord, ...]:
        """Where each word of `text` was said, in order."""
        tokenizer = self._tokenizer
        pieces = tokenizer.encode(" " + text.strip())
        if not pieces:
            return ()
        result = self._model.model.align(self._encoded, tokenizer.sot_sequence, [pieces], self._n_frames)[0]
        # Pairs of (piece, place in time) rise in both; a piece begins where it is first met.
        starts: dict[int, int] = {}
        for piece, place in result.alignments:
            starts.setdefault(int(piece), int(place))
        likely = result.text_token_probs
        words: list[HeardWord] = []
        at = 0
        for said, parts in zip(*tokenizer.split_to_word_tokens([*pieces, tokenizer.eot]), strict=True):
            begin, end, at = at, at + len(parts), at + len(parts)
            if said.strip() and end <= len(pieces):
                first, last = (starts.get(edge, self._n_frames // 2) / _PLACES_PER_SECOND for edge in (begin, end))
                words.append(
                    HeardWord(
                        said.strip(),
                        round(self._offset_seconds + first, 2),
                        round(self._offset_seconds + last, 2),
                        round(float(np.mean(likely[begin:end])), 4),
                    )
                )
        return tuple(words)

    def _copies(self, n: int) -> object:
        """The encoder's output `n` times: each text that is scored wants one."""
        import ctranslate2

        if self._states is None:
            self._states = np.array(self._encoded, dtype=np.float32)
        return ctranslate2.StorageView.from_array(np.repeat(self._states, n, axis=0))


def fetched(name: str) -> Path:
    """Folder of the model that faster-whisper knows by that name: of the local cache, or else fetched into it.

    Raises:
        MissingExtra: faster-whisper is not installed.
        UnknownModel: there is none of that name, or it is not here and cannot be fetched.
    """
    try:
        from faster_whisper import available_models, download_model
    except ImportError as error:
        raise MissingExtra(needed_for="recognising speech (faster-whisper)", extra="speech") from error
    known = available_models()
    if name not in known:
        raise UnknownModel(f"there is no model of speech {name!r}: name a folder, or one of {', '.join(sorted(known))}")
    try:
        return Path(download_model(name, local_files_only=True))
    except Exception as missing:  # noqa: BLE001  what the hub's client raises depends on its version
        logger.info("fetching a model of speech name=%s (%s)", name, type(missing).__name__)
    try:
        return Path(download_model(name))
    except Exception as error:
        raise UnknownModel(
            f"the model of speech {name!r} is not on this machine and could not be fetched ({error}): "
            "fetch it where there is a network, and name its folder"
        ) from error


def _spoken(samples: Float32[np.ndarray, " n"]) -> tuple[int, int]:
    """Where speech begins and ends, with a little silence around it."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    spans = get_speech_timestamps(samples, VadOptions(threshold=0.35, min_speech_duration_ms=60, speech_pad_ms=0))
    if not spans:
        raise _nobody()
    around = int(_SILENCE_AROUND * SAMPLES_PER_SECOND)
    return max(0, spans[0]["start"] - around), min(len(samples), spans[-1]["end"] + around)


def _nobody() -> AudioRejected:
    return AudioRejected(Reason.NO_SPEECH, "no speech was heard in the recording: speak closer to the microphone")
