"""The order of answers, from rules and measurements to searches, through the engine and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from lookalike.cli.program import program
from lookalike.embed.opening import open_embedder
from lookalike.engine.engine import Engine
from lookalike.errors import UnknownColumn
from lookalike.images.seen import see
from lookalike.search.query_encoder import QueryEncoder
from lookalike.search.rank.ranking import Ranking
from lookalike.search.rank.setting import RankSetting
from lookalike.types import Box


def measured_to_help(shop: Engine, method: str) -> None:
    """Keep a setting with the live release, as if the method had been measured to help."""
    release, effect = shop.releases()[0], {"value": 0.1, "low": 0.05, "high": 0.2}
    setting = RankSetting(method, release.fingerprint, "2026-01-01", "q", 9, 9, "map@10", effect, 1.0, {})
    shop._readable().set_rank_setting(release.release_id, setting.as_dict())


def test_every_order_is_the_same_whatever_pages_it_is_read_in(shop: Engine, drawn) -> None:
    photograph = drawn.photographs[0]
    for ranking in (Ranking(rerank="dba"), Ranking(rerank="k-reciprocal"), Ranking(diverse=0.4), Ranking(sort="price")):
        whole = [hit.product_id for hit in shop.search(photograph, k=12, ranking=ranking).hits]
        paged = [
            hit.product_id
            for offset in range(0, 12, 5)
            for hit in shop.search(photograph, k=5, offset=offset, ranking=ranking).hits
        ]
        assert whole == paged
        assert len(set(whole)) == len(whole)


def test_more_views_of_a_photograph_order_by_their_mean_direction(shop: Engine, drawn) -> None:
    photograph, all_of_it = drawn.photographs[0], 300
    embedder = open_embedder()
    preprocessing = embedder.description.preprocessing

    def ordered(method: str, **asked):
        return shop.search(photograph, k=all_of_it, by="image", parts=0, ranking=Ranking(rerank=method), **asked)

    unlike = ordered("off").hits[2].product_id
    away = shop.search(like=unlike).vector
    for box, turned in ((None, None), (Box(10.0, 10.0, 200.0, 150.0), None), (None, unlike)):
        asked = {} if box is None else {"crop": box}
        asked |= {} if turned is None else {"unlike": (turned,)}
        plain, found = ordered("off", **asked), ordered("views-3", **asked)
        assert found.ranking.rerank == "views-3"
        assert found.vector is not None
        np.testing.assert_array_equal(found.vector, plain.vector)
        part = see(photograph.read_bytes(), preprocessing, box=box).part
        height, width = part.shape[:2]
        rows, columns = round(0.85 * height), round(0.85 * width)
        upper, left = (height - rows) // 2, (width - columns) // 2
        nearer = np.ascontiguousarray(part[upper : upper + rows, left : left + columns])
        views = [preprocessing.apply(one) for one in (nearer, np.ascontiguousarray(part[:, ::-1]))]
        vectors = embedder.embed(np.stack(views))
        if turned is not None:
            vectors = vectors - 0.5 * away
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        mean = found.vector + vectors.sum(axis=0)
        before, after = (
            {hit.image: hit.similarity for hit in shop.search(vector=vector, k=all_of_it, by="image").hits}
            for vector in (found.vector, mean / np.linalg.norm(mean))
        )
        plainly = {hit.image: hit.similarity for hit in plain.hits}
        for hit in found.hits:
            # Colours count as they did: only the cosine is another.
            assert hit.score == pytest.approx(plainly[hit.image] + after[hit.image] - before[hit.image], abs=1e-4)
            assert hit.similarity == plainly[hit.image]
        assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)
        assert [hit.image for hit in found.hits] != [hit.image for hit in plain.hits]


@pytest.mark.parametrize("method", ["geometric", "views-2", "views-3"])
def test_a_method_that_needs_the_photograph_is_not_said_to_be_used_without_one(
    shop: Engine, drawn, method: str
) -> None:
    measured_to_help(shop, method)
    photographed = shop.search(drawn.photographs[0], parts=0)
    assert (photographed.ranking.rerank, photographed.ranking.measured) == (method, True)
    first = photographed.hits[0].product_id
    for asked in ({"like": first}, {"vector": photographed.vector}):
        told = shop.search(**asked)
        assert (told.ranking.by, told.ranking.rerank, told.warnings) == ("similarity", None, ())
        named = shop.search(ranking=Ranking(rerank=method), **asked)
        assert named.ranking.rerank is None
        assert method in named.warnings[0]
        assert [hit.product_id for hit in named.hits] == [hit.product_id for hit in told.hits]


def test_where_a_filter_leaves_nothing_no_view_is_made(shop: Engine, drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: object) -> None:
        raise AssertionError(given)

    monkeypatch.setattr(QueryEncoder, "views", never)
    answer = shop.search(drawn.photographs[0], where="price < 0", parts=0, ranking=Ranking(rerank="views-3"))
    assert not len(answer.hits)


def test_a_sorted_answer_states_its_floor_and_keeps_to_it(shop: Engine, drawn) -> None:
    answer = shop.search(drawn.photographs[0], ranking=Ranking(sort="-price"))
    prices = [hit.attributes["price"] for hit in answer.hits]
    assert prices == sorted(prices, reverse=True)
    assert answer.ranking.floor is not None
    assert all(hit.similarity >= answer.ranking.floor for hit in answer.hits)
    with pytest.raises(UnknownColumn, match="to sort by"):
        shop.search(drawn.photographs[0], ranking=Ranking(sort="prize"))


def test_rules_move_hits_by_name_and_switch_off(shop: Engine, drawn) -> None:
    plain = [hit.product_id for hit in shop.search(drawn.photographs[0], k=12).hits]
    last = plain[-1]
    shop.set_shop_rules(
        {"rules": [{"name": "house", "action": "pin", "products": [last], "position": 2, "within": 2.0}]}
    )
    answer = shop.search(drawn.photographs[0], k=12)
    assert [hit.product_id for hit in answer.hits][1] == last
    assert answer.hits[1].rules == ("house",)
    assert answer.ranking.rules == ("house",)
    unruled = shop.search(drawn.photographs[0], k=12, ranking=Ranking(rules=False))
    assert [hit.product_id for hit in unruled.hits] == plain


def test_a_measured_method_is_used_by_the_next_search_and_told_with_the_release(shop: Engine, drawn) -> None:
    measured_to_help(shop, "dba")
    told = shop.search(drawn.photographs[0]).ranking
    assert (told.rerank, told.measured) == ("dba", True)
    assert shop.search(drawn.photographs[0], ranking=Ranking(rerank="off")).ranking.rerank is None
    listed = shop.releases()[0].ranking
    assert listed is not None
    assert listed["method"] == "dba"


def test_a_sold_out_hit_keeps_its_place_and_brings_what_is_available(shop: Engine, drawn) -> None:
    first = shop.search(drawn.photographs[0]).hits[0]
    shop.patch_product(first.product_id, {"in_stock": False})
    hit = shop.search(drawn.photographs[0]).hits[0]
    assert hit.product_id == first.product_id
    assert hit.instead is not None
    assert hit.instead.product_id != first.product_id
    assert shop.search(drawn.photographs[0], ranking=Ranking(instead=False)).hits[0].instead is None


def test_the_command_line_measures_and_keeps_what_helps_or_nothing(store: Path, drawn) -> None:
    done = CliRunner().invoke(program, ["rerank", str(drawn.queries), "--store", str(store), "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["chosen"] == "off"
    assert "expected at least 10" in document["reason"]
    assert document["kept"]
    cost = CliRunner().invoke(program, ["rules", "cost", str(drawn.queries), "--store", str(store), "--json"])
    assert cost.exit_code == 0, cost.output
    assert json.loads(cost.stdout)["touched"] == 0.0
