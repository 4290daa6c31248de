"""How a pooled vector splits over locations: exactly, for the mean and for the generalised mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float64

from lookalike.embed.description import ModelDescription

__all__ = ["GeneralisedMeanPooling", "MeanPooling", "Pooling", "pooling_of"]


@runtime_checkable
class Pooling(Protocol):
    """A pooling whose result is the mean of one share a location."""

    def shares(self, features: Float[np.ndarray, "n channels"]) -> Float64[np.ndarray, "n channels"]:
        """What each location brings; the mean over locations is the pooled vector.

        Args:
            features: row i is location i.
        """
        ...


@dataclass(frozen=True, slots=True)
class MeanPooling:
    """p = sum_i x_i / n; the share of a location is its features."""

    def shares(self, features: Float[np.ndarray, "n channels"]) -> Float64[np.ndarray, "n channels"]:
        """The features themselves."""
        return features.astype(np.float64)


@dataclass(frozen=True, slots=True)
class GeneralisedMeanPooling:
    """g = (sum_i x_i^p / n)^(1/p) for each channel; the share of a location is x_i^p / g^(p-1).

    Attributes:
        exponent: p, at least 1; 1 is the mean of what is not negative, and large values near the maximum.
        least: features below it count as it, as the pooling itself does.

    Raises:
        ValueError: an exponent below 1, or a negative `least`.

    Reference:
        Radenovic, Tolias and Chum 2018, arXiv 1711.02512, eq. 3; the split follows from g = g^p / g^(p-1).
    """

    exponent: float
    least: float = 1e-6

    def __post_init__(self) -> None:
        if self.exponent < 1.0 or self.least < 0.0:
            raise ValueError(f"exponent must be at least 1 and least not negative, received {self}")

    def shares(self, features: Float[np.ndarray, "n channels"]) -> Float64[np.ndarray, "n channels"]:
        """x_i (x_i / g)^(p-1), which neither over- nor underflows; 0 in a channel that is 0 everywhere."""
        values = np.maximum(features.astype(np.float64), self.least)
        largest = values.max(axis=0)
        scale = np.where(largest > 0, largest, 1.0)
        pooled = scale * np.mean((values / scale) ** self.exponent, axis=0) ** (1 / self.exponent)
        return values * (values / np.where(pooled > 0, pooled, 1.0)) ** (self.exponent - 1)


def pooling_of(description: ModelDescription) -> Pooling:
    """The pooling that a model with a projection was described with."""
    match description.pooling_exponent:
        case 1.0:
            return MeanPooling()
        case exponent:
            return GeneralisedMeanPooling(exponent)
