"""Verdicts from calibration to search, through the engine, the command line and HTTP."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import lookalike
from lookalike.catalog.catalog import Catalog
from lookalike.cli.program import program
from lookalike.engine.engine import Engine
from lookalike.errors import InvalidConfiguration, TooFewProducts
from lookalike.evaluate import calibrating
from lookalike.evaluate.calibration import Fitted, fit
from lookalike.evaluate.trials import Trials
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.search.rank.ranking import Ranking
from lookalike.search.rule import Rule, Thresholds, Weights


def adjust(store: Path, **changes: object) -> None:
    """Give the stored rule other thresholds, so that each verdict can be met."""
    with Catalog.open(store) as catalog:
        document = catalog.calibration("r1")
        assert document is not None
        rule = Rule.from_dict(document)
        assert rule is not None
        catalog.set_calibration("r1", replace(rule, **changes).as_dict())  # pyright: ignore[reportArgumentType]


def test_without_a_calibration_there_is_no_verdict_and_the_answer_says_why(shop: Engine, drawn) -> None:
    answer = shop.search(drawn.photographs[0])
    assert answer.verdict is None
    assert answer.verdict_details.details() == {"reason": "not_calibrated"}
    assert "verdict" not in answer.timings_ms


def test_a_calibration_is_applied_by_the_next_search_and_survives_closing(store: Path, drawn) -> None:
    with lookalike.open(store) as shop:
        shop.search(drawn.photographs[0])
        done = shop.calibrate(drawn.queries, error=0.4)
        answer = shop.search(drawn.photographs[0])
        assert answer.verdict in ("same", "similar", "absent")
        assert (answer.verdict_details.error, answer.verdict_details.golden) == (0.4, "queries.csv")
        assert done.fitted.measured.photographs == 6
    with lookalike.open(store) as again:
        assert again.search(drawn.photographs[0]).verdict == answer.verdict


def test_the_page_and_its_size_change_no_verdict(store: Path, shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    for photograph in drawn.photographs:
        whole = shop.search(photograph, k=10)
        for other in (
            shop.search(photograph, k=1),
            shop.search(photograph, k=3, offset=3),
            shop.search(photograph, by="image"),
            shop.search(vector=whole.vector, colouring=whole.colouring),
        ):
            said, expected = other.verdict_details, whole.verdict_details
            assert said is not None
            assert expected is not None
            # Similarities differ in their last bits with the number of neighbours asked for.
            assert said.p_same == pytest.approx(expected.p_same, abs=1e-6)
            assert replace(said, p_same=None) == replace(expected, p_same=None)


def test_more_like_this_has_no_verdict(shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    first = shop.search(drawn.photographs[0]).hits[0]
    answer = shop.search(like=first.product_id)
    assert (answer.verdict, answer.verdict_details.reason) == (None, "not_a_photograph")


def test_a_photograph_turned_away_from_products_has_no_verdict(store: Path, shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    adjust(store, pooled=Thresholds(1e9, 1e9, 6))
    plain = shop.search(drawn.photographs[0])
    assert plain.verdict == "absent"
    answer = shop.search(drawn.photographs[0], unlike=[plain.hits[0].product_id])
    assert (answer.verdict, answer.verdict_details.reason) == (None, "not_a_photograph")


def test_a_filter_that_leaves_the_product_out_says_so(store: Path, shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    adjust(store, pooled=Thresholds(-1e9, -1e9, 6))
    first = shop.search(drawn.photographs[0]).hits[0]
    inside = shop.search(drawn.photographs[0], where=f'product_id = "{first.product_id}"')
    outside = shop.search(drawn.photographs[0], where=f'product_id != "{first.product_id}"')
    assert (inside.verdict, inside.verdict_details.outside_filter) == ("same", False)
    assert (outside.verdict, outside.verdict_details.outside_filter) == ("absent", True)
    assert len(outside.hits) > 0


def test_another_first_product_is_not_called_the_same_under_a_filter_either(store: Path, shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    adjust(store, pooled=Thresholds(-1e9, -1e9, 6))
    plain = shop.search(drawn.photographs[0], where="price > 0")
    assert plain.verdict == "same"
    first = plain.hits[0].product_id
    said = set()
    for sort in ("price", "-price"):
        ranking = Ranking(sort=sort, floor=-1.0)
        answer = shop.search(drawn.photographs[0], where="price > 0", ranking=ranking)
        assert answer.verdict == ("same" if answer.hits[0].product_id == first else "similar")
        said.add(answer.verdict)
    assert "similar" in said


def test_a_catalogue_that_has_changed_much_withholds_verdicts(store: Path, shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    for product in shop.products(k=4):
        shop.delete_product(product.product_id)
    answer = shop.search(drawn.photographs[0])
    assert (answer.verdict, answer.verdict_details.reason) == (None, "stale")
    (release,) = shop.releases()
    assert release.calibration is not None
    assert (release.calibration["error"], release.calibration["stale"]) == (0.4, True)
    listed = CliRunner().invoke(program, ["releases", "--store", str(store)])
    assert "verdicts: 40.0% on queries.csv; stale" in listed.output


def test_a_rule_of_another_model_is_not_applied(store: Path, shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    adjust(store, fingerprint="0" * 64)
    assert shop.search(drawn.photographs[0]).verdict_details.reason == "not_calibrated"


def test_taking_a_product_out_leaves_the_next(shop: Engine, drawn) -> None:
    searcher = shop._searching()
    answer = shop.search(drawn.photographs[0], k=10)
    assert "colour" in answer.lanes
    first, second = answer.hits[0], answer.hits[1]
    present = searcher.witness(answer.vector, colouring=answer.colouring)
    absent = searcher.witness(answer.vector, colouring=answer.colouring, without=[first.product_id])
    assert present is not None
    assert absent is not None
    assert (present.product_id, absent.product_id) == (first.product_id, second.product_id)
    expected = [hit.similarity for hit in answer.hits[:6]]
    np.testing.assert_allclose(present.evidence.similarities, expected, atol=1e-5)
    np.testing.assert_allclose(absent.evidence.similarities[:5], expected[1:], atol=1e-5)


@pytest.mark.parametrize("weights", [(0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0), (1.0, 2.0, 0.0, 3.0, 0.0, 0.0, 0.0)])
def test_a_search_scores_the_evidence_that_was_calibrated_on(
    store: Path, shop: Engine, drawn, weights: tuple[float, ...]
) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    adjust(store, weights=Weights(-0.5, weights))
    answer = shop.search(drawn.photographs[0])
    present = shop._searching().witness(answer.vector, colouring=answer.colouring)
    assert present is not None
    assert present.coloured
    score = float(present.evidence.features() @ np.asarray(weights)) - 0.5
    assert answer.verdict_details.p_same == pytest.approx(1 / (1 + np.exp(-score)), abs=1e-5)


def test_without_its_colours_a_vector_is_judged_by_the_model_alone(shop: Engine, drawn) -> None:
    searcher = shop._searching()
    answer = shop.search(vector=shop.search(drawn.photographs[0]).vector, k=10)
    present = searcher.witness(answer.vector)
    assert present is not None
    assert not present.coloured
    expected = [hit.similarity for hit in answer.hits[:6]]
    np.testing.assert_allclose(present.evidence.similarities, expected, atol=1e-5)


def test_a_rule_fitted_on_colours_judges_no_vector_without_them(shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    answer = shop.search(drawn.photographs[0])
    assert answer.verdict is not None
    again = shop.search(vector=answer.vector, colouring=answer.colouring)
    assert (again.verdict, again.verdict_details.p_same) == (answer.verdict, answer.verdict_details.p_same)
    alone = shop.search(vector=answer.vector)
    assert (alone.verdict, alone.verdict_details.reason) == (None, "not_a_photograph")


def test_a_rule_fitted_without_colours_is_stale_where_they_count(store: Path, shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    adjust(store, colours=False)
    assert shop.search(drawn.photographs[0]).verdict_details.reason == "stale"


def test_hiding_every_picture_leaves_nothing_to_compare(shop: Engine, drawn) -> None:
    view = shop._live_release().view()
    vector = shop.search(drawn.photographs[0]).vector
    assert shop._searching().witness(vector, hidden=view.picture_keys.tolist()) is None


def test_what_cannot_be_promised_is_refused_and_leaves_the_earlier_rule(shop: Engine, drawn) -> None:
    shop.calibrate(drawn.queries, error=0.4)
    with pytest.raises(TooFewProducts, match="from 24"):
        shop.calibrate(drawn.queries, error=0.05)
    with pytest.raises(InvalidConfiguration, match=r"received 0\.9"):
        shop.calibrate(drawn.queries, error=0.9)
    assert shop.search(drawn.photographs[0]).verdict_details.error == 0.4


def test_photographs_that_are_not_there_are_told_where_too_few_are_left(shop: Engine, tmp_path: Path) -> None:
    queries = tmp_path / "moved.csv"
    queries.write_text("image,product_id\nnowhere.jpg,p1\nneither.jpg,p2\n", encoding="utf-8")
    with pytest.raises(TooFewProducts, match=r"; 2 could not be used, the first: .*nowhere\.jpg: there is no file"):
        shop.calibrate(queries)


def test_the_catalogues_own_pictures_are_told_as_no_photographs(store: Path, drawn, tmp_path: Path) -> None:
    with (drawn.queries.parent / "catalog.csv").open(encoding="utf-8") as file:
        first = {row["product_id"]: row["image"].split("|")[0] for row in csv.DictReader(file)}
    queries = tmp_path / "own.csv"
    rows = [f"{drawn.queries.parent / image},{product}" for product, image in first.items()]
    queries.write_text("\n".join(["image,product_id", *rows]) + "\n", encoding="utf-8")
    with lookalike.open(store) as shop:
        assert shop.calibrate(queries, error=0.4).n_leaked == len(first)
        assert shop.calibrate(drawn.queries, error=0.4).n_leaked == 0
    told = CliRunner().invoke(program, ["calibrate", str(queries), "--store", str(store), "--error", "0.4"])
    assert f"{len(first)} of these photographs are all but the same" in told.output


def test_a_golden_query_that_is_the_last_picture_of_its_product_shows_a_stranger(
    store: Path, drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Trials] = []

    def told(trials: Trials, **options: object) -> Fitted:
        asked.append(trials)
        return fit(trials, **options)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(calibrating, "fit", told)
    files = {hashlib.sha256(one.read_bytes()).hexdigest(): one for one in drawn.queries.parent.rglob("*.jpg")}
    with lookalike.open(store) as shop:
        views = [one for one in shop.make_golden().golden.queries if one.kind == "view" and len(one.answers) == 1]
        shop.calibrate(golden="default", error=0.4)
        product = views[0].answers[0]
        shop.delete_product(product)
        shop.put_product(ProductDraft(product, (VariantDraft(None, {}, (files[views[0].picture].read_bytes(),)),)))
        shop.calibrate(golden="default", error=0.4)
    before, after = asked
    assert before.known.all()
    assert (len(after), int((~after.known).sum())) == (len(before), 1)


def test_the_command_line_calibrates_and_tells_the_verdict(store: Path, drawn) -> None:
    runner = CliRunner()
    refused = runner.invoke(program, ["calibrate", str(drawn.queries), "--store", str(store)])
    assert isinstance(refused.exception, TooFewProducts)
    done = runner.invoke(program, ["calibrate", str(drawn.queries), "--store", str(store), "--error", "0.4", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["error"] == document["absent_error"] == 0.4
    assert {"false_same", "same_kept", "false_absent", "absent_found", "curve"} <= set(document["measured"])
    told = runner.invoke(program, ["calibrate", str(drawn.queries), "--store", str(store), "--error", "0.4"])
    assert "promised: 40.0%" in told.output
    for thresholds, words in (
        (Thresholds(-1e9, -1e9, 6), "same item"),
        (Thresholds(1e9, -1e9, 6), "similar"),
        (Thresholds(1e9, 1e9, 6), "not in this catalogue"),
    ):
        adjust(store, pooled=thresholds)
        found = runner.invoke(program, ["search", str(drawn.photographs[0]), "--store", str(store)])
        assert words in found.output
        assert "  1  " in found.output


def test_http_answers_with_the_verdict_and_its_details(store: Path, drawn) -> None:
    import asyncio

    import httpx

    from lookalike.serve import create_app

    async def asked(shop: Engine) -> dict:
        transport = httpx.ASGITransport(create_app(shop))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            found = await client.post("/v1/search", files={"image": drawn.photographs[0].read_bytes()})
        return found.json()

    with lookalike.open(store) as shop:
        shop.calibrate(drawn.queries, error=0.4)
        adjust(store, pooled=Thresholds(1e9, 1e9, 6))
        answer = asyncio.run(asked(shop))
    assert answer["verdict"] == "absent"
    assert answer["verdict_details"]["error"] == 0.4
    assert answer["hits"]
