"""The batches of an epoch: P products of K pictures.

Everything is drawn from a passed-in generator: the same state gives the same batches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

from lookalike.errors import InvalidConfiguration
from lookalike.train.sampling.config import SamplingConfig
from lookalike.train.sampling.pool import Pool
from lookalike.train.sampling.shelf import Pictures, Shelf

__all__ = ["epoch_batches"]


def epoch_batches(
    pool: Pool, config: SamplingConfig, generator: np.random.Generator
) -> Int64[np.ndarray, "n_batches batch"]:
    """The batches of an epoch, as places in ``pool.labels``; together about as many pictures as there are.

    Each batch is P different products of K pictures; all products where there are fewer than P. Products come in turns:
    none is drawn again before all others (of its category) were; so do the pictures of a product, and none is twice in
    a batch unless the product has fewer than K. The pictures of a product stand together.

    Args:
        pool: what there is.
        config: how batches are put together.
        generator: source of randomness; for an interrupted run, one of seed and epoch.

    Raises:
        InvalidConfiguration: `n_categories` without categories, or `catalogue_shares` that do not fit the catalogues,
            or are all of catalogues without products.
    """
    problems: list[str] = []
    n_catalogues = 1 if pool.catalogues is None else int(pool.catalogues.max()) + 1
    if config.n_categories and pool.categories is None:
        problems.append("n_categories needs a catalogue with a category column: set it to 0")
    if config.catalogue_shares and len(config.catalogue_shares) != n_catalogues:
        problems.append(f"catalogue_shares must be {n_catalogues} numbers, received {len(config.catalogue_shares)}")
    if problems:
        raise InvalidConfiguration("sampling: " + "; ".join(problems))
    shelves = [Shelf(products, pool, config, generator) for products in _by_catalogue(pool, config)]
    pictures = Pictures(pool, config, generator)
    shares = config.catalogue_shares or (1.0,)
    # Of a catalogue with a share of 0 nothing is drawn, though others hold too few products for a batch.
    room = [shelf.n_products if share else 0 for shelf, share in zip(shelves, shares, strict=True)]
    if not any(room):
        raise InvalidConfiguration(
            f"sampling: catalogue_shares {list(shares)} takes all from catalogues of which no product is there to "
            "learn from: give a share to another"
        )
    n_products = min(config.n_products, sum(room))
    n_batches = max(1, round(len(pool.labels) / (n_products * config.n_pictures)))
    batches = np.empty((n_batches, n_products * config.n_pictures), dtype=np.int64)
    for batch in batches:
        counts = _split(n_products, shares, room, generator)
        drawn = [product for shelf, n in zip(shelves, counts, strict=True) for product in shelf.draw(n)]
        batch[:] = [picture for product in drawn for picture in pictures.draw(product)]
    return batches


def _by_catalogue(pool: Pool, config: SamplingConfig) -> list[list[int]]:
    """Products of each catalogue that has a share; all together where there are no shares."""
    if not config.catalogue_shares or pool.catalogues is None:
        return [list(range(pool.n_products))]
    catalogues = pool.catalogues
    return [np.flatnonzero(catalogues == number).tolist() for number in range(len(config.catalogue_shares))]


def _split(n: int, shares: Sequence[float], room: Sequence[int], generator: np.random.Generator) -> list[int]:
    """`n` in parts of these shares on average, none above its `room`; what does not fit goes where there is some."""
    exact = np.asarray(shares) / sum(shares) * n
    parts = np.floor(exact).astype(np.int64)
    rest = n - int(parts.sum())
    if rest:
        uneven = exact - parts
        parts[generator.choice(len(parts), size=rest, replace=False, p=uneven / uneven.sum())] += 1
    counts = [min(part, most) for part, most in zip(parts.tolist(), room, strict=True)]
    for place, most in enumerate(room):
        counts[place] += min(n - sum(counts), most - counts[place])
    return counts
