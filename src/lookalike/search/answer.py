"""What a search answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lookalike.images.colouring import Colouring
from lookalike.search.code_found import CodeFound
from lookalike.search.part import Part
from lookalike.search.people.note import PersonalNote
from lookalike.search.people.trial import Trial
from lookalike.search.rank.arranging import Told
from lookalike.search.rule import NOT_CALIBRATED, Label, Verdict
from lookalike.search.spoken.heard import Heard
from lookalike.search.words.understanding import Condition
from lookalike.types import Hits, ReleaseId, Vector

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits, and what one needs to judge them.

    Attributes:
        hits: by falling similarity, ties in the order in which the images came into the store; or as `ranking` says.
        exact: whether no nearer product can have been missed.
        verdict: whether the first product is the photographed one: ``same``, ``similar``, or ``absent`` for "not in
            this catalogue"; None before `Engine.calibrate`, and for questions that are no photograph.
        release: which model's vectors answered.
        timings_ms: wall time of each stage that ran: ``decode``, ``embed``, ``filter``, ``search``, ``details``,
            ``verdict``, ``hear`` and ``total``.
        offset: how many hits were skipped, for paging.
        next_offset: where the next page begins; None when this is the last.
        vector: the query's unit vector, which asks again without the photograph; None for words alone.
        colouring: the colours of the query's subject, which go with `vector`; None where they were not looked at.
        lanes: which answered: ``picture``, ``colour``, and of a question with words ``words``, ``meaning``,
            ``depicted`` and ``code``.
        corrected: words that the catalogue does not have, and what each was taken to mean.
        unknown: words that nothing in the catalogue is like.
        understood: conditions that the words set, each a filter or told as a weight.
        unmapped: words that ask for something that the catalogue has no column or value for.
        heard: the words of a recording; None where there was none.
        code: a code that was read in the photograph, with the products that have it; None where none was read, or the
            catalogue has nothing that one could match.
        ranking: what was done to the order of the hits.
        warnings: what could not be used, in sentences.
        personal: what the shopper's taste did to the order; None where nobody was named.
        verdict_details: by what right the verdict is given; the reason where there is none.
        trial: where two ways of answering share the list: which brought what; None where they do not.
        parts: things in the photograph with the hits of each, where it was taken apart; None where it was not.
        several: whether these are several things rather than pieces of one: two or more are likely to be things, and
            one of them is more like a product than the whole is; None where it was not taken apart.
    """

    hits: Hits
    exact: bool
    verdict: Label | None
    release: ReleaseId
    timings_ms: Mapping[str, float]
    offset: int
    next_offset: int | None
    vector: Vector | None
    verdict_details: Verdict = field(default=NOT_CALIBRATED)
    lanes: tuple[str, ...] = ("picture",)
    corrected: Mapping[str, str] = field(default_factory=dict[str, str])
    unknown: tuple[str, ...] = ()
    understood: tuple[Condition, ...] = ()
    unmapped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    personal: PersonalNote | None = None
    heard: Heard | None = None
    colouring: Colouring | None = None
    parts: tuple[Part, ...] | None = None
    several: bool | None = None
    code: CodeFound | None = None
    ranking: Told = field(default_factory=Told)
    trial: Trial | None = None
