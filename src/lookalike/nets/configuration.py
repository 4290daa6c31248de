"""How a model is put together and what of it learns: plain values that a file can hold. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias, get_args

from lookalike.errors import InvalidConfiguration

__all__ = ["AdapterConfig", "HeadConfig", "HeadStart", "PoolingName"]

PoolingName: TypeAlias = Literal["average", "maximum", "generalised-mean", "attention", "visual-attention", "grid"]
"""How a feature map becomes a row; see `lookalike.nets.pooling`."""

HeadStart: TypeAlias = Literal["pca-whitening", "within-whitening", "pca", "random"]
"""What the head's matrix is before it learns."""

_LARGEST_DIMENSION = 65536


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """From feature maps to a vector: pooling of each map, a linear layer, a neck, and prefixes that work alone.

    Attributes:
        dimension: length of the vectors.
        features: tensors of the net that it starts from, such as ``features``, ``stage14``, ``stage28``. With more
            than one, each is pooled, scaled to unit length, and all are laid side by side.
        pooling: how; one for all of `features`, or one for each.
        grid: cells each way of the pooling ``grid``, which averages each cell of a map by itself, so that left stays
            left; one for all of `features`, or one for each. A map of fewer places has as many cells as places.
        power: exponent of generalised means at the start, at least 1; it is learned.
        start: the matrix before it learns: principal components of given features with shrunk whitening, with
            whitening of what changes within a label (``within-whitening``; of a label with one picture, between looks
            of it), the components alone, or random orthogonal rows.
        whitening: exponent of ``pca-whitening``, 0 to 1: eigenvalues are divided by their power of half of it.
        shrinkage: share of the mean eigenvalue that is added to each before it is whitened, above 0.
        neck: batch normalisation without offset behind the linear layer: BNNeck. Merged into it when exported.
        sizes: prefixes of the vector that shall work alone, rising, each at most `dimension`: Matryoshka.
        dropout: share of the pooled values that are dropped while it learns, 0 to below 1.

    Raises:
        InvalidConfiguration: a value out of its range; every one is named.

    Reference:
        `neck`: Luo et al. 2019 (arXiv 1903.07071); `sizes`: Kusupati et al. 2022 (arXiv 2205.13147); `whitening`:
        Jégou & Chum 2012, "Negative evidences and co-occurrences in image retrieval".
    """

    dimension: int = 256
    features: tuple[str, ...] = ("features",)
    pooling: tuple[PoolingName, ...] = ("average",)
    grid: tuple[int, ...] = (3,)
    power: float = 3.0
    start: HeadStart = "pca-whitening"
    whitening: float = 0.5
    shrinkage: float = 1.0
    neck: bool = False
    sizes: tuple[int, ...] = ()
    dropout: float = 0.0

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not 1 <= self.dimension <= _LARGEST_DIMENSION:
            problems.append(f"dimension must be 1 to {_LARGEST_DIMENSION}, received {self.dimension}")
        if not self.features or len(set(self.features)) != len(self.features):
            problems.append(f"features must name one tensor or several different ones, received {self.features}")
        unknown = [name for name in self.pooling if name not in get_args(PoolingName)]
        if unknown:
            problems.append(f"pooling must be of {', '.join(get_args(PoolingName))}, received {', '.join(unknown)}")
        if len(self.pooling) not in (1, len(self.features)):
            problems.append(
                f"pooling must be one name or one for each of {len(self.features)} features, "
                f"received {len(self.pooling)}"
            )
        if len(self.grid) not in (1, len(self.features)) or not all(1 <= cells <= 64 for cells in self.grid):
            problems.append(f"grid must be one number of cells, or one for each feature, 1 to 64, received {self.grid}")
        if not 1.0 <= self.power <= 100.0:
            problems.append(f"power must be 1 to 100, received {self.power}")
        if self.start not in get_args(HeadStart):
            problems.append(f"start must be one of {', '.join(get_args(HeadStart))}, received {self.start!r}")
        if not 0.0 <= self.whitening <= 1.0:
            problems.append(f"whitening must be 0 to 1, received {self.whitening}")
        if not self.shrinkage > 0.0:
            problems.append(f"shrinkage must be above 0, received {self.shrinkage}")
        rising = all(low < high for low, high in pairwise(self.sizes))
        if self.sizes and not (rising and self.sizes[0] >= 1 and self.sizes[-1] <= self.dimension):
            problems.append(f"sizes must rise and be 1 to dimension {self.dimension}, received {self.sizes}")
        if not 0.0 <= self.dropout < 1.0:
            problems.append(f"dropout must be 0 to below 1, received {self.dropout}")
        if problems:
            raise InvalidConfiguration("; ".join(problems))

    @property
    def poolings(self) -> tuple[PoolingName, ...]:
        """One for each of `features`."""
        return self.pooling * len(self.features) if len(self.pooling) == 1 else self.pooling

    @property
    def grids(self) -> tuple[int, ...]:
        """Cells each way, one for each of `features`."""
        return self.grid * len(self.features) if len(self.grid) == 1 else self.grid

    @property
    def learns_before_pooling(self) -> bool:
        """Whether some pooling has weights, so that maps and not pooled rows must be kept to train the head alone."""
        return any(name not in ("average", "maximum", "grid") for name in self.poolings)


@dataclass(frozen=True, slots=True)
class AdapterConfig:
    """What learns when most of a net stays as it is.

    Attributes:
        rank: of the change of each 1 x 1 convolution's matrix, 0 for no change of it.
        gains: whether each channel of a convolution gets a factor: what tuning its batch normalisation's gain is, where
            that was merged into the convolution.
        biases: whether the biases learn.

    Raises:
        InvalidConfiguration: a rank out of range, or nothing that learns.

    Reference:
        `rank`: Hu et al. 2021, "LoRA" (arXiv 2106.09685); `biases`: Ben-Zaken et al. 2021, "BitFit" (arXiv 2106.10199).
    """

    rank: int = 4
    gains: bool = True
    biases: bool = True

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not 0 <= self.rank <= 256:
            problems.append(f"rank must be 0 to 256, received {self.rank}")
        if self.rank == 0 and not (self.gains or self.biases):
            problems.append("nothing would learn: give a rank above 0, or gains or biases")
        if problems:
            raise InvalidConfiguration("; ".join(problems))
