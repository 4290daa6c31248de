"""Claims about `--rest`: pictures without labels are learned from as far as their labels can be guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytest.importorskip("pytorch_metric_learning")

from lookalike.cli import main
from lookalike.errors import InvalidConfiguration, TooFewProducts
from lookalike.train.catalogue import ITSELF, UNTOLD, Catalogue, catalogues_of
from lookalike.train.training import Run, train
from small_training import configured, task

pytestmark = [pytest.mark.torch]


@pytest.fixture
def parted(shop: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two pictures of each product with labels, and a folder of the other three without."""
    rows = shop.read_text().splitlines()
    few = shop.with_name("few.csv")
    few.write_text("\n".join([rows[0], *(row for row in rows[1:] if row.endswith(("-0.png", "-1.png")))]) + "\n")
    rest = tmp_path / "rest"
    rest.mkdir()
    for picture in shop.parent.glob("*-[234].png"):
        (rest / picture.name).write_bytes(picture.read_bytes())
    return few, rest


@pytest.mark.parametrize("mode", ["head", "full"])
def test_pictures_without_labels_are_learned_from_where_their_label_can_be_guessed(
    mode: str, tiny_model: Path, parted: tuple[Path, Path], tmp_path: Path
) -> None:
    few, rest = parted
    made = task(few, configured(tiny_model, mode, "rest.neighbours=4"), tmp_path)
    alone = train(replace(made, out=tmp_path / "alone", run=tmp_path / "alone-run"))
    report = train(replace(made, catalogues=catalogues_of([str(few)], rest=[str(rest)])))
    assert (alone.rest, alone.pictures, alone.products) == (None, 20, 10)
    assert report.rest is not None
    assert report.rest.pictures == 30
    assert 0 < report.rest.learned <= 30
    assert (report.pictures, report.products) == (20 + report.rest.learned, 10)
    # Held out, and measured, is what has a label: a guess is no measure.
    assert report.best is not None
    assert report.best.n_pictures == alone.best.n_pictures
    assert report.baseline == alone.baseline
    record = json.loads((tmp_path / "model" / "training.json").read_text())
    assert record["rest"] == {"pictures": 30, "learned": report.rest.learned}
    assert set(np.load(tmp_path / "model" / "objective.npz")["labels"]) == {f"p{number}" for number in range(10)}
    assert f"{report.rest.learned} of 30, whose labels were guessed" in (tmp_path / "model" / "CARD.md").read_text()


def test_a_copy_of_a_labelled_picture_among_the_rest_counts_once(
    tiny_model: Path, shop: Path, parted: tuple[Path, Path], tmp_path: Path
) -> None:
    few, rest = parted
    (rest / "again.png").write_bytes((shop.parent / "p0-0.png").read_bytes())
    made = task(few, configured(tiny_model, "head"), tmp_path, catalogues=catalogues_of([str(few)], rest=[str(rest)]))
    report = train(made)
    assert report.rest is not None
    assert report.rest.pictures == 30


def test_an_interrupted_run_with_a_rest_ends_as_one_that_was_not(
    tiny_model: Path, parted: tuple[Path, Path], tmp_path: Path
) -> None:
    few, rest = parted
    catalogues = catalogues_of([str(few)], rest=[str(rest)])
    config = configured(tiny_model, "head")
    whole = train(task(few, config, tmp_path / "whole", catalogues=catalogues))

    class Enough(Exception):
        pass

    def stop(moment) -> None:
        if moment.phase == "refit" and moment.done:
            raise Enough

    halved = task(few, config, tmp_path / "halved", catalogues=catalogues)
    with pytest.raises(Enough):
        train(halved, watch=stop)
    again = train(halved)
    assert (again.fingerprint, again.rest) == (whole.fingerprint, whole.rest)


@pytest.mark.parametrize("held_out", [0.2, 0.0])
def test_one_labelled_picture_of_each_product_is_too_little_to_guess_by(
    held_out: float, tiny_model: Path, parted: tuple[Path, Path], tmp_path: Path
) -> None:
    """Measured: a head of pages alone finds less than the model it starts from, and so do the guesses by its eye."""
    few, rest = parted
    pages = few.with_name("pages.csv")
    pages.write_text("\n".join(row for row in few.read_text().splitlines() if not row.endswith("-1.png")) + "\n")
    made = task(pages, configured(tiny_model, "head", f"stopping.held_out={held_out}"), tmp_path)
    with pytest.raises(TooFewProducts, match="has one picture only"):
        train(replace(made, catalogues=catalogues_of([str(pages)], rest=[str(rest)])))


def test_a_rest_comes_last_and_beside_labels() -> None:
    assert catalogues_of(["a.csv", "b=c.csv"], rest=["d", "e"]) == (
        Catalogue("", ("a.csv",)),
        Catalogue("b", ("c.csv",)),
        Catalogue("", ("d", "e"), UNTOLD),
    )
    with pytest.raises(InvalidConfiguration, match="--rest is guessed from pictures that have labels"):
        catalogues_of(["a.csv"], [ITSELF], ["d"])


@pytest.mark.parametrize(
    ("labels", "said"), [((UNTOLD, "product_id"), "come last"), ((ITSELF, UNTOLD), "--rest is guessed")]
)
def test_catalogues_in_another_order_are_refused_before_anything_is_read(
    labels: tuple[str, str], said: str, tiny_model: Path, shop: Path, tmp_path: Path
) -> None:
    catalogues = tuple(Catalogue(str(place), (str(shop),), label) for place, label in enumerate(labels))
    with pytest.raises(InvalidConfiguration, match=said):
        train(task(shop, configured(tiny_model, "head"), tmp_path, catalogues=catalogues))
    assert not (tmp_path / "run").exists()


def test_the_initial_model_looks_at_what_may_be_measured_alone(
    tiny_model: Path, parted: tuple[Path, Path], tmp_path: Path
) -> None:
    few, rest = parted
    made = task(few, configured(tiny_model, "head"), tmp_path, catalogues=catalogues_of([str(few)], rest=[str(rest)]))
    prepared = Run(made, None).prepare()
    assert (len(prepared.examples), len(prepared.vectors)) == (50, 20)


def test_where_nothing_is_held_out_and_nothing_guessed_there_is_no_second_fit(
    tiny_model: Path, parted: tuple[Path, Path], tmp_path: Path
) -> None:
    few, rest = parted
    for picture in rest.iterdir():
        picture.unlink()
    (rest / "again.png").write_bytes((few.parent / "p0-0.png").read_bytes())
    config = configured(tiny_model, "head", "stopping.held_out=0")
    phases: set[str] = set()
    made = task(few, config, tmp_path, catalogues=catalogues_of([str(few)], rest=[str(rest)]))
    report = train(made, watch=lambda moment: phases.add(moment.phase))
    assert report.rest is not None
    assert (report.rest.pictures, report.rest.learned, report.pictures) == (0, 0, 20)
    assert "search" in phases
    assert "refit" not in phases


@pytest.mark.parametrize(
    ("setting", "said"), [("stopping.refit=false", "second fit"), ("verdict.folds=3", "leave out --rest")]
)
def test_settings_that_do_not_go_with_a_rest_are_refused_before_anything_is_read(
    setting: str, said: str, tiny_model: Path, parted: tuple[Path, Path], tmp_path: Path
) -> None:
    few, rest = parted
    made = task(few, configured(tiny_model, "head", setting), tmp_path)
    with pytest.raises(InvalidConfiguration, match=said):
        train(replace(made, catalogues=catalogues_of([str(few)], rest=[str(rest)])))
    assert not (tmp_path / "run").exists()


def test_the_command_tells_what_came_of_the_rest(
    tiny_model: Path, parted: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few, rest = parted
    given = [
        f"--init={tiny_model}", "--mode=head", f"--rest={rest}", "--epochs=2", "--set=head.dimension=8",
        '--set=head.features=["features"]', '--set=general.measured_on=""', "--no-tensorboard",
    ]  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        main(["train", str(few), f"--out={tmp_path / 'm'}", *given])
    assert ended.value.code == 0
    assert "of 30 pictures without a label were learned from as well" in capsys.readouterr().out
