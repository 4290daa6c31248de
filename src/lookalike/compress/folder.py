"""A smaller model as a folder that ``index --model`` takes, with a card that says what it lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from lookalike.compress.outcome import Outcome, table_of
from lookalike.embed.description import ModelDescription
from lookalike.embed.model_folder import as_json, write_model_folder
from lookalike.evaluate.kept_trials import told_learned

__all__ = ["card_of", "write_folder"]

_DONE = {
    "quantise": "Its convolutions compute in integers of eight bits.",
    "prune": "Channels that its answers depend on least were taken out, and its layers fitted anew.",
    "distil": "A smaller student: with fewer channels, for smaller pictures, its layers fitted anew.",
}
_LEARNED = "It was then trained to answer as the model did."
_NOT_BETTER = "Training it to answer as the model did made it no better, and was left out."
_KNOWN = (
    "The questions were pictures of the catalogue that it was made by, so that it may lose more on pictures that it "
    "has not seen: `--queries` asks photographs."
)


def write_folder(
    folder: Path,
    description: ModelDescription,
    model: bytes,
    outcome: Outcome,
    *,
    original_card: str | None,
    learned: Collection[str] = (),
) -> None:
    """Write the model, its description, its card and the table; all at once, in place of a model that was there.

    Args:
        folder: where.
        description: of the model.
        model: its file.
        outcome: what it lost.
        original_card: of the model that it was made of, where that has one.
        learned: products that the model that it was made of has learned to tell apart.

    Raises:
        InvalidConfiguration: the folder holds something else than a model.
    """
    files: dict[str, bytes | str] = {
        "model.onnx": model,
        "description.json": as_json(description.as_dict()),
        "compression.json": as_json(outcome.as_dict()),
        "CARD.md": card_of(description, outcome, original_card),
        **told_learned(learned),
    }
    write_model_folder(folder, files)


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
    learning = outcome.details.get("learning")
    done = [_DONE[outcome.method]]
    if isinstance(learning, Mapping):
        done.append(_LEARNED if learning.get("kept") else _NOT_BETTER)
    asked = [] if outcome.method == "quantise" or outcome.exam.get("kind") == "photographs" else [_KNOWN]
    lines = [
        f"# {description.name}, version {description.version}",
        "",
        f"Made of {made_of}. {' '.join(done)}",
        "",
        "## What it lost",
        "",
        " ".join([f"{lost[:1].upper()}{lost[1:]}.", *asked]),
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
