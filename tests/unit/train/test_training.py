"""Claims about `lookalike.train.training`: a whole run, and one that was interrupted."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytest.importorskip("pytorch_metric_learning")

import torch
from PIL import Image

from lookalike.embed import open_embedder
from lookalike.errors import InvalidConfiguration, SourceError, TooFewProducts, TrainingDiverged
from lookalike.evaluate.kept_trials import learned_products
from lookalike.nets import mixed_precision
from lookalike.nets.head import Head
from lookalike.train import fitting, preparing, training
from lookalike.train.catalogue import catalogues_of
from lookalike.train.config import with_settings
from lookalike.train.examples import read_examples
from lookalike.train.feed import central
from lookalike.train.measurement import measure
from lookalike.train.objective.objective import Objective
from lookalike.train.training import train
from small_training import configured, task

pytestmark = [pytest.mark.torch]


@pytest.mark.parametrize(
    ("mode", "settings"),
    [("head", ()), ("head", ("head.sizes=[4]",)), ("head", ('head.pooling=["generalised-mean"]',)),
     ("head", ('head.features=["low", "features"]',)), ("head", ("bagging.heads=3", "head.neck=true")),
     ("full", ()), ("full", ("model.freeze=low", 'head.features=["low", "features"]')),
     ("adapter", ("adapter.rank=2",))],
)  # fmt: skip
def test_a_run_leaves_a_model_that_opens_and_says_what_it_is_worth(
    mode, settings: tuple[str, ...], tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    config = configured(tiny_model, mode, *settings)
    report = train(task(shop, config, tmp_path))
    embedder = open_embedder(tmp_path / "model")
    assert embedder.description.fingerprint == report.fingerprint
    assert embedder.description.name == "model"
    assert "CC0-1.0" in embedder.description.source
    assert report.best is not None
    assert report.baseline is not None
    assert report.best.n_pictures == report.baseline.n_pictures > 0
    assert report.refitted
    assert report.pictures == 50
    assert sorted(path.name for path in (tmp_path / "model").iterdir() if path.suffix != ".npz") == [
        "CARD.md", "description.json", "model.onnx", "training.json", "training.toml",
    ]  # fmt: skip
    assert (tmp_path / "model" / "adapter.npz").exists() == (mode == "adapter")
    card = (tmp_path / "model" / "CARD.md").read_text()
    assert "CC0-1.0" in card
    assert f"{report.baseline.map_at_r.value:.3f}" in card
    record = json.loads((tmp_path / "run" / "report.json").read_text())
    assert record["fingerprint"] == report.fingerprint
    assert {entry["phase"] for entry in record["history"]} == {"search", "refit"}
    assert not list((tmp_path / "run").glob("features-*"))


@pytest.mark.parametrize(
    ("mode", "wanted", "learned_in"),
    [("full", "true", torch.bfloat16), ("adapter", "true", torch.bfloat16), ("full", "false", torch.float32),
     ("head", "true", torch.float32)],
)  # fmt: skip
def test_layers_learn_in_bfloat16_where_a_processor_gains_by_it_and_are_measured_in_float32(
    mode, wanted: str, learned_in: torch.dtype, tiny_model: Path, shop: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(mixed_precision, "gains_by_bfloat16", lambda device: True)
    seen: set[tuple[bool, torch.dtype]] = set()
    project = Head.project

    def watched(head: Head, pooled: torch.Tensor) -> torch.Tensor:
        found = project(head, pooled)
        seen.add((head.training, found.dtype))
        return found

    monkeypatch.setattr(Head, "project", watched)
    config = configured(tiny_model, mode, f"run.mixed_precision={wanted}", "schedule.epochs=1")

    train(task(shop, config, tmp_path))

    assert seen == {(True, learned_in), (False, torch.float32)}


def test_general_dimensions_keep_the_initial_similarity_in_the_finished_model(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    config = configured(tiny_model, "head", "general.share=0.4", "stopping.held_out=0", "schedule.epochs=1")
    train(task(shop, config, tmp_path))
    before, after = open_embedder(tiny_model), open_embedder(tmp_path / "model")
    assert after.description.dimension == 8 + before.description.dimension
    examples = read_examples(catalogues_of([str(shop)]), before.description.preprocessing)
    pixels = central(examples.squares[:6], 32)
    own, found = before.embed(pixels), after.embed(pixels)
    kept = found[:, 8:]
    np.testing.assert_allclose(kept @ kept.T, 0.4 * own @ own.T, atol=1e-3)


@pytest.mark.parametrize(
    ("mode", "settings"), [("full", ()), ("full", ("model.freeze=low",)), ("adapter", ("general.interpolation=0.5",))]
)
def test_where_layers_learn_the_initial_model_is_computed_beside_them(
    mode, settings: tuple[str, ...], tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    for name, share in (("alone", 0.0), ("beside", 0.4)):
        config = configured(
            tiny_model, mode, *settings, f"general.share={share}", "stopping.held_out=0", "schedule.epochs=1"
        )
        train(task(shop, config, tmp_path / name))
    initial, alone, beside = (
        open_embedder(one) for one in (tiny_model, tmp_path / "alone" / "model", tmp_path / "beside" / "model")
    )
    examples = read_examples(catalogues_of([str(shop)]), initial.description.preprocessing)
    pixels = central(examples.squares[:6], 32)
    before, own, found = (one.embed(pixels) for one in (initial, alone, beside))
    np.testing.assert_allclose(found @ found.T, 0.6 * own @ own.T + 0.4 * before @ before.T, atol=1e-5)
    graph = onnx.load(tmp_path / "beside" / "model" / "model.onnx").graph
    n_convolutions = sum(node.op_type == "Conv" for node in graph.node)
    assert n_convolutions == (3 if "model.freeze=low" in settings else 4)


@pytest.mark.parametrize("mode", ["full", "head"])
def test_what_was_put_beside_another_can_be_kept_again(mode, tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    quick = ("stopping.held_out=0", "schedule.epochs=1", "general.share=0.4")
    train(task(shop, configured(tiny_model, "full", *quick), tmp_path / "first"))
    first = tmp_path / "first" / "model"
    train(task(shop, configured(first, mode, *quick), tmp_path / "second"))

    before, after = open_embedder(first), open_embedder(tmp_path / "second" / "model")
    examples = read_examples(catalogues_of([str(shop)]), before.description.preprocessing)
    own, found = (one.embed(central(examples.squares[:6], 32)) for one in (before, after))
    np.testing.assert_allclose(found[:, 8:] @ found[:, 8:].T, 0.4 * own @ own.T, atol=1e-3)


def test_products_held_out_are_measured_as_the_finished_model_finds_them(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    config = configured(tiny_model, "full", "general.share=0.9999", "optimiser.backbone_rate=0.1")
    report = train(task(shop, config, tmp_path))
    assert report.best is not None
    assert report.baseline is not None
    assert report.best.map_at_r.value == pytest.approx(report.baseline.map_at_r.value, abs=1e-3)
    assert "0.9999 of tiny's similarity" in (tmp_path / "model" / "CARD.md").read_text()


def test_interpolated_weights_lie_between_those_begun_with_and_those_learned(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    matrices = []
    for number, (share, epochs) in enumerate([("0", 1), ("0.5", 1), ("0.999999", 1)]):
        config = configured(
            tiny_model, "head", f"general.interpolation={share}", "stopping.held_out=0", f"schedule.epochs={epochs}"
        )
        folder = tmp_path / str(number)
        folder.mkdir()
        train(task(shop, config, folder))
        projection = open_embedder(folder / "model").projection()
        assert projection is not None
        matrices.append(projection[0])
    learned, middle, begun = matrices
    assert np.abs(learned - begun).max() > 1e-3
    np.testing.assert_allclose(middle, (learned + begun) / 2, atol=1e-4)


@pytest.mark.parametrize("interpolation", ["0", "0.8"])
def test_the_baseline_is_the_initial_model_on_the_same_pictures(
    interpolation: str, tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    config = configured(
        tiny_model, "head", "stopping.refit=false", f"general.interpolation={interpolation}", "optimiser.head_rate=0.1"
    )
    report = train(task(shop, config, tmp_path))
    before, after = open_embedder(tiny_model), open_embedder(tmp_path / "model")
    examples = read_examples(catalogues_of([str(shop)]), before.description.preprocessing)
    from lookalike.train.split import split_by_label

    split = split_by_label(
        examples.labels, examples.catalogues, held_out=0.2, generator=np.random.default_rng([config.run.seed, 2])
    )
    assert report.n_leaks == 0
    for embedder, told in ((before, report.baseline), (after, report.best)):
        vectors = embedder.embed(central(examples.squares[split.measured], 32))
        found = measure(vectors, examples.labels[split.measured])
        assert told is not None
        assert told.map_at_r.value == pytest.approx(found.map_at_r.value, abs=1e-3)


def test_learning_lowers_the_loss_and_raises_the_measure(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    settings = ("schedule.epochs=12", "stopping.taken=highest", "optimiser.backbone_rate=0.001")
    config = configured(tiny_model, "full", *settings)
    report = train(task(shop, config, tmp_path))
    history = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").read_text().splitlines()]
    losses = [entry["loss"] for entry in history if entry["phase"] == "search" and entry["loss"] is not None]
    assert losses[-1] < losses[0]
    assert report.best is not None
    measured = [entry["map@r"] for entry in history if entry["phase"] == "search" and entry["step"]]
    assert report.best.map_at_r.value == max(measured)


class Interrupted(Exception):
    """As when somebody pulls the plug."""


def interrupting(phase: str) -> fitting.Watch:
    """Pulls the plug at the first sign of that phase."""

    def pull(moment: fitting.Moment) -> None:
        if moment.phase == phase:
            raise Interrupted

    return pull


@pytest.mark.parametrize("phase", ["search", "refit"])
@pytest.mark.parametrize(("mode", "settings"), [("full", ("schedule.ema=0.9", "head.dropout=0.2", "head.neck=true")),
                                                ("full", ("optimiser.accumulate=2", "objective.loss=multi_similarity",
                                                          "objective.memory_pictures=64")),
                                                ("head", ("bagging.heads=3", "schedule.ema=0.9"))])  # fmt: skip
def test_an_interrupted_run_ends_with_the_same_weights(
    mode,
    settings: tuple[str, ...],
    phase: str,
    tiny_model: Path,
    shop: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitting, "_SAVED_EVERY_SECONDS", 0.0)
    config = configured(tiny_model, mode, "stopping.patience=0", *settings)
    whole = train(task(shop, config, tmp_path / "whole"))
    cut = 3 if phase == "search" else whole.steps - 1
    assert cut > 0

    def pull(moment: fitting.Moment) -> None:
        if moment.phase == phase and moment.done == cut:
            raise Interrupted

    with pytest.raises(Interrupted):
        train(task(shop, config, tmp_path / "cut"), watch=pull)
    assert not (tmp_path / "cut" / "model").exists()
    seen: list[tuple[str, int]] = []
    resumed = train(task(shop, config, tmp_path / "cut"), watch=lambda moment: seen.append((moment.phase, moment.done)))
    fits = [item for item in seen if item[0] in ("search", "refit")]
    assert fits[0] == (phase, cut + 1)
    assert resumed.fingerprint == whole.fingerprint
    first, second = (tmp_path / name / "model" / "model.onnx" for name in ("whole", "cut"))
    assert first.read_bytes() == second.read_bytes()
    assert resumed.best == whole.best


def test_kept_features_are_not_computed_again_after_an_interruption(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    config = configured(tiny_model, "head")

    pull = interrupting("search")

    with pytest.raises(Interrupted):
        train(task(shop, config, tmp_path / "cut"), watch=pull)
    phases: list[str] = []
    cut = train(task(shop, config, tmp_path / "cut"), watch=lambda moment: phases.append(moment.phase))
    assert "computing features" not in phases
    assert cut.fingerprint == train(task(shop, config, tmp_path / "whole")).fingerprint


def test_an_unfinished_run_with_other_settings_is_refused_unless_fresh(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    pull = interrupting("refit")

    config = configured(tiny_model, "head")
    with pytest.raises(Interrupted):
        train(task(shop, config, tmp_path), watch=pull)
    other = with_settings(config, {}, ["optimiser.head_rate=0.5"])
    with pytest.raises(InvalidConfiguration, match=r"differs in configuration\.optimiser\.head_rate"):
        train(task(shop, other, tmp_path))
    report = train(task(shop, other, tmp_path, fresh=True))
    assert open_embedder(tmp_path / "model").description.fingerprint == report.fingerprint


def test_a_copy_of_a_learned_picture_is_not_measured(tiny_model: Path, shop: Path, tmp_path: Path) -> None:

    shutil.copytree(shop.parent, tmp_path / "copy")
    table = tmp_path / "copy" / "shop.csv"
    config = configured(tiny_model, "head")
    plain = train(task(table, config, tmp_path / "a"))
    assert plain.best is not None
    # One pixel of a picture of each product, put to the product after it: bytes differ, nobody can tell them apart.
    from PIL import Image

    with table.open("a") as file:
        for product in range(10):
            image = Image.open(tmp_path / "copy" / f"p{product}-0.png")
            image.putpixel((0, 0), (1, 2, 3))
            image.save(tmp_path / "copy" / f"near-{product}.png")
            file.write(f"p{(product + 1) % 10},c0,near-{product}.png\n")
    report = train(task(table, config, tmp_path / "b"))
    assert report.n_leaks > 0
    assert len(report.leaks) == report.n_leaks
    assert all("near-" in a or "near-" in b for a, b in report.leaks)


def test_a_run_that_copies_left_nothing_to_measure_says_so(tiny_model: Path, tmp_path: Path) -> None:
    from PIL import Image

    generator = np.random.default_rng(1)
    lines = ["product_id,image"]
    for picture in range(2):
        base = generator.integers(0, 256, (48, 48, 3), dtype=np.uint8)
        for product in range(6):
            base[0, 0] = product
            Image.fromarray(base).save(tmp_path / f"{product}-{picture}.png")
            lines.append(f"p{product},{product}-{picture}.png")
    table = tmp_path / "same.csv"
    table.write_text("\n".join(lines) + "\n")
    report = train(task(table, configured(tiny_model, "head", "schedule.epochs=1"), tmp_path))
    assert (report.best, report.n_leaks) == (None, 4)
    assert "Not measured: of what was held out" in (tmp_path / "model" / "CARD.md").read_text()


def test_a_model_that_never_saw_the_products_held_out_does_not_say_that_it_learned_from_them(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    report = train(task(shop, configured(tiny_model, "head", "stopping.refit=false"), tmp_path))
    assert report.best is not None
    assert (report.best.n_labels, report.products, report.pictures) == (2, 8, 40)
    assert "40 pictures of 8 products" in (tmp_path / "model" / "CARD.md").read_text()
    assert "40 pictures of 8 products" in open_embedder(tmp_path / "model").description.source


def test_nothing_is_measured_where_nothing_can_be_held_out(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    config = configured(tiny_model, "head", "stopping.held_out=0")
    report = train(task(shop, config, tmp_path))
    assert (report.best, report.baseline, report.refitted) == (None, None, False)
    assert report.epochs == 3
    assert "Not measured: nothing was held out" in (tmp_path / "model" / "CARD.md").read_text()


def test_a_folder_with_other_things_in_it_is_left_alone(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidConfiguration, match="holds other things than a model"):
        train(task(shop, configured(tiny_model, "head"), tmp_path))
    with pytest.raises(InvalidConfiguration, match="holds other things than a run"):
        train(task(shop, configured(tiny_model, "head"), tmp_path / "x", run=tmp_path / "model"))
    assert (tmp_path / "model" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("run", ["model", "model/run"])
def test_a_run_that_would_stand_in_the_way_of_its_model_is_refused_before_it_begins(
    run: str, tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidConfiguration, match="holds nothing but the model"):
        train(task(shop, configured(tiny_model, "head"), tmp_path, run=tmp_path / run))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("model.freeze=nowhere", "no tensor 'nowhere'"),
        ("run.device=cuda", "finds no GPU"),
        ("sampling.catalogue_shares=[0.5, 0.5]", "one share for each catalogue, received 2 for 1"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(
    setting: str, said: str, tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    if torch.cuda.is_available() and "cuda" in setting:
        pytest.skip("there is a GPU")
    with pytest.raises(InvalidConfiguration, match=said):
        train(task(shop, configured(tiny_model, "full", setting), tmp_path))
    assert not (tmp_path / "run").exists()


def test_a_catalogue_beside_others_keeps_its_products_apart(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    config = configured(tiny_model, "head", "sampling.catalogue_shares=[0.5, 0.5]")
    made = replace(task(shop, config, tmp_path), catalogues=catalogues_of([f"a={shop}", f"b={shop}"]))
    report = train(made)
    assert report.products == 20
    held = np.load(tmp_path / "model" / "objective.npz")
    assert {str(name)[:2] for name in held["labels"]} == {"a=", "b="}


@pytest.mark.parametrize("what", ["loss", "weights"])
def test_a_fit_that_diverges_is_an_error_and_no_perfect_model(
    what: str, tiny_model: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward, step = Objective.forward, torch.optim.AdamW.step
    if what == "loss":
        monkeypatch.setattr(Objective, "forward", lambda self, *given: forward(self, *given) * float("nan"))
    else:

        def stepped(self: torch.optim.AdamW) -> None:
            step(self)
            for group in self.param_groups:
                for weight in group["params"]:
                    weight.data.fill_(float("inf"))

        # Before the last step of an epoch, so that what is measured next is not finite and no loss has said so.
        monkeypatch.setattr(torch.optim.AdamW, "step", stepped)
    config = configured(tiny_model, "head", "sampling.n_products=8", "sampling.n_pictures=5")
    closed: list[bool] = []
    monkeypatch.setattr(training.Scribe, "close", lambda self: closed.append(True))
    with pytest.raises(TrainingDiverged, match=r"after \d+ steps: learn with a lower"):
        train(task(shop, config, tmp_path))
    assert not (tmp_path / "model").exists()
    # Curves are whole: they are what shows where it went wrong.
    assert closed == [True]


def test_a_last_step_that_nothing_measures_may_diverge_as_well(
    tiny_model: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stepped(self: torch.optim.AdamW) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                weight.data.fill_(float("inf"))

    monkeypatch.setattr(torch.optim.AdamW, "step", stepped)
    config = configured(tiny_model, "head", "schedule.steps=1", "stopping.held_out=0")
    with pytest.raises(TrainingDiverged, match="after 1 steps: learn with a lower"):
        train(task(shop, config, tmp_path))


def test_a_catalogue_in_another_order_does_not_go_on_with_what_was_kept_by_row(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    shutil.copytree(shop.parent, tmp_path / "copy")
    table = tmp_path / "copy" / "shop.csv"
    config = configured(tiny_model, "head")

    pull = interrupting("refit")

    with pytest.raises(Interrupted):
        train(task(table, config, tmp_path), watch=pull)
    first, *rows = table.read_text().splitlines()
    table.write_text("\n".join([first, *reversed(rows)]) + "\n")
    with pytest.raises(InvalidConfiguration, match="differs in pictures_in_order_sha256"):
        train(task(table, config, tmp_path))
    phases: list[str] = []
    train(task(table, config, tmp_path, fresh=True), watch=lambda moment: phases.append(moment.phase))
    assert "computing features" in phases


def test_what_is_kept_may_be_asked_of_another_catalogue_after_an_interruption(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    lonely = tmp_path / "lonely.csv"
    lonely.write_text("product_id,image\n" + "".join(f"x{n},{shop.parent}/p{n}-0.png\n" for n in range(9)))
    for source, error in ((lonely, TooFewProducts), (tmp_path / "nowhere.csv", SourceError)):
        with pytest.raises(error):
            train(
                task(shop, configured(tiny_model, "head", f'general.measured_on="{source}"'), tmp_path),
                watch=lambda moment: pytest.fail("hours were spent"),
            )

    pull = interrupting("refit")

    config = configured(tiny_model, "head")
    with pytest.raises(Interrupted):
        train(task(shop, config, tmp_path), watch=pull)
    phases: list[str] = []
    other = with_settings(config, {}, [f'general.measured_on="{shop}"'])
    report = train(task(shop, other, tmp_path), watch=lambda moment: phases.append(moment.phase))
    assert report.kept is not None
    assert "search" not in phases


@pytest.mark.parametrize("mode", ["head", "full"])
def test_a_picture_of_which_the_initial_model_gives_no_vector_ends_no_run(
    mode, tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(shop.parent, folder)
    table = folder / shop.name
    lines = table.read_text().splitlines()
    Image.new("RGB", (32, 32), (128, 128, 128)).save(folder / "grey.png")
    table.write_text("\n".join([*lines, *(f"p{n},,grey{n}.png" for n in range(10))]) + "\n")
    for n in range(10):
        shutil.copy(folder / "grey.png", folder / f"grey{n}.png")
        # Of one look, and not of equal bytes: those would contradict each other.
        with (folder / f"grey{n}.png").open("ab") as file:
            file.write(bytes([n]))
    model = without_biases(tiny_model, tmp_path / "silent")
    report = train(task(table, configured(model, mode, f'general.measured_on="{table}"'), tmp_path))
    assert report.best is not None
    assert report.best.n_pictures % 5 == 0
    assert report.kept is not None
    assert report.kept.before.n_pictures == report.kept.after.n_pictures <= 60


def without_biases(model: Path, folder: Path) -> Path:
    """A copy that gives no vector for a picture that is RGB (128, 128, 128) throughout."""
    shutil.copytree(model, folder)
    graph = onnx.load(folder / "model.onnx")
    for one in graph.graph.initializer:
        if one.name.endswith(".bias"):
            one.CopyFrom(onnx.numpy_helper.from_array(0 * onnx.numpy_helper.to_array(one), one.name))
    data = graph.SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    description = json.loads((folder / "description.json").read_text())
    description["weights_sha256"] = hashlib.sha256(data).hexdigest()
    description.pop("fingerprint", None)
    (folder / "description.json").write_text(json.dumps(description))
    return folder


def test_pictures_are_learned_from_as_the_finished_model_sees_them(
    tiny_model: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    read = preparing.read_examples

    def watched(catalogues, preprocessing, **options):
        seen.append(preprocessing.fit)
        return read(catalogues, preprocessing, **options)

    monkeypatch.setattr(preparing, "read_examples", watched)
    report = train(task(shop, configured(tiny_model, "head", "model.fit=pad", "schedule.epochs=1"), tmp_path))
    assert seen == ["pad"]
    assert open_embedder(tmp_path / "model").description.preprocessing.fit == "pad"
    # The initial model squashes: its number is not that of the model as anybody else would use it.
    assert (report.fit, report.baseline_name) == ("pad", "tiny, pictures padded")
    assert "| tiny, pictures padded |" in (tmp_path / "model" / "CARD.md").read_text(encoding="utf-8")


def test_several_heads_learn_each_from_its_products_and_cost_as_one(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    settings = ("bagging.heads=3", "bagging.products=0.5", "stopping.refit=false", "stopping.held_out=0")
    train(task(shop, configured(tiny_model, "head", *settings), tmp_path / "three"))
    train(task(shop, configured(tiny_model, "head", *settings[2:]), tmp_path / "one"))
    three, one = (open_embedder(tmp_path / name / "model") for name in ("three", "one"))
    assert three.description.dimension == one.description.dimension == 8
    assert three.description.projection is not None
    sizes = [(tmp_path / name / "model" / "model.onnx").stat().st_size for name in ("three", "one")]
    assert sizes[0] == sizes[1]
    held = np.load(tmp_path / "three" / "model" / "objective.npz")
    assert (held["numbers"] >= 0).sum(axis=1).tolist() == [5, 5, 5]
    assert (held["numbers"] >= 0).any(axis=0).all()
    assert [len(held[name]) for name in sorted(held.files) if name.endswith("proxies")] == [5, 5, 5]


def test_several_heads_are_for_a_head_alone(tiny_model: Path) -> None:
    with pytest.raises(InvalidConfiguration, match=r"bagging.heads 3 is for model.mode head, received mode full"):
        configured(tiny_model, "full", "bagging.heads=3")


@pytest.mark.parametrize("refit", ["true", "false"])
def test_what_the_objective_learned_is_named(refit: str, tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    train(task(shop, configured(tiny_model, "head", f"stopping.refit={refit}"), tmp_path))
    held = np.load(tmp_path / "model" / "objective.npz")
    (proxies,) = (held[name] for name in held.files if name.endswith("proxies"))
    assert len(held["labels"]) == len(proxies) == (10 if refit == "true" else 8)


def test_what_the_initial_model_had_learned_from_is_known_of_the_new_one(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    initial = Path(shutil.copytree(tiny_model, tmp_path / "initial"))
    np.savez(initial / "objective.npz", labels=np.array(["apple", "p0"]), earlier=np.array(["milk"]))
    train(task(shop, configured(initial, "head", "schedule.epochs=1"), tmp_path))
    own = {f"p{number}" for number in range(10)}
    assert learned_products(tmp_path / "model") == own | {"apple", "milk"}
    assert len(np.load(tmp_path / "model" / "objective.npz")["labels"]) == 10

    # Of a head that another one takes the place of, nothing is left.
    (initial / "training.json").write_text('{"mode": "head"}')
    for share, left in ((0.0, {"milk"}), (0.3, {"apple", "milk"})):
        settings = ("schedule.epochs=1", f"general.share={share}", "stopping.held_out=0")
        train(task(shop, configured(initial, "head", *settings), tmp_path / str(share)))
        assert learned_products(tmp_path / str(share) / "model") == own | left


def test_pictures_of_a_catalogue_without_labels_may_be_too_many_for_memory(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    config = configured(
        tiny_model, "head", "run.memory_megabytes=0", "schedule.epochs=1", f'general.measured_on="{shop}"'
    )
    train(replace(task(shop, config, tmp_path), catalogues=catalogues_of([str(shop)], ["image"])))
    assert not list((tmp_path / "run").glob("*.npy"))


def test_a_category_is_asked_of_every_product_before_the_first_step(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    shutil.copytree(shop.parent, tmp_path / "copy")
    table = tmp_path / "copy" / "shop.csv"
    table.write_text(table.read_text().replace("p3,c1,", "p3,,"))
    with pytest.raises(InvalidConfiguration, match="1 of 10 have none"):
        train(task(table, configured(tiny_model, "head", "sampling.n_categories=2"), tmp_path))


def test_a_head_cannot_start_from_what_looks_share_where_nothing_has_two(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    lonely = tmp_path / "lonely.csv"
    lonely.write_text("product_id,image\n" + "".join(f"x{n},{shop.parent}/p{n}-0.png\n" for n in range(9)))
    within = "head.start=within-whitening", "stopping.held_out=0", "schedule.epochs=1"
    config = configured(tiny_model, "head", *within, "model.views=0")
    with pytest.raises(InvalidConfiguration, match="none of those learned from has two"):
        train(task(lonely, config, tmp_path))
    looks = configured(tiny_model, "head", *within, "model.views=1")
    assert train(task(lonely, looks, tmp_path / "looks")).pictures == 9
    pooled = configured(tiny_model, "head", *within, "model.views=1", 'head.pooling=["generalised-mean"]')
    assert train(task(lonely, pooled, tmp_path / "pooled")).pictures == 9


def test_where_a_head_starts_a_picture_that_is_alone_stands_beside_another_look_of_itself(
    tiny_model: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[int]] = []
    start = Head.start

    def watched(head: Head, pooled: np.ndarray, *, generator: torch.Generator, labels: np.ndarray | None) -> None:
        assert labels is not None
        seen.append(np.bincount(labels).tolist())
        start(head, pooled, generator=generator, labels=labels)

    monkeypatch.setattr(Head, "start", watched)
    pictures = ["p0-0", "p0-1", "p0-2", *(f"p{n}-0" for n in range(1, 6))]
    table = tmp_path / "few.csv"
    table.write_text("product_id,image\n" + "".join(f"{one[:2]},{shop.parent}/{one}.png\n" for one in pictures))
    within = "head.start=within-whitening", "stopping.held_out=0", "schedule.epochs=1", "model.views=1"
    train(task(table, configured(tiny_model, "head", *within), tmp_path))
    assert seen == [[3, 2, 2, 2, 2, 2]]


def test_two_pictures_of_a_product_that_are_alike_to_the_pixel_say_nothing_of_what_changes(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    rows = ["product_id,image"]
    for n in range(9):
        Image.open(shop.parent / f"p{n}-0.png").convert("RGB").save(tmp_path / f"{n}.bmp")
        rows += [f"x{n},{shop.parent}/p{n}-0.png", f"x{n},{tmp_path}/{n}.bmp"]
    table = tmp_path / "alike.csv"
    table.write_text("\n".join(rows) + "\n")
    within = "head.start=within-whitening", "stopping.held_out=0", "schedule.epochs=1"
    with pytest.raises(InvalidConfiguration, match="two that differ"):
        train(task(table, configured(tiny_model, "head", *within, "model.views=0"), tmp_path))
    # Looks are begun with where the head alone learns: elsewhere it has to be said that views do not help.
    with pytest.raises(InvalidConfiguration, match="of 1 or more where the head alone learns"):
        train(task(table, configured(tiny_model, "full", *within, "model.views=1"), tmp_path / "full"))
    looks = configured(tiny_model, "head", *within, "model.views=1")
    assert train(task(table, looks, tmp_path / "looks")).pictures == 18


def test_what_an_earlier_run_found_does_not_stay_beside_what_another_one_finds(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    train(task(shop, configured(tiny_model, "head", "schedule.epochs=1"), tmp_path))
    left = [tmp_path / "run" / name for name in ("report.json", "classification.json", "classification.md")]
    assert all(path.is_file() for path in left)
    with pytest.raises(Interrupted):
        train(task(shop, configured(tiny_model, "head", "stopping.held_out=0"), tmp_path), watch=interrupting("search"))
    assert not any(path.exists() for path in left)


def test_a_damaged_checkpoint_is_told_and_not_unpickled(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    config = configured(tiny_model, "head", "schedule.epochs=1")
    with pytest.raises(Interrupted):
        train(task(shop, config, tmp_path), watch=interrupting("refit"))
    for damaged in (b"", b"not a checkpoint", b"\x80\x02}q\x00."):
        (tmp_path / "run" / "checkpoint.pt").write_bytes(damaged)
        with pytest.raises(InvalidConfiguration, match="give --fresh to start again"):
            train(task(shop, config, tmp_path))
