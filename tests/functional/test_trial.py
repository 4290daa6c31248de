"""A change of the search is tried on real traffic: searches are shared, clicks credited, the better way found."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from commands import ask, run
from lookalike.compose import open_engine
from lookalike.engine import trials
from lookalike.engine.engine import Engine
from lookalike.errors import ImageRejected, InvalidQuery, ModelError, NotFound, StoreDamaged, UnknownColumn
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.search.answer import Answer
from lookalike.search.people import trial
from lookalike.search.people.trial import Trial
from lookalike.search.query import Query
from lookalike.search.rank.ranking import Ranking
from lookalike.search.searcher import Searcher
from lookalike.serve import ServeSettings, create_app
from lookalike.sources.event import Event
from lookalike.types import ProductId

CHANGE = "rules=off"
"""The shop of these tests buries every second product: without its rules, what is most alike comes first."""


@pytest.fixture
def store(drawn_store: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(drawn_store, tmp_path / "store"))
    with open_engine(folder) as shop:
        every_second = [product.product_id for product in shop.products(k=100)][::2]
        shop.set_shop_rules({"rules": [{"name": "away", "action": "bury", "products": every_second}]})
    return folder


@pytest.fixture
def shop(store: Path) -> Iterator[Engine]:
    with open_engine(store) as engine:
        yield engine


@pytest.fixture
def tried(drawn_store: Path, other_model: Path, tmp_path: Path) -> Iterator[Engine]:
    """A shop with a second release, `r2`, whose model (a file of this test's own) sees nothing but colours."""
    folder = Path(shutil.copytree(drawn_store, tmp_path / "store"))
    with open_engine(folder, model=str(shutil.copy(other_model, tmp_path / "quarters.onnx"))) as builder:
        assert builder.build_release().release_id == "r2"
    with open_engine(folder) as engine:
        yield engine


def teams_of(answer: Answer) -> Sequence[str | None]:
    assert answer.trial is not None
    return answer.trial.teams


def ids(answer: Answer) -> list[str]:
    return [hit.product_id for hit in answer.hits]


def test_a_shared_list_says_which_way_brought_each_hit_and_pages_go_on_with_it(shop: Engine, drawn) -> None:
    photograph = drawn.photographs[0]
    plain = ids(shop.search(photograph, k=10))
    changed = ids(shop.search(photograph, k=10, ranking=Ranking(rules=False)))
    assert plain != changed
    shared = shop.search(photograph, k=10, against=CHANGE)
    assert shared.trial is not None
    assert (shared.trial.a, shared.trial.b, shared.ranking.by) == ("live", CHANGE, "trial")
    shown: list[str] = []
    for product, team in zip(ids(shared), shared.trial.teams, strict=True):
        own = [one for one in (changed if team == "b" else plain) if one not in shown]
        assert product == own[0]
        shown.append(product)
    pages = [shop.search(photograph, k=4, offset=offset, against=CHANGE) for offset in (0, 4, 8)]
    assert [product for page in pages for product in ids(page)][:10] == ids(shared)
    assert [one.trial.nonce for one in pages if one.trial] == [shared.trial.nonce] * 3
    assert ids(shop.search(photograph, k=10, against=CHANGE)) == ids(shared)
    everything = shop.search(photograph, k=200, against=CHANGE)
    assert len(everything.hits) == shop.counts().products
    assert everything.next_offset is None


def test_hits_beyond_the_longest_shared_list_have_no_team(shop: Engine, drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "MOST_DRAFTED", 4)
    monkeypatch.setattr(trial, "MOST_DRAFTED", 4)
    found = shop.search(drawn.photographs[0], k=12, against=CHANGE)
    second = shop.search(drawn.photographs[0], k=3, offset=6, against=CHANGE)
    assert found.trial is not None
    assert second.trial is not None
    teams = found.trial.as_dict()["teams"]
    assert len(teams) == len(found.hits) > 4
    assert set(teams[4:]) == {None}
    assert second.trial.as_dict()["teams"] == [None] * 3
    assert Trial.read(found.trial.query).teams == found.trial.teams[:4]
    assert second.trial.query == found.trial.query


def test_where_both_ways_agree_the_answer_is_the_plain_one(shop: Engine, drawn) -> None:
    plain = shop.search(drawn.photographs[0], k=5)
    shared = shop.search(drawn.photographs[0], k=5, against="personal=off")
    assert shared.trial is None
    assert (shared.hits, shared.ranking) == (plain.hits, plain.ranking)


def test_words_and_products_are_shared_like_photographs(shop: Engine) -> None:
    title = shop.products(k=1)[0].variants[0].attributes["title"]
    for asked in ({"text": str(title)}, {"like": shop.products(k=1)[0].product_id}):
        assert shop.search(**asked, k=8, against=CHANGE).trial is not None


def test_excluded_products_stay_out_of_a_shared_list(shop: Engine, drawn) -> None:
    photograph = drawn.photographs[0]
    away = ids(shop.search(photograph, k=1))
    found = shop.search(photograph, unlike=away, k=12, against=CHANGE)
    assert found.trial is not None
    assert not set(away) & set(ids(found))


def test_a_search_names_what_is_missing_whichever_part_of_it_asked(shop: Engine, drawn) -> None:
    for asked, what in (
        ({"unlike": ("nobody",)}, "product 'nobody' with a picture"),
        ({"against": "release=r9"}, "release 'r9'"),
    ):
        with pytest.raises(NotFound) as missing:
            shop.search(drawn.photographs[0], **asked)
        assert missing.value.what == what


def test_what_cannot_be_tried_is_refused(shop: Engine, drawn) -> None:
    with pytest.raises(InvalidQuery, match="way of answering"):
        shop.start_trial("better")
    with pytest.raises(InvalidQuery, match="twice"):
        shop.start_trial(CHANGE, a=CHANGE)
    with pytest.raises(InvalidQuery, match="second way"):
        shop.start_trial("rules=off", a="release=r1")
    with pytest.raises(NotFound):
        shop.start_trial("release=r9")
    for same in (
        "personal=on",
        "rules=on",
        "rerank=auto",
        "rerank=off",
        "diverse=0",
        "release=r1",
        "rules=on,diverse=0",
    ):
        with pytest.raises(InvalidQuery, match="'live' does"):
            shop.start_trial(same)
    with pytest.raises(InvalidQuery, match="'rules=off' does"):
        shop.start_trial("rules=off,personal=on", a="rules=off")
    with pytest.raises(InvalidQuery, match="one order"):
        shop.search(drawn.photographs[0], against="rules=off", ranking=Ranking(sort="price"))


def test_a_trial_leaves_measurements_and_questions_about_the_order_alone(shop: Engine, drawn) -> None:
    shop.start_trial(CHANGE)
    photograph = drawn.photographs[0]
    assert shop.search(photograph).trial is None  # who measures asks so
    assert shop.search(photograph, against="trial").trial is not None
    for ranking in (Ranking(sort="price"), Ranking(rerank="dba"), Ranking(diverse=0.1)):
        assert shop.search(photograph, against="trial", ranking=ranking).trial is None
    shop.stop_trial()
    assert shop.search(photograph, against="trial").trial is None


def setting_of(shop: Engine, method: str) -> dict[str, object]:
    """As if that method of re-ranking had been measured to help."""
    return {
        "method": method, "fingerprint": shop.model.fingerprint, "measured_on": "now", "golden": "x", "queries": 1,
        "answers": 1, "metric": "map@10", "effect": {}, "milliseconds": 1.0, "measured": {},
    }  # fmt: skip


def test_the_photograph_is_looked_at_once_unless_the_second_way_looks_at_its_places(
    shop: Engine, drawn, asked: list[Query]
) -> None:
    answer = shop.search(drawn.photographs[0], parts=0, against=CHANGE)
    shop.search(drawn.photographs[0], parts=0, against="rerank=geometric")
    shop.search(drawn.photographs[0], parts=0, against="rerank=views-2")
    shop._readable().set_rank_setting(answer.release, setting_of(shop, "geometric"))
    shop.search(drawn.photographs[0], parts=0, against=CHANGE)
    seconds = [query for query in asked if not query.ranking.rules or query.ranking.rerank in ("geometric", "views-2")]
    assert [query.image is None for query in seconds] == [True, False, False, False]


def test_a_trial_pauses_while_live_means_something_else(shop: Engine, drawn) -> None:
    shop.start_trial(CHANGE)
    release = shop.search(drawn.photographs[0]).release
    shop._readable().set_rank_setting(release, setting_of(shop, "dba"))
    assert shop.trial() is None
    assert shop.search(drawn.photographs[0], against="trial").trial is None
    shop.forget_rerank()
    assert shop.trial() is not None


def test_what_differs_from_live_follows_what_is_live(shop: Engine, drawn) -> None:
    shop._readable().set_rank_setting(shop.search(drawn.photographs[0]).release, setting_of(shop, "dba"))
    with pytest.raises(InvalidQuery, match="'live' does"):
        shop.start_trial("rerank=dba")
    assert shop.start_trial("rerank=off").b == "rerank=off"


def act(shop: Engine, shopper: str, answer: Answer, choose: Callable[[Answer], int]) -> None:
    """One event of a shopper on a list that was shown."""
    assert answer.trial is not None
    place = choose(answer)
    event = Event(
        shopper, ProductId(answer.hits[place].product_id), "view", 1_700_000_000.0 + place,
        query=answer.trial.query, position=place + 1,
    )  # fmt: skip
    shop.record_events([event])


def test_the_way_that_shows_what_is_alike_is_found_better_where_people_want_that(shop: Engine, drawn) -> None:
    shop.start_trial(CHANGE)

    def most_alike(answer: Answer) -> int:
        assert answer.trial is not None
        free = [place for place, team in enumerate(answer.trial.teams) if team is not None]
        return max(free, key=lambda place: answer.hits[place].similarity)

    for number, photograph in enumerate(drawn.photographs):
        for shopper in ("anna", "ben"):
            act(shop, f"{shopper}-{number}", shop.search(photograph, k=8, shopper=shopper, against="trial"), most_alike)
    (found,) = shop.credits()
    assert (found.trial.number, found.says, found.shoppers) == (1, "b", 2 * len(drawn.photographs))
    assert found.credit.high < 0.5
    assert found.credit.p_value < 0.01
    assert found.credit.p_any_time < 0.05


def test_clicks_count_once_a_question_and_are_erased_with_the_shopper(shop: Engine, drawn) -> None:
    answer = shop.search(drawn.photographs[0], k=8, shopper="anna", against=CHANGE)
    assert answer.trial is not None
    second = answer.trial.teams.index("b")
    for _ in range(3):
        act(shop, "anna", shop.search(drawn.photographs[0], k=8, shopper="anna", against=CHANGE), lambda _: second)
    (found,) = shop.credits()
    assert (found.trial, found.credit.a, found.credit.b, found.says) == (None, 0, 1, "undecided")
    shop.erase_shopper("anna")
    assert shop.credits() == ()
    files = [path for path in shop._folder.rglob("*") if path.is_file()]
    assert not any(answer.trial.nonce.encode() in path.read_bytes() for path in files)


def test_events_on_trials_that_never_were_are_no_votes(shop: Engine) -> None:
    product = shop.products(k=1)[0].product_id
    shop.record_events([Event("eve", product, "view", 1.7e9, query="trial.live.rules=off.ab.f00.7", position=1)])
    assert shop.credits() == ()


def test_votes_go_to_the_way_that_brought_the_hit_though_the_list_has_changed(shop: Engine, drawn) -> None:
    def shown_to(shopper: str) -> Answer:
        return shop.search(drawn.photographs[0], k=8, shopper=shopper, against=CHANGE)

    # Who brings which hit is drawn by the store's own key: of twenty shoppers, some see a place change hands.
    shoppers = [f"anna-{number}" for number in range(20)]
    before = {shopper: shown_to(shopper) for shopper in shoppers}
    first = ids(next(iter(before.values())))
    shop.set_shop_rules({"rules": [{"name": "away", "action": "bury", "products": first[:3]}]})
    after = {shopper: shown_to(shopper) for shopper in shoppers}
    changed = [
        (shopper, place, one, other)
        for shopper in shoppers
        for place, (one, other) in enumerate(zip(teams_of(before[shopper]), teams_of(after[shopper]), strict=True))
        if one is not None and other is not None and one != other
    ]
    shopper, place, one, other = changed[0]
    for answer in (before[shopper], after[shopper]):
        act(shop, shopper, answer, lambda _: place)
    (found,) = shop.credits()
    assert {one, other} == {"a", "b"}
    assert (found.credit.a, found.credit.b, found.credit.ties) == (1, 1, 0)


def test_a_page_and_its_list_are_one_question(shop: Engine, drawn) -> None:
    for k in (4, 8):
        answer = shop.search(drawn.photographs[0], k=k, shopper="anna", against=CHANGE)
        assert answer.trial is not None
        act(shop, "anna", answer, lambda shown: shown.trial.teams.index("b"))
    (found,) = shop.credits()
    assert (found.credit.a, found.credit.b, found.credit.ties) == (0, 1, 0)


def test_another_release_may_share_the_list(tried: Engine, drawn) -> None:
    photograph = drawn.photographs[0]
    plain = ids(tried.search(photograph, k=8))
    tried.start_trial("release=r2")
    shared = tried.search(photograph, k=8, against="trial")
    assert shared.trial is not None
    assert (shared.trial.b, shared.release) == ("release=r2", "r1")
    tried.promote("r2", force=True, reason="to ask it")
    other = ids(tried.search(photograph, k=8))
    assert other != plain
    shown: list[str] = []
    for product, team in zip(ids(shared), shared.trial.teams, strict=True):
        assert product == next(one for one in (other if team == "b" else plain) if one not in shown)
        shown.append(product)
    assert tried.trial() is None  # what was tried is live


def test_a_second_way_that_cannot_answer_costs_nobody_an_answer(
    tried: Engine, drawn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    photograph = drawn.photographs[0]
    tried.put_product(ProductDraft("late", (VariantDraft(None, {}, (photograph.read_bytes(),)),)))
    tried.start_trial("release=r2")
    plain = tried.search(like="late", k=4)
    for _ in range(2):
        found = tried.search(like="late", k=4, against="trial")
        assert found.trial is None
        assert (ids(found), found.ranking) == (ids(plain), plain.ranking)
    assert [(one.way, one.error, one.searches) for one in tried.credits()[0].failures] == [("b", "NotFound", 2)]
    (told,) = [record.message for record in caplog.records if "second way" in record.message]
    assert "trial=1 error=NotFound: product 'late' has no vector in release r2" in told
    with pytest.raises(NotFound, match="no vector in release r2"):
        tried.search(like="late", against="release=r2")
    (tmp_path / "quarters.onnx").unlink()
    assert ids(tried.search(photograph, k=4, against="trial")) == ids(tried.search(photograph, k=4))
    with pytest.raises(ModelError):
        tried.search(photograph, against="release=r2")
    with pytest.raises(ImageRejected):
        tried.search(b"no picture", against="trial")


@pytest.fixture
def blind(tried: Engine, tmp_path: Path) -> Iterator[Engine]:
    """The same shop with `r2` live, the model of which is gone: photographs cannot be answered."""
    tried.promote("r2", force=True, reason="to be without it")
    (tmp_path / "quarters.onnx").unlink()
    with open_engine(tmp_path / "store") as engine:
        yield engine


def test_a_first_way_that_cannot_answer_costs_nobody_an_answer_and_the_shop_is_told(
    blind: Engine, drawn, caplog: pytest.LogCaptureFixture
) -> None:
    photograph = drawn.photographs[0]
    blind.start_trial("release=r1")
    for refused in (None, "release=r1"):  # whoever names a way wants to know
        with pytest.raises(ModelError):
            blind.search(photograph, against=refused)
    other = blind._searching_in("r1").search(Query(image=photograph, k=8))
    pages = [blind.search(photograph, k=4, offset=offset, against="trial") for offset in (0, 4)]
    assert [product for page in pages for product in ids(page)] == ids(other)
    assert [(page.trial, page.release, page.vector) for page in pages] == [(None, "r1", None)] * 2
    # What is wrong with a question is no failure of a way.
    for wrong, asked in (
        (ImageRejected, {"image": b"no picture"}),
        (NotFound, {"like": "nobody"}),
        (UnknownColumn, {"image": photograph, "where": "nowhere = 1"}),
    ):
        with pytest.raises(wrong):
            blind.search(**asked, against="trial")
    (report,) = blind.credits()
    (failure,) = report.failures
    assert (failure.way, failure.error, failure.searches, "quarters" in failure.message) == (
        "a", "UnknownModel", 2, True,
    )  # fmt: skip
    assert len([record for record in caplog.records if "trial's first way" in record.message]) == 1
    shown = ask("trial", "show", "--store", blind._folder)
    assert shown["trials"][0]["failures"] == [failure.as_dict()]
    assert "live could not answer 2 searches, last 20" in run("trial", "show", "--store", blind._folder).stdout


def test_where_both_ways_fail_a_search_is_answered_as_without_a_trial(
    tried: Engine, drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photograph = drawn.photographs[0]
    tried.start_trial("release=r2", a="rerank=dba")
    (tmp_path / "quarters.onnx").unlink()
    search = Searcher.search

    def failing(self: Searcher, query: Query) -> Answer:
        if query.ranking.rerank == "dba":
            raise StoreDamaged("no neighbours")
        return search(self, query)

    monkeypatch.setattr(Searcher, "search", failing)
    plain, found = tried.search(photograph, k=4), tried.search(photograph, k=4, against="trial")
    assert (ids(found), found.trial, found.release) == (ids(plain), None, "r1")
    assert found.vector is not None
    (report,) = tried.credits()
    assert [(one.way, one.error, one.searches) for one in report.failures] == [
        ("a", "StoreDamaged", 1),
        ("b", "UnknownModel", 1),
    ]


def test_where_nobody_is_left_to_answer_the_error_stands_and_both_failures_are_on_record(
    tried: Engine, drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried.start_trial("rerank=dba")

    def failing(self: Searcher, query: Query) -> Answer:
        raise StoreDamaged("no neighbours")

    monkeypatch.setattr(Searcher, "search", failing)
    with pytest.raises(StoreDamaged, match="no neighbours"):
        tried.search(drawn.photographs[0], k=4, against="trial")
    (report,) = tried.credits()
    assert [(one.way, one.error, one.searches) for one in report.failures] == [
        ("a", "StoreDamaged", 1),
        ("b", "StoreDamaged", 1),
    ]


def test_failures_that_wait_to_be_written_are_written_when_the_shop_is_closed(
    blind: Engine, drawn, tmp_path: Path
) -> None:
    blind.start_trial("release=r1")
    for _ in range(3):
        blind.search(drawn.photographs[0], k=4, against="trial")
    blind.close()
    with open_engine(tmp_path / "store") as shop:
        assert [one.searches for one in shop.credits()[0].failures] == [3]


def test_a_trial_of_a_release_that_is_gone_takes_part_in_nothing(tried: Engine, drawn) -> None:
    tried.start_trial("release=r2")
    assert tried.search(drawn.photographs[0], k=8, against="trial").trial is not None
    tried.drop_release("r2")
    assert tried.trial() is None
    assert tried.search(drawn.photographs[0], k=8, against="trial").trial is None
    shown = ask("trial", "show", "--store", tried._folder)
    assert (shown["running"], shown["trials"][0]["ended"]) == (None, None)
    assert "or the tried release is gone" in run("trial", "show", "--store", tried._folder).stdout


def test_the_commands_start_show_and_stop_a_trial(store: Path, drawn) -> None:
    assert ask("trial", "show", "--store", store) == {"running": None, "trials": []}
    started = ask("trial", "start", CHANGE, "--store", store)
    assert (started["trial"], started["a"], started["b"], started["ended"]) == (1, "live", CHANGE, None)
    found = ask("search", drawn.photographs[0], "--against", "trial", "--store", store)
    assert len(found["trial"]["teams"]) == len(found["hits"])
    assert {"a", "b"} <= set(found["trial"]["teams"])
    shown = ask("trial", "show", "--store", store)
    assert shown["running"] == started
    (report,) = shown["trials"]
    assert (report["questions"], report["says"], report["p_value"]) == (0, "undecided", 1.0)
    assert ask("events", "credit", "--store", store)["trials"] == [report]
    assert ask("trial", "stop", "--store", store) == {"stopped": True}
    assert ask("trial", "stop", "--store", store) == {"stopped": False}


def test_the_server_shares_lists_credits_events_and_lets_only_writers_choose(store: Path, drawn) -> None:
    me = "me-0123456789abcdef0123456789abcdef"
    right = {"Authorization": "Bearer secret"}

    async def asked() -> None:
        with open_engine(store) as shop:
            transport = httpx.ASGITransport(create_app(shop, ServeSettings(write_token="secret")))
            async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
                for method in ("GET", "PUT", "DELETE"):
                    assert (await client.request(method, "/v1/trial")).status_code == 401
                photograph = {"image": ("photo.jpg", drawn.photographs[0].read_bytes())}
                assert "trial" not in (await client.post("/v1/search", files=photograph)).json()
                started = await client.put("/v1/trial", json={"b": CHANGE}, headers=right)
                assert started.json()["b"] == CHANGE
                found = (await client.post("/v1/search", files=photograph, data={"shopper": me})).json()
                place = found["trial"]["teams"].index("a")
                event = {
                    "shopper": me, "product_id": found["hits"][place]["product_id"], "kind": "view",
                    "query": found["trial"]["query"], "position": place + 1,
                }  # fmt: skip
                assert (await client.post("/v1/events", json=event)).json()["added"] == 1
                told = (await client.get("/v1/trial", headers=right)).json()
                assert told["running"]["trial"] == 1
                assert (told["trials"][0]["wins_a"], told["trials"][0]["shoppers"]) == (1, 1)
                assert told["trials"][0]["failures"] == []
                off = await client.post("/v1/search", files=photograph, data={"against": "off"})
                assert "trial" not in off.json()
                stranger = await client.post("/v1/search", files=photograph, data={"against": "rules=off"})
                assert stranger.status_code == 401
                wrong = await client.post("/v1/search", files=photograph, data={"against": "x"}, headers=right)
                assert wrong.status_code == 422
                bad = await client.put("/v1/trial", json={"b": CHANGE, "c": 1}, headers=right)
                assert "unknown field(s) c" in json.dumps(bad.json())
                for body, said in (({"a": None, "b": CHANGE}, "a, the way"), ({"a": "live"}, "needs b")):
                    refused = await client.put("/v1/trial", json=body, headers=right)
                    assert (refused.status_code, said in refused.json()["error"]["message"]) == (422, True)
                gone = await client.put("/v1/trial", json={"b": "release=r9"}, headers=right)
                declared = (await client.get("/openapi.json")).json()["paths"]["/v1/trial"]["put"]["responses"]
                assert gone.status_code == 404
                assert "404" in declared
                assert (await client.delete("/v1/trial", headers=right)).json() == {"stopped": True}
                liked = (await client.post("/v1/recommend", json={"shopper": me, "k": 4, "against": "off"})).json()
                assert (liked["trial"]["a"], liked["trial"]["b"]) == ("personal", "off")
                assert (await client.post("/v1/recommend", json={"against": "dice"})).status_code == 422

    asyncio.run(asked())
