"""``lookalike search``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.clip import show_clip
from lookalike.cli.output import emit, hit_as_json, json_option, on_one_line, part_as_json, store_option
from lookalike.cli.ranking import RankingOptions, order_line, ranking_options
from lookalike.search.answer import Answer
from lookalike.search.rule import Label, Verdict
from lookalike.types import FoldBy, Hit
from lookalike.video.signature import is_video

__all__ = ["search"]


@click.command(name="search")
@click.argument("image", required=False, type=click.Path(path_type=Path))
@click.option("--text", default=None, metavar="WORDS", help="Find by words; beside IMAGE or --like, bend the ranking.")
@click.option("--audio", default=None, type=click.Path(path_type=Path), metavar="FILE", help="Find by spoken words.")
@click.option("--like", multiple=True, metavar="ID", help="Find what looks like this product; may be repeated.")
@click.option("--unlike", multiple=True, metavar="ID", help="… and not like this one; may be repeated.")
@click.option("--crop", default=None, metavar="X,Y,W,H", help="Search by this part of IMAGE, in pixels (EXIF-upright).")
@click.option("--video", is_flag=True, help="IMAGE is a clip, whatever its first bytes say.")
@click.option("--where", default=None, metavar="EXPR", help="Filter: 'category = \"Shoes\" and price < 50'.")
@click.option("--k", default=10, show_default=True, help="Hits to return.")
@click.option("--offset", default=0, show_default=True, help="Hits to skip, for paging.")
@click.option(
    "--by",
    type=click.Choice(["product", "variant", "image"]),
    default="product",
    show_default=True,
    help="What is one hit.",
)
@click.option("--shopper", default=None, help="Whose taste may bend the order, as in the events.")
@click.option(
    "--parts",
    type=click.IntRange(0, 12),
    default=None,
    metavar="N",
    help="Take IMAGE apart into at most N things and search for each.",
)
@click.option(
    "--against",
    default=None,
    metavar="WAY",
    help="Let another way of answering (rerank=METHOD, personal=off, …) share the list; see `lookalike trial`.",
)
@ranking_options
@store_option
@json_option
def search(
    image: Path | None,
    text: str | None,
    audio: Path | None,
    like: tuple[str, ...],
    unlike: tuple[str, ...],
    crop: str | None,
    video: bool,
    where: str | None,
    k: int,
    offset: int,
    by: FoldBy,
    shopper: str | None,
    parts: int | None,
    against: str | None,
    ranking: RankingOptions,
    store: str | None,
    as_json: bool,
) -> None:
    """Find the products that look like IMAGE (a file), or like another product, or that words name; or both.

    A clip is told by its first bytes: its answer has the moments in which products are seen, with their times.
    """
    from lookalike.compose import open_engine
    from lookalike.search.query import parse_crop

    if image is not None and (video or (image.is_file() and is_video(image))):
        asked = (text, audio, crop, shopper, parts, against)
        if any(each is not None for each in asked) or like or unlike or offset or ranking.orders:
            raise click.UsageError("a clip is searched with --where, --k and --by alone")
        with open_engine(store) as engine:
            show_clip(engine.search_video(image, where=where, k=k, by=by), as_json=as_json)
        return

    with open_engine(store) as engine:
        answer = engine.search(
            image,
            text=text,
            audio=audio,
            like=like or None,
            unlike=unlike,
            crop=None if crop is None else parse_crop(crop),
            where=where,
            k=k,
            offset=offset,
            by=by,
            shopper=shopper,
            parts=parts,
            ranking=ranking.checked(),
            against=against,
        )
    if as_json:
        emit(
            {
                "hits": [hit_as_json(hit) for hit in answer.hits],
                "lanes": list(answer.lanes),
                "corrected": dict(answer.corrected),
                "unknown": list(answer.unknown),
                "understood": [condition.as_dict() for condition in answer.understood],
                "unmapped": list(answer.unmapped),
                "heard": None if answer.heard is None else answer.heard.as_dict(),
                "code": None if answer.code is None else answer.code.as_dict(),
                "warnings": list(answer.warnings),
                "exact": answer.exact,
                "verdict": answer.verdict,
                "verdict_details": answer.verdict_details.details(),
                "release": answer.release,
                "timings_ms": {stage: round(taken, 3) for stage, taken in answer.timings_ms.items()},
                "offset": answer.offset,
                "next_offset": answer.next_offset,
                **({} if answer.parts is None else {"parts": [part_as_json(part) for part in answer.parts]}),
                **({} if answer.several is None else {"several": answer.several}),
                **({} if answer.personal is None else {"personal": answer.personal.as_dict()}),
                "ranking": answer.ranking.as_dict(),
                **({} if answer.trial is None else {"trial": answer.trial.as_dict()}),
            }
        )
        return
    if not answer.hits:
        click.echo("nothing matches" + (" under this filter" if where else ""))
    if answer.verdict is not None:
        click.echo(_verdict_line(answer.verdict, answer.verdict_details))
    _tell_words(answer)
    if (told := order_line(answer.ranking)) is not None:
        click.echo(told, err=True)
    for rank, hit in enumerate(answer.hits, start=offset + 1):
        click.echo(_line(rank, hit))
        if hit.instead is not None:
            click.echo(f"     sold out; nearest available: {_line(1, hit.instead)[5:]}")
    for part in answer.parts or ():
        at = f"{part.box.x:.0f},{part.box.y:.0f},{part.box.width:.0f},{part.box.height:.0f}"
        click.echo(click.style(f"at {at}", bold=True) + click.style(f"  ({part.score:.2f})", dim=True))
        for rank, hit in enumerate(part.hits[:3], start=1):
            click.echo(_line(rank, hit))
    taken = ", ".join(f"{stage} {ms:.1f}" for stage, ms in answer.timings_ms.items())
    note = "exact" if answer.exact else "approximate"
    click.echo(click.style(f"{note}, release {answer.release}; ms: {taken}", dim=True), err=True)


def _tell_words(answer: Answer) -> None:
    """What the words were taken to mean, on stderr."""
    if answer.code is not None:
        has = f"the code of {', '.join(answer.code.products)}" if answer.code.products else "not in the catalogue"
        click.echo(f"read {answer.code.kind} {on_one_line(answer.code.text)}: {has}", err=True)
    if answer.heard is not None:
        click.echo(f"heard: {answer.heard.text}", err=True)
    for condition in answer.understood:
        if condition.effect == "filter":
            values = (" and " if condition.operator == "between" else " or ").join(
                str(value) for value in condition.values
            )
            only = on_one_line(f"{condition.column} {condition.operator} {values}")
            click.echo(f"only {only}  ({condition.text!r})", err=True)
    for written, meant in answer.corrected.items():
        click.echo(f"{written!r} is not in the catalogue, taken for {meant!r}", err=True)
    for word in answer.unmapped:
        click.echo(f"nothing in the catalogue says {word!r}", err=True)
    for warning in answer.warnings:
        click.echo(click.style(f"note: {warning}", dim=True), err=True)


def _verdict_line(label: Label, verdict: Verdict) -> str:
    if verdict.outside_filter:
        return click.style("in the catalogue, but not within this filter", bold=True) + "; what is similar:"
    match label:
        case "same":
            sure = "" if verdict.p_same is None else f" (estimated at {verdict.p_same:.0%})"
            return click.style("same item", fg="green", bold=True) + f": the first hit is it{sure}"
        case "similar":
            return click.style("similar", bold=True) + ": the same item may or may not be among these"
        case "absent":
            return click.style("not in this catalogue", fg="yellow", bold=True) + "; what is similar:"


def _line(rank: int, hit: Hit) -> str:
    similarity = click.style(f"{hit.similarity:.3f}", fg="green" if hit.similarity > 0.6 else None)
    price = hit.attributes.get("price")
    facts = [
        on_one_line(hit.title or ""),
        f"{price:.2f}" if isinstance(price, int | float) else "",
        on_one_line(str(hit.attributes.get("color", ""))),
        click.style(on_one_line(hit.image), dim=True),
    ]
    name = hit.product_id if hit.variant_id is None else f"{hit.product_id} / {hit.variant_id}"
    return f"{rank:3}  {similarity}  {click.style(on_one_line(name), bold=True)}  " + "  ".join(
        fact for fact in facts if fact
    )
