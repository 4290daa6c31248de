"""What a model is: enough to use it, to credit it, and to tell whether two vectors may be compared.

A description is read from the ``description.json`` beside a model's ``model.onnx``. It refuses keys it does not
know: a mistyped key would otherwise silently mean the default, and change every vector.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Literal, TypeGuard, get_args

from lookalike.images.preprocessing import Fit, Interpolation, Preprocessing

__all__ = ["LARGEST_DIMENSION", "InputLayout", "ModelDescription"]

LARGEST_DIMENSION = 65536
"""Of vectors."""

InputLayout = Literal["nhwc_uint8", "nchw_uint8", "nhwc_float32", "nchw_float32"]
"""What the graph takes: axes, and whether it normalises by itself (uint8) or is fed ``(x / 255 - mean) / std``."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """A model, its preprocessing, and where it comes from.

    Attributes:
        name: short name, for example ``lite0``.
        version: version of the exported file.
        dimension: length of the vectors.
        preprocessing: what is done to a picture first.
        weights_sha256: lower-case hex digest of the file (or, for models from a hub, of its name and parameters).
        licence: SPDX expression of the weights.
        source: where the weights come from, in words.
        input: name of the graph's input.
        layout: what that input takes.
        output: name of the tensor that is the embedding (it need not be a unit vector; the embedder sees to that).
        features: names of further tensors that the embedder can give, one row a picture, such as feature maps.
        projection: names of the constants P (dimension, channels) and b (dimension,) of the graph where the
            embedding is the unit vector of P p + b, with p the tensor ``pooled``, the generalised mean over the
            locations of the tensor `map`; None where the model is not made so.
        pooling_exponent: exponent of that generalised mean, p = (mean over locations of x ** exponent) ** (1 /
            exponent); 1 is the plain mean. Above 1 the features are not negative, as GeM clamps them.
        map: name of the tensor (n, channels, height, width) that is pooled, for the model's own weights of its
            locations already multiplied into it.
        attention: name of the tensor (n, 1, height, width) of those weights; None where every location counts alike.
        sizes: lengths of prefixes of the vector that were trained to work alone, rising; see `cut_to`.
        heads: where the embedding is several unit vectors side by side, the length of each and its share of the
            similarity: part k is sqrt(share) times the unit vector of those rows of P p + b. Empty for one vector.
        runtime: what computes it here; recorded beside vectors, not part of the fingerprint.
        precision: in which arithmetic; recorded beside vectors, not part of the fingerprint. In ``description.json``
            only where the file itself is not in float, as ``int8``.
    """

    name: str
    version: str
    dimension: int
    preprocessing: Preprocessing
    weights_sha256: str
    licence: str
    source: str
    input: str = "pixels"
    layout: InputLayout = "nhwc_uint8"
    output: str = "embedding"
    features: tuple[str, ...] = ()
    projection: tuple[str, str] | None = None
    pooling_exponent: float = 1.0
    map: str = "features"
    attention: str | None = None
    sizes: tuple[int, ...] = ()
    heads: tuple[tuple[int, float], ...] = ()
    runtime: str = field(default="onnxruntime", compare=False)
    precision: str = field(default="fp32", compare=False)

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not self.name:
            problems.append("name must not be empty")
        if not 1 <= self.dimension <= LARGEST_DIMENSION:
            problems.append(f"dimension must be 1 to {LARGEST_DIMENSION}, received {self.dimension}")
        if not _SHA256.fullmatch(self.weights_sha256):
            problems.append(f"weights_sha256 must be 64 lower-case hex digits, received {self.weights_sha256!r}")
        if not 1.0 <= self.pooling_exponent <= 1000.0:
            problems.append(f"pooling_exponent must be 1 to 1000, received {self.pooling_exponent}")
        if list(self.sizes) != sorted({size for size in self.sizes if size >= 1}):
            problems.append(f"sizes must be rising lengths of at least 1, received {self.sizes}")
        problems += _wrong_heads(self.heads, self.dimension, self.sizes)
        if problems:
            raise ValueError("; ".join(problems))

    def cut_to(self, dimension: int) -> ModelDescription:
        """The same model, of whose vectors only the first `dimension` numbers are kept and scaled to unit length.

        Raises:
            ValueError: not one of `sizes`, nor the whole length.
        """
        if dimension != self.dimension and not (dimension in self.sizes and dimension < self.dimension):
            shorter = [str(size) for size in self.sizes if size < self.dimension] or ["none"]
            raise ValueError(
                f"{self.name} makes vectors of {self.dimension} numbers, of which fewer can be kept where it was "
                f"trained for that: expected one of {', '.join(shorter)}, received {dimension}"
            )
        return self if dimension == self.dimension else replace(self, dimension=dimension)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over weights, preprocessing and dimension: vectors may be compared exactly when it is equal."""
        facts = {
            "dimension": self.dimension,
            "preprocessing": self.preprocessing.as_dict(),
            "weights_sha256": self.weights_sha256,
        }
        canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def computed_by(self, runtime: str, precision: str) -> ModelDescription:
        """The same model, with what computes it recorded."""
        return replace(self, runtime=runtime, precision=precision)

    def as_dict(self) -> dict[str, object]:
        """Every field that belongs in ``description.json``, JSON-ready, in declaration order."""
        record: dict[str, object] = {item.name: getattr(self, item.name) for item in fields(self) if item.compare}
        record["preprocessing"] = self.preprocessing.as_dict()
        record["features"] = list(self.features)
        record["projection"] = None if self.projection is None else list(self.projection)
        record["sizes"] = list(self.sizes)
        record["heads"] = [list(head) for head in self.heads]
        if self.precision == "int8":
            record["precision"] = self.precision
        return record

    @classmethod
    def from_json(cls, text: str) -> ModelDescription:
        """Read what `as_dict` wrote.

        Raises:
            ValueError: not JSON, keys unknown or missing, or values of the wrong type or out of range; every
                problem is named at once.
        """
        record: object = json.loads(text)
        if not _is_record(record):
            raise ValueError(f"must be a JSON object, received {type(record).__name__}")
        optional = {item.name for item in fields(cls) if item.default is not MISSING}
        known = {item.name for item in fields(cls) if item.compare} | {"precision"}
        problems = [*_unknown(record, known), *_missing(record, known - optional)]
        texts = known - {
            "dimension",
            "preprocessing",
            "features",
            "projection",
            "pooling_exponent",
            "attention",
            "sizes",
            "heads",
        }
        problems += [
            f"{key} must be text, received {record[key]!r}"
            for key in sorted(texts & record.keys())
            if not isinstance(record[key], str)
        ]
        dimension = record.get("dimension")
        if "dimension" in record and (not isinstance(dimension, int) or isinstance(dimension, bool)):
            problems.append(f"dimension must be an integer, received {dimension!r}")
        layout = record.get("layout", "nhwc_uint8")
        if layout not in get_args(InputLayout):
            problems.append(f"layout must be one of {', '.join(get_args(InputLayout))}, received {layout!r}")
        features = record.get("features", [])
        if not _is_texts(features):
            problems.append(f"features must be a list of texts, received {features!r}")
            features = []
        if record.get("precision", "fp32") not in ("fp32", "int8"):
            problems.append(f"precision must be fp32 or int8, received {record['precision']!r}")
        projection = record.get("projection")
        if projection is not None and not (_is_texts(projection) and len(projection) == 2):
            problems.append(f"projection must be two texts or null, received {projection!r}")
        exponent = record.get("pooling_exponent", 1.0)
        if not _is_number(exponent):
            problems.append(f"pooling_exponent must be a number, received {exponent!r}")
        attention = record.get("attention")
        if attention is not None and not isinstance(attention, str):
            problems.append(f"attention must be text or null, received {attention!r}")
        sizes = record.get("sizes", [])
        if not _is_integers(sizes):
            problems.append(f"sizes must be a list of integers, received {sizes!r}")
            sizes = []
        heads = record.get("heads", [])
        if not _is_heads(heads):
            problems.append(f"heads must be a list of pairs of a length and a share, received {heads!r}")
            heads = []
        preprocessing: Preprocessing | None = None
        if "preprocessing" in record:
            try:
                preprocessing = _preprocessing(record["preprocessing"])
            except ValueError as error:
                problems.append(f"preprocessing: {error}")
        if problems or preprocessing is None:
            raise ValueError("; ".join(problems))
        values = {
            **record,
            "preprocessing": preprocessing,
            "features": tuple(features),
            "projection": tuple(projection) if _is_texts(projection) else None,
            "sizes": tuple(sizes),
            "heads": tuple((length, float(share)) for length, share in heads),
        }
        return cls(**values)  # pyright: ignore[reportArgumentType]  every value's type was checked above


def _is_record(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_integers(value: object) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(isinstance(item, int) and not isinstance(item, bool) for item in value)


def _is_heads(value: object) -> TypeGuard[list[tuple[int, float]]]:
    return isinstance(value, list) and all(
        isinstance(item, list) and len(item) == 2 and _is_integers(item[:1]) and _is_number(item[1]) for item in value
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong_heads(heads: Sequence[tuple[int, float]], dimension: int, sizes: Sequence[int]) -> list[str]:
    if not heads:
        return []
    lengths, shares = [length for length, _ in heads], [share for _, share in heads]
    problems: list[str] = []
    if min(lengths) < 1 or sum(lengths) != dimension:
        problems.append(f"heads must have lengths that add up to the dimension {dimension}, received {lengths}")
    # Asked so that a share which is no number is refused too.
    if not (min(shares) > 0 and abs(sum(shares) - 1) <= 1e-6):
        problems.append(f"heads must have shares above 0 that add up to 1, received {shares}")
    if sizes:
        problems.append("a vector of several heads has no prefixes that work alone: expected either heads or sizes")
    return problems


def _unknown(record: Mapping[str, object], known: set[str]) -> list[str]:
    return [f"unknown key {key!r} (known: {', '.join(sorted(known))})" for key in record if key not in known]


def _missing(record: Mapping[str, object], needed: set[str]) -> list[str]:
    return [f"missing key {key!r}" for key in sorted(needed - record.keys())]


def _preprocessing(record: object) -> Preprocessing:
    if not _is_record(record):
        raise ValueError(f"must be an object, received {record!r}")
    known = {item.name for item in fields(Preprocessing)}
    problems = _unknown(record, known)
    values = dict(record)
    for key in ("mean", "std"):
        numbers = values.get(key)
        if key not in values:
            continue
        if (
            isinstance(numbers, list)
            and len(numbers) == 3
            and all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers)
        ):
            values[key] = tuple(float(number) for number in numbers)
        else:
            problems.append(f"{key} must be three numbers, received {numbers!r}")
    for key, choices in (("fit", get_args(Fit)), ("interpolation", get_args(Interpolation))):
        if key in values and values[key] not in choices:
            problems.append(f"{key} must be one of {', '.join(choices)}, received {values[key]!r}")
    for key, types in (("size_pixels", int), ("pad_value", int), ("crop_fraction", (int, float))):
        if key in values and (not isinstance(values[key], types) or isinstance(values[key], bool)):
            problems.append(f"{key} must be a number, received {values[key]!r}")
    if problems:
        raise ValueError("; ".join(problems))
    return Preprocessing(**values)  # pyright: ignore[reportArgumentType]  checked above; its own checks do the rest
