"""How batches are put together; plain numbers that a file can hold."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.errors import InvalidConfiguration

__all__ = ["SamplingConfig"]


@dataclass(frozen=True, slots=True)
class SamplingConfig:
    """How a batch is put together.

    Attributes:
        n_products: products in a batch (P).
        n_pictures: pictures of each (K). A product with fewer gives some of them twice, which augmentation makes two
            different views.
        n_categories: the products of a batch come from this many categories, in about equal parts, so that they are
            hard to tell apart; from more where these hold too few products. 0 takes them from anywhere.
        cover_kinds: the first of the K pictures of a product are one of each kind that it has (photograph, product
            page), so that the rare kind is in every batch; the rest come as they come.
        catalogue_shares: share of the products of each batch that come from each catalogue, in the order of their
            numbers; empty takes products as they come. They must sum to 1. A catalogue with too few products for its
            share leaves the rest to the others, but for those with a share of 0.

    Raises:
        InvalidConfiguration: any of them out of range; all such fields are named at once.

    Reference:
        P x K: Hermans, Beyer, Leibe 2017, "In Defense of the Triplet Loss for Person Re-Identification" (arXiv
        1703.07737), section 2. Categories: the category-balanced sampler of open-metric-learning.
    """

    n_products: int = 32
    n_pictures: int = 4
    n_categories: int = 0
    cover_kinds: bool = True
    catalogue_shares: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not 2 <= self.n_products <= 4096:
            problems.append(f"n_products must be 2 to 4096, received {self.n_products}")
        if not 1 <= self.n_pictures <= 256:
            problems.append(f"n_pictures must be 1 to 256, received {self.n_pictures}")
        if not 0 <= self.n_categories <= self.n_products:
            problems.append(f"n_categories must be 0 to n_products ({self.n_products}), received {self.n_categories}")
        shares = self.catalogue_shares
        if shares and (min(shares) < 0 or abs(sum(shares) - 1) > 1e-6):
            problems.append(f"catalogue_shares must be at least 0 and sum to 1, received {shares}")
        if problems:
            raise InvalidConfiguration("sampling: " + "; ".join(problems))

    @property
    def batch_pictures(self) -> int:
        """Pictures in a batch."""
        return self.n_products * self.n_pictures

    def require_shares_of(self, n_catalogues: int) -> None:
        """Refuse shares that are not one a catalogue.

        Raises:
            InvalidConfiguration: there are other than `n_catalogues` of them, and some.
        """
        if self.catalogue_shares and len(self.catalogue_shares) != n_catalogues:
            raise InvalidConfiguration(
                f"sampling.catalogue_shares takes one share for each catalogue, received {len(self.catalogue_shares)} "
                f"for {n_catalogues}: catalogues are told apart by names (NAME=SOURCE)"
            )
