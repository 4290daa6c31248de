"""A smaller model as a folder that ``index --model`` takes, with a card that says what it lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from lookalike.compress.outcome import Outcome, table_of
from lookalike.embed.description import ModelDescription
from lookalike.train.model_folder import require_free

__all__ = ["card_of", "write_folder"]

_DONE = {
    "quantise": "Its convolutions compute in integers of eight bits.",
    "prune": "Channels that its answers depend on least were taken out, and it was trained again to answer as before.",
    "distil": "A smaller student that was trained to answer as the model did.",
}


def write_folder(
    folder: Path, description: ModelDescription, model: bytes, outcome: Outcome, *, original_card: str | None
) -> None:
    """Write the model, its description, its card and the table; all at once, in place of a model that was there.

    Raises:
        InvalidConfiguration: see `require_free`.
    """
    require_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside, before = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    for left in (beside, before):
        shutil.rmtree(left, ignore_errors=True)
    beside.mkdir()
    (beside / "model.onnx").write_bytes(model)
    (beside / "description.json").write_text(_json(description.as_dict()), encoding="utf-8")
    (beside / "compression.json").write_text(_json(outcome.as_dict()), encoding="utf-8")
    (beside / "CARD.md").write_text(card_of(description, outcome, original_card), encoding="utf-8")
    if folder.exists():
        folder.rename(before)
    beside.rename(folder)
    shutil.rmtree(before, ignore_errors=True)


def card_of(description: ModelDescription, outcome: Outcome, original_card: str | None) -> str:
    """Markdown: what it was made of, what it lost, what it costs, and the card of the original below."""
    before, after = outcome.before, outcome.after
    mean, least = (outcome.agreement.get(name, float("nan")) for name in ("mean", "least"))
    made_of = f"{before.name} (fingerprint `{before.fingerprint[:12]}`) by `lookalike {outcome.method}`"
    lost = outcome.sentence()
    closeness = (
        f"Its vectors have a cosine of {mean:.4f} with the original's on average, {least:.4f} at least, and must not "
        f"be mixed with them: its fingerprint is `{after.fingerprint[:12]}`, and a catalogue needs a release of its "
        "own with it."
    )
    lines = [
        f"# {description.name}, version {description.version}",
        "",
        f"Made of {made_of}. {_DONE[outcome.method]}",
        "",
        "## What it lost",
        "",
        f"{lost[:1].upper()}{lost[1:]}.",
        "",
        closeness,
        "",
        "| | before | after |",
        "|---|---|---|",
        *(f"| {name} | {first} | {second} |" for name, first, second in table_of(outcome)),
        "",
        f"Times are of the machine that made it. Licence of the weights: {description.licence}, as of the original.",
        "",
    ]
    if original_card is not None:
        lines += ["---", "", "The original's card:", "", original_card.strip(), ""]
    return "\n".join(lines)


def _json(record: object) -> str:
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"
