"""``lookalike demo``: the main job on a catalogue that Lookalike draws itself."""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path

import click

from lookalike.cli.output import emit, json_option

__all__ = ["demo"]


@click.command(name="demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("lookalike-demo"),
    show_default=True,
    help="Where the catalogue and the store are put.",
)
@click.option("--products", type=click.IntRange(2, 5000), default=300, show_default=True, help="Products to draw.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Another seed draws another catalogue."
)
@click.option("--once", is_flag=True, help="End after printing; do not serve the page.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port of the page; 0 for a free one.")
@json_option
def demo(folder: Path, products: int, seed: int, once: bool, port: int | None, as_json: bool) -> None:
    """Draw a catalogue, index it, search it by photograph, measure it, and serve the page.

    Needs no network. Without a terminal, or with --once, it ends after printing.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine
    from lookalike.ingest.progress import Progress
    from lookalike.sources.drawn import draw_catalogue

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    started = time.perf_counter()
    say(click.style("1. drawing a catalogue", bold=True))
    with watching("drawing", quiet=as_json) as watcher:

        def drawn_so_far(done: int, total: int) -> None:
            if watcher is not None:
                watcher(Progress(done, total, 0, time.perf_counter() - started))

        drawn = draw_catalogue(folder / "catalogue", seed=seed, n_products=products, progress=drawn_so_far)
    say(f"   {products} products in {folder / 'catalogue'} ({time.perf_counter() - started:.1f} s)")
    with open_engine(folder / "store") as engine:
        say(click.style("2. lookalike index catalog.csv", bold=True))
        with watching("indexing", quiet=as_json) as watcher:
            report = engine.index(drawn.catalog, prune=True, watcher=watcher)
        say(
            f"   {report.images} images of {report.products} products: {report.added} added, "
            f"{report.unchanged} unchanged, {len(report.rejected)} rejected "
            f"({report.seconds:.1f} s, {report.images_per_second:.0f} images/s)"
        )
        with drawn.queries.open(encoding="utf-8", newline="") as file:  # the folder may hold those of an earlier demo
            photograph = drawn.folder / min(row["image"] for row in csv.DictReader(file))
        say(click.style(f"3. lookalike search {photograph}", bold=True))
        answer = engine.search(photograph, k=3)
        for rank, hit in enumerate(answer.hits, start=1):
            say(f"   {rank}. {hit.similarity:.3f}  {hit.title}  {hit.attributes.get('color', '')}  ({hit.product_id})")
        exactness = "exact" if answer.exact else "approximate"
        say(f"   {exactness}, {answer.timings_ms['total']:.0f} ms with the model loading")
        say(click.style("4. lookalike evaluate queries.csv", bold=True))
        with watching("asking", quiet=as_json) as watcher:
            evaluation = engine.evaluate(drawn.queries, watcher=watcher)
        for name in ("recall@1", "recall@5", "recall@10"):
            interval = evaluation.metrics[name]
            say(f"   {name:9} {interval.value:.3f}  [{interval.low:.3f}, {interval.high:.3f}]")
        if as_json:
            emit(
                {
                    "catalogue": str(drawn.catalog),
                    "store": report.store,
                    "products": report.products,
                    "images": report.images,
                    "added": report.added,
                    "unchanged": report.unchanged,
                    "queries": evaluation.queries,
                    "metrics": {name: interval.as_dict() for name, interval in evaluation.metrics.items()},
                    "seconds": round(time.perf_counter() - started, 3),
                }
            )
        if once or as_json or not sys.stdout.isatty():
            say(f"done in {time.perf_counter() - started:.0f} s")
            say(f"see the page with: lookalike serve --store {folder / 'store'}")
            return
        from lookalike.cli.serving import serve_engine
        from lookalike.settings import load_settings

        serve_engine(engine, load_settings(store=folder / "store", port=port))
