"""``lookalike bench``."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import click

from lookalike.cli.finite import FiniteRange
from lookalike.cli.output import emit, json_option, store_option
from lookalike.types import Vectors

__all__ = ["bench"]


@click.command(name="bench")
@click.option("--n", "n_queries", type=click.IntRange(1), default=200, show_default=True, help="Queries to make.")
@click.option(
    "--vectors",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Ask these instead: a .npy file of float32 unit vectors of the live model, one a row.",
)
@click.option("--k", type=click.IntRange(1), default=10, show_default=True, help="Neighbours to ask for.")
@click.option(
    "--share",
    "shares",
    type=FiniteRange(0.0, 1.0, min_open=True),
    multiple=True,
    help="Share of the pictures that a filter lets through; may be repeated.  [default: 1, 0.5, 0.1, 0.01]",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of what is chosen at random.")
@store_option
@json_option
def bench(
    n_queries: int,
    vectors: Path | None,
    k: int,
    shares: tuple[float, ...],
    seed: int,
    store: str | None,
    as_json: bool,
) -> None:
    """Ask the live index and an exact scan the same questions: recall and latency, without a filter and under some.

    Questions are catalogue pictures, each moved a little in a random direction.
    """
    from lookalike.compose import open_engine
    from lookalike.evaluate.index_quality import DEFAULT_SHARES

    queries = n_queries if vectors is None else _read(vectors)
    with open_engine(store, must_exist=True) as engine:
        quality = engine.bench(queries, k=k, shares=shares or DEFAULT_SHARES, seed=seed)
        release = engine.release
    if as_json:
        emit(
            {
                "release": release,
                "pictures": quality.pictures,
                "queries": quality.queries,
                "k": quality.k,
                "filters": [
                    {
                        "share": one.share,
                        "recall": one.recall.as_dict(),
                        "exact_share": one.exact_share,
                        "live_ms": {"median": round(one.live_ms[0], 4), "p95": round(one.live_ms[1], 4)},
                        "exact_ms": {"median": round(one.exact_ms[0], 4), "p95": round(one.exact_ms[1], 4)},
                    }
                    for one in quality.at
                ],
            }
        )
        return
    click.echo(f"{quality.queries} queries against {quality.pictures} pictures, release {release}")
    click.echo(f"  passes   recall@{quality.k:<3} 95% interval      median ms   exact scan")
    for one in quality.at:
        click.echo(
            f"  {one.share:6.1%}   {one.recall.value:.4f}     [{one.recall.low:.4f}, {one.recall.high:.4f}]"
            f"  {one.live_ms[0]:9.3f}  {one.exact_ms[0]:11.3f}"
        )


def _read(path: Path) -> Vectors:
    import numpy as np

    from lookalike.errors import SourceError

    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise SourceError(f"{path} cannot be read as a .npy file of vectors: {error}") from error
    if not isinstance(found, np.ndarray):
        found.close()
        raise SourceError(f"{path} is an archive of arrays (.npz); expected one array, as numpy.save writes it")
    if found.ndim != 2 or found.dtype != np.float32:
        raise SourceError(f"{path} holds {found.dtype} of shape {found.shape}; expected float32, one vector a row")
    if not np.isfinite(found).all():
        raise SourceError(f"{path} holds numbers that are not finite; expected unit vectors of the live model")
    return found
