"""What ``lookalike search`` says of a clip."""

from __future__ import annotations

import click

from lookalike.cli.output import emit, hit_as_json, on_one_line
from lookalike.search.moments import ClipAnswer, Moment
from lookalike.types import Box
from lookalike.video.timecode import timecode

__all__ = ["show_clip"]


def _as_json(answer: ClipAnswer) -> dict[str, object]:
    """The contract's form."""
    return {
        "hits": [
            {**hit_as_json(hit), "frame_time": round(at, 3)} for hit, at in zip(answer.hits, answer.times, strict=True)
        ],
        "moments": [_moment_as_json(moment) for moment in answer.moments],
        "clip": {
            "seconds": round(answer.seconds, 3),
            "frames": answer.n_frames,
            "key_frames": answer.n_key_frames,
            "breaks_off": answer.breaks_off,
        },
        "exact": answer.exact,
        "verdict": answer.verdict,
        "release": answer.release,
        "timings_ms": {stage: round(taken, 3) for stage, taken in answer.timings_ms.items()},
    }


def show_clip(answer: ClipAnswer, *, as_json: bool) -> None:
    """One document, or for people a line a moment and then the best hits."""
    if as_json:
        emit(_as_json(answer))
        return
    for moment in answer.moments:
        first = moment.hits[0] if moment.hits else None
        found = (
            "nothing"
            if first is None
            else f"{first.similarity:.3f}  {click.style(on_one_line(first.product_id), bold=True)}"
        )
        told = "" if first is None or not first.title else f"  {on_one_line(first.title)}"
        verdict = "" if moment.verdict is None else click.style(f"  {moment.verdict}", dim=True)
        click.echo(f"{timecode(moment.start)} - {timecode(moment.end)}  {found}{told}{verdict}")
    click.echo("best in the whole clip:")
    for rank, (hit, at) in enumerate(zip(answer.hits, answer.times, strict=True), start=1):
        title = f"  {on_one_line(hit.title)}" if hit.title else ""
        name = click.style(on_one_line(hit.product_id), bold=True)
        click.echo(f"{rank:3}  {hit.similarity:.3f}  {name}  at {timecode(at)}{title}")
    if answer.breaks_off:
        click.echo(
            "the clip breaks off: its file ends in the middle of something, and what is there was read", err=True
        )
    taken = answer.timings_ms["total"] / 1e3
    click.echo(
        click.style(f"{answer.seconds:.1f} s, {answer.n_key_frames} key frames, looked at in {taken:.1f} s", dim=True),
        err=True,
    )


def _moment_as_json(moment: Moment) -> dict[str, object]:
    return {
        "start": round(moment.start, 3),
        "end": round(moment.end, 3),
        "frame_time": round(moment.frame_time, 3),
        "verdict": moment.verdict,
        "box": _box(moment.box),
        "hits": [hit_as_json(hit) for hit in moment.hits],
    }


def _box(box: Box | None) -> list[float] | None:
    """x, y, width and height as a list."""
    return None if box is None else [round(value, 1) for value in (box.x, box.y, box.width, box.height)]
