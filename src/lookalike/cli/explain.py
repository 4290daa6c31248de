"""``lookalike explain``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookalike.cli.output import emit, json_option, on_one_line, store_option

if TYPE_CHECKING:
    from lookalike.explain.explainer import ExplainedHit

__all__ = ["explain"]

_KINDS = (".png", ".svg")
_LEAST_TOLD = 0.005
"""Share of the similarity from which what a smaller copy changes is told."""


@click.command(name="explain")
@click.argument("image", type=click.Path(path_type=Path))
@click.argument("product_id")
@click.option("--crop", default=None, metavar="X,Y,W,H", help="Explain this part of IMAGE, in pixels (EXIF-upright).")
@click.option("--against", default=None, metavar="ID", help="Another product: why PRODUCT_ID is above or below it.")
@click.option("--where", default=None, metavar="EXPR", help="The search's filter: only images that pass it can match.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    metavar="FILE",
    help="Write a figure, .png or .svg: both pictures, their maps, lines between matched parts.",
)
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    metavar="DIR",
    help="Where the source's relative paths begin, if no copies were kept.  [default: the working folder]",
)
@store_option
@json_option
def explain(
    image: Path,
    product_id: str,
    crop: str | None,
    against: str | None,
    where: str | None,
    out: Path | None,
    root: Path | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Say why PRODUCT_ID is as alike to IMAGE as it is: which part of the one matched which part of the other."""
    from lookalike.compose import open_engine
    from lookalike.explain.document import explanation_document
    from lookalike.search.query import parse_crop

    if out is not None and out.suffix.lower() not in _KINDS:
        raise click.BadParameter(f"expected a file ending in .png or .svg, received {out.name!r}", param_hint="--out")
    with open_engine(store) as engine:
        box = None if crop is None else parse_crop(crop)
        explained = engine.explain(image, product_id, crop=box, against=against, where=where, root=root)
    if out is not None:
        _write(explained, out)
    if as_json:
        emit(explanation_document(explained) | ({} if out is None else {"out": str(out)}))
        return
    _tell(explained)
    if out is not None:
        click.echo(f"wrote {out}")


def _write(explained: ExplainedHit, out: Path) -> None:
    from lookalike.errors import UsageError
    from lookalike.explain.figure import draw_explanation
    from lookalike.images.drawing import as_png, as_svg

    figure = draw_explanation(explained)
    data = as_svg(figure).encode() if out.suffix.lower() == ".svg" else as_png(figure)
    try:
        out.write_bytes(data)
    except OSError as error:
        raise UsageError(f"the figure cannot be written to {out}: {error.strerror or error}") from error


def _tell(explained: ExplainedHit) -> None:
    from lookalike.explain.figure import place_name, strongest

    hit, explanation = explained.hit, explained.explanation
    title = click.style(on_one_line(hit.title or hit.product_id), bold=True)
    click.echo(f"{hit.similarity:.3f}  {title}  {click.style(on_one_line(hit.image), dim=True)}")
    if hit.passes is not None:
        click.echo(f"       {'passes' if hit.passes else 'does not pass'} the filter {explained.where}")
    shown = strongest(explanation)
    for pair in shown:
        here = place_name(pair.query_box, explanation.query_size)
        there = place_name(pair.image_box, explanation.image_size)
        click.echo(f"{_share(pair.contribution, hit.similarity)}  {here} of the photograph – {there} of the picture")
    click.echo(f"{_share(explanation.beside(shown), hit.similarity)}  all other pairs of parts")
    if explanation.colour:
        click.echo(f"{_share(explanation.colour, hit.similarity)}  the colours of the two, compared beside the parts")
    if abs(explanation.copy_difference) >= _LEAST_TOLD * abs(hit.similarity) > 0:
        click.echo(f"{_share(explanation.copy_difference, hit.similarity)}  the kept copy is smaller than the original")
    if explanation.method == "occlusion":
        click.echo("       this model's similarity cannot be split exactly: parts are estimated by covering them")
    if explained.contrast is None or explained.against is None:
        return
    other, differing = explained.against, explained.contrast
    order = "above" if differing.difference >= 0 else "below"
    name = click.style(on_one_line(other.title or other.product_id), bold=True)
    click.echo(f"{differing.difference:+.3f}  {order} {name}, which has {other.similarity:.3f}")
    for part in differing.parts[:4]:
        here = place_name(part.query_box, explanation.query_size)
        side = "for it" if part.contribution > 0 else "for the other"
        click.echo(f"{part.contribution:+.3f}  {here} of the photograph speaks {side}")


def _share(contribution: float, similarity: float) -> str:
    return f"{contribution / similarity * 100:4.0f}%" if similarity else f"{contribution:+.3f}"
