"""Claims about `lookalike.train.verdicts`: what is kept of the fits without a share of the products calibrates."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytest.importorskip("pytorch_metric_learning")

import lookalike
from lookalike.cli import main
from lookalike.embed import open_embedder
from lookalike.errors import GoldenSetUnusable, InvalidConfiguration
from lookalike.evaluate.kept_trials import KeptTrials, learned_products
from lookalike.train.catalogue import catalogues_of
from lookalike.train.examples import read_examples
from lookalike.train.feed import central
from lookalike.train.fitting import Moment
from lookalike.train.training import train
from small_training import configured, task

pytestmark = [pytest.mark.torch]


def test_trials_for_verdicts_are_kept_beside_the_same_model_and_calibrate_a_store_that_holds_its_catalogue(
    tiny_model: Path, shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = train(task(shop, configured(tiny_model, "head"), tmp_path / "plain"))
    kept = train(task(shop, configured(tiny_model, "head", "verdict.folds=3"), tmp_path / "kept"))
    assert kept.fingerprint == plain.fingerprint
    model, store = tmp_path / "kept" / "model", tmp_path / "store"
    held = KeptTrials.read(model)
    assert held.catalogue == {f"p{number}" for number in range(10)} == learned_products(model)
    assert (len(held.trials), held.trials.known.all(), set(held.trials.gone_category)) == (50, True, {"c0", "c1"})

    assert said(capsys, "index", shop, "--store", store, "--model", model)[0] == 0
    code, out = said(capsys, "calibrate", "--trained", "--error", 0.3, "--store", store, "--json")
    document = json.loads(out)
    assert (code, document["golden"], document["learned_products"]) == (0, "training of model", 0)
    assert (document["products"], document["photographs"]) == (10, 50)
    code, out = said(capsys, "search", shop.parent / "p0-0.png", "--store", store, "--json")
    assert json.loads(out)["verdict"] in ("same", "similar", "absent")

    photographs = tmp_path / "photographs.csv"
    photographs.write_text("image,product_id\n" + "".join(f"{shop.parent}/p{n}-1.png,p{n}\n" for n in range(10)))
    code, out = said(capsys, "calibrate", photographs, "--error", 0.3, "--store", store)
    assert code == 0
    assert "has learned from 10 of these products" in out

    with pytest.raises(InvalidConfiguration, match="has learned from 10 of these products already"):
        train(task(shop, configured(model, "head", "verdict.folds=3"), tmp_path / "again"))

    shutil.rmtree(model)
    assert said(capsys, "calibrate", "--trained", "--store", store)[0] == 1


def test_a_shortened_model_is_not_calibrated_on_what_the_whole_one_was_tried_on(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    made = train(task(shop, configured(tiny_model, "head", "verdict.folds=3", "head.sizes=[4]"), tmp_path))
    with lookalike.open(tmp_path / "store", model=f"{made.model}@4") as engine:
        engine.index(shop)
        with pytest.raises(GoldenSetUnusable, match="shorter than the model"):
            engine.calibrate(trained=True, error=0.3)


def test_trials_of_a_mixture_are_those_of_the_mixture(tiny_model: Path, shop: Path, tmp_path: Path) -> None:
    """With nearly everything from the initial model, the evidence is nearly what the initial model gives."""
    config = configured(tiny_model, "head", "verdict.folds=3", "general.share=0.9999")
    curves: dict[str, list[int]] = {}

    def watch(moment: Moment) -> None:
        if moment.loss is not None:
            curves.setdefault(moment.phase, []).append(moment.done)

    train(task(shop, config, tmp_path), watch=watch)
    fits = [curve for phase, curve in curves.items() if phase.startswith("verdicts")]
    assert (len(fits), all(curve == sorted(set(curve)) for curve in fits)) == (3, True)  # a curve each, none twice
    trials = KeptTrials.read(tmp_path / "model").trials
    examples = read_examples(catalogues_of([str(shop)]), open_embedder(tiny_model).description.preprocessing)
    vectors = open_embedder(tiny_model).embed(central(examples.squares, 32))
    own = vectors @ vectors.T
    np.fill_diagonal(own, -1)
    assert (trials.there[:, 0] <= own.max(1) + 1e-2).all()
    assert trials.there[:, 0].mean() > own.max(1).mean() - 0.02


def test_trials_of_a_mixture_without_held_out_products_are_refused_before_anything_is_fitted(
    tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    """The initial model's vectors, of which the mixture's are made, are there only where it was measured."""
    config = configured(tiny_model, "head", "verdict.folds=3", "general.share=0.4", "stopping.held_out=0")
    seen: list[str] = []
    with pytest.raises(InvalidConfiguration, match=r"set stopping\.held_out"):
        train(task(shop, config, tmp_path), watch=lambda moment: seen.append(moment.phase))
    assert not [name for name in seen if name.startswith(("search", "refit", "verdicts"))]
    assert not (tmp_path / "model").exists()


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(str(ended.value.code)), capsys.readouterr().out
