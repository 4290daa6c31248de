"""What shoppers did is kept, used, shown, given out, switched off, and erased without a trace."""

from __future__ import annotations

import asyncio
import csv
import json
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from click.testing import CliRunner

from lookalike.catalog.pseudonyms import Pseudonyms
from lookalike.cli.program import program
from lookalike.compose import open_engine
from lookalike.engine import personal
from lookalike.errors import InvalidQuery
from lookalike.serve import ServeSettings, create_app


def run(*arguments: object) -> Any:
    done = CliRunner().invoke(program, [*map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def write_log(path: Path, rows: Iterable[tuple[str, str, str, object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["shopper", "product_id", "kind", "time"])
        writer.writerows(rows)
    return path


def crowd(n_shoppers: int, seed: int = 1) -> list[tuple[str, str, str, object]]:
    """Shoppers who each like one of four groups of ten products."""
    generator = np.random.default_rng(seed)
    rows: list[tuple[str, str, str, object]] = []
    for shopper in range(n_shoppers):
        group = generator.integers(4)
        at = 1_700_000_000 + int(generator.integers(5_000_000))
        for step, product in enumerate(generator.permutation(10)[: generator.integers(3, 8)]):
            rows.append((f"shopper-{shopper}", f"group{group}-{product}", "view", at + 60 * step))
    return sorted(rows, key=lambda row: int(str(row[3])))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_log(tmp_path / "log.csv", crowd(260))


def test_an_import_counts_rejects_by_line_and_is_idempotent(tmp_path: Path) -> None:
    log = write_log(
        tmp_path / "log.csv",
        [
            ("anna", "boot", "view", "2026-03-01T09:30:00Z"),
            ("anna", "boot", "hated", "2026-03-01T09:31:00Z"),
            ("", "boot", "view", "yesterday"),
            ("anna", "scarf", "addtocart", 1_772_357_460),
        ],
    )
    first = run("events", "import", log, "--store", tmp_path / "store")
    assert (first["added"], first["known"], first["n_rejected"]) == (2, 0, 2)
    assert [one["line"] for one in first["rejected"]] == [3, 4]
    again = run("events", "import", log, "--store", tmp_path / "store")
    assert (again["added"], again["known"], again["events"]) == (0, 2, 2)


def test_what_goes_together_is_recommended_and_popularity_to_strangers(tmp_path: Path, log: Path) -> None:
    store = tmp_path / "store"
    run("events", "import", log, "--store", store)
    guest = write_log(tmp_path / "guest.csv", [("guest", f"group2-{n}", "view", 1_710_000_000 + n) for n in (0, 1)])
    run("events", "import", guest, "--store", store)
    found = run("recommend", "--shopper", "guest", "-k", 5, "--store", store)
    assert all(hit["product_id"].startswith("group2-") for hit in found["hits"])
    assert not {"group2-0", "group2-1"} & {hit["product_id"] for hit in found["hits"]}
    assert found["personal"]["basis"] == "taste"
    assert set(found["personal"]["because"]) <= {"group2-0", "group2-1"}
    stranger = run("recommend", "--shopper", "nobody", "-k", 5, "--store", store)
    assert stranger["personal"]["basis"] == "popularity"


def test_erasing_leaves_no_byte_in_any_file_of_the_store(tmp_path: Path, log: Path) -> None:
    store = tmp_path / "store"
    run("events", "import", log, "--store", store)
    secret = tmp_path / "secret.jsonl"
    lines = [
        {
            "shopper": "shopper-that-leaves",
            "product_id": f"only-met-by-her-{n}",
            "kind": "purchase",
            "time": 1_712_345_678 + n,
            "session": "her-session",
            "query": "her-query",
            "position": 3,
        }
        for n in range(200)
    ]
    secret.write_text("\n".join(json.dumps(line) for line in lines))
    run("events", "import", secret, "--store", store)
    run("events", "import", write_log(tmp_path / "more.csv", crowd(200, seed=2)), "--store", store)
    exported = run("people", "export", "shopper-that-leaves", "--store", store)
    assert len(exported["events"]) == 200
    run("recommend", "--shopper", "shopper-that-leaves", "--store", store)
    pseudonyms = {event["session"].encode() for event in exported["events"]}
    needles = [b"only-met-by-her", b"her-query", b"her-session", b"shopper-that-leaves", *pseudonyms]
    needles.append(Pseudonyms(store).shopper("shopper-that-leaves").encode())

    def traces() -> list[tuple[str, bytes]]:
        return [
            (path.name, needle)
            for path in store.rglob("*")
            if path.is_file()
            for needle in needles
            if needle in path.read_bytes()
        ]

    assert any(needle == b"only-met-by-her" for _, needle in traces())
    assert not any(needle in (b"shopper-that-leaves", b"her-session") for _, needle in traces())
    assert run("people", "erase", "shopper-that-leaves", "--store", store) == {"erased": 200}
    assert traces() == []
    assert run("people", "show", "shopper-that-leaves", "--store", store)["events"] == 0


def test_who_switches_off_is_neither_recorded_nor_used(tmp_path: Path, log: Path) -> None:
    store = tmp_path / "store"
    run("events", "import", log, "--store", store)
    assert run("people", "off", "shopper-3", "--store", store) == {"personal": False}
    more = write_log(tmp_path / "more.csv", [("shopper-3", "group1-1", "like", 1_720_000_000)])
    assert run("events", "import", more, "--store", store)["refused"] == 1
    assert run("recommend", "--shopper", "shopper-3", "--store", store)["personal"]["on"] is False
    run("people", "on", "shopper-3", "--store", store)
    assert run("events", "import", more, "--store", store)["added"] == 1


def test_replay_finds_what_personal_results_bring_over_popularity(tmp_path: Path, log: Path) -> None:
    found = run("replay", log, "--store", tmp_path / "no-store")
    assert found["lift"]["popularity"]["recall@10"]["low"] > 0.0
    assert found["without_history"]["personal"] == found["without_history"]["off"]
    assert found["log"]["not_in_catalogue"] == found["log"]["products"]
    assert not (tmp_path / "no-store").exists()


def test_a_shared_list_tells_which_ranker_brought_what_and_clicks_are_credited(tmp_path: Path, log: Path) -> None:
    store = tmp_path / "store"
    run("events", "import", log, "--store", store)
    rows = []
    for n in range(6):
        shared = run("recommend", "--shopper", f"shopper-{n}", "-k", 6, "--against", "popularity", "--store", store)
        trial = shared["trial"]
        assert len(trial["teams"]) == len(shared["hits"]) == 6
        place = trial["teams"].index("a")
        hit = shared["hits"][place]["product_id"]
        rows.append(
            {
                "shopper": f"shopper-{n}",
                "product_id": hit,
                "kind": "view",
                "time": 1_730_000_000 + n,
                "query": trial["query"],
                "position": place + 1,
            }
        )
    clicks = tmp_path / "clicks.jsonl"
    clicks.write_text("\n".join(json.dumps(row) for row in rows))
    run("events", "import", clicks, "--store", store)
    (found,) = run("events", "credit", "--store", store)["trials"]
    assert (found["a"], found["b"], found["wins_a"], found["wins_b"]) == ("personal", "popularity", 6, 0)


def test_pairs_are_written_and_give_training_a_table(tmp_path: Path, drawn_store: Path) -> None:
    store = Path(shutil.copytree(drawn_store, tmp_path / "store"))
    with open_engine(store) as shop:
        ids = [product.product_id for product in shop.products(k=4)]
    rows = [
        (f"s{n}", product, "view", 1_700_000_000 + 1000 * n + step)
        for n in range(5)
        for step, product in enumerate(ids[:2] if n % 2 else ids[2:4])
    ]
    run("events", "import", write_log(tmp_path / "log.csv", rows), "--store", store)
    told = run("events", "pairs", "--out", tmp_path / "pairs.csv", "--table", tmp_path / "table.csv", "--store", store)
    assert told["pairs"] == 2
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert {row["product_id"] for row in table} == set(ids)
    assert len({row["pair"] for row in table}) == 2


def test_taste_bends_a_search_within_its_weight_and_says_so(
    tmp_path: Path, drawn_store: Path, drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Path(shutil.copytree(drawn_store, tmp_path / "store"))
    with open_engine(store) as shop:
        plain = shop.search(drawn.photographs[0], k=12)
        stranger = shop.search(drawn.photographs[0], k=12, shopper="nobody")
        assert [hit.product_id for hit in stranger.hits] == [hit.product_id for hit in plain.hits]
        assert stranger.personal is not None
        assert (stranger.personal.basis, stranger.personal.weight) == ("off", 0.0)
        last = plain.hits[-1].product_id
        log = write_log(tmp_path / "log.csv", [("anna", last, "purchase", 1_700_000_000 + n) for n in range(3)])
        shop.import_events(log)
        bent = shop.search(drawn.photographs[0], k=12, shopper="anna")
        assert bent.personal is not None
        assert bent.personal.basis == "taste"
        assert bent.lanes[-1] == "personal"
        assert all(sum(hit.lanes.values()) == pytest.approx(hit.similarity, abs=1e-5) for hit in bent.hits)
        first, second = (shop.search(drawn.photographs[0], k=5, offset=offset, shopper="anna") for offset in (0, 5))
        pages = [hit.product_id for hit in (*first.hits, *second.hits)]
        assert pages == [hit.product_id for hit in bent.hits][:10]
        with monkeypatch.context() as patched:
            patched.setattr(personal, "_POOL", 4)
            near = [hit.product_id for hit in shop.search(drawn.photographs[0], k=12, shopper="anna").hits]
            assert near[4:] == [hit.product_id for hit in plain.hits][4:]
            paged = [shop.search(drawn.photographs[0], k=3, offset=at, shopper="anna") for at in (0, 3, 6, 9)]
            assert [hit.product_id for page in paged for hit in page.hits] == near
            patched.setattr(personal, "MOST_HITS", 6)  # a page and what is taste's reach into two
            for k, following in ((12, None), (7, 7), (6, 6), (5, 5)):
                page = shop.search(drawn.photographs[0], k=k, shopper="anna")
                assert [hit.product_id for hit in page.hits] == near[:k]
                assert page.next_offset == following
        with pytest.raises(InvalidQuery, match="epsilon must be above 0 and finite"):
            shop.recommend("anna", k=3, epsilon=float("inf"))
        blurred = shop.recommend("anna", k=3, epsilon=1.0)
        assert blurred.personal.epsilon == 1.0
        assert blurred.hits == shop.recommend("anna", k=3, epsilon=1.0).hits


def test_events_from_the_future_are_kept_and_told(tmp_path: Path) -> None:
    now = int(time.time())
    log = write_log(
        tmp_path / "log.csv",
        [("anna", "a", "view", now - 60), ("anna", "b", "view", now + 40_000), ("anna", "c", "view", now + 900_000)],
    )
    told = CliRunner().invoke(program, ["events", "import", str(log), "--store", str(tmp_path / "store")])
    assert "1 events of the log are dated in the future" in told.output
    report = run("events", "import", log, "--store", tmp_path / "store")
    assert (report["known"], report["ahead"]) == (3, 1)


def test_a_blurred_list_leaves_nothing_out_and_shares_no_place_by_what_was_met(
    tmp_path: Path, drawn_store: Path
) -> None:
    store = Path(shutil.copytree(drawn_store, tmp_path / "store"))
    with open_engine(store) as shop:
        ids = [product.product_id for product in shop.products(k=12)]
        met = write_log(
            tmp_path / "log.csv", [("anna", one, "view", 1_700_000_000 + n) for n, one in enumerate(ids[:5])]
        )
        shop.import_events(met)
        blurred = shop.recommend("anna", k=12, epsilon=1.0)
        assert {hit.product_id for hit in blurred.hits} == set(ids)
        assert all(hit.because == () for hit in blurred.hits)
        for ranker in ("off", "cooccurrence"):
            with pytest.raises(InvalidQuery, match="goes by what the shopper met"):
                shop.recommend("anna", k=3, epsilon=1.0, against=ranker)
        shared = shop.recommend("anna", k=12, epsilon=1.0, against="popularity")
        assert {hit.product_id for hit in shared.hits} == set(ids)
        assert all(hit.because == () for hit in shared.hits)


def test_a_guessable_id_needs_the_right_to_write_and_a_random_one_is_its_own_key(
    tmp_path: Path, drawn_store: Path
) -> None:
    store = Path(shutil.copytree(drawn_store, tmp_path / "store"))
    me = "me-0123456789abcdef0123456789abcdef"

    async def asked() -> None:
        with open_engine(store) as shop:
            product = shop.products(k=1)[0].product_id
            transport = httpx.ASGITransport(create_app(shop, ServeSettings(write_token="secret")))
            async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
                event = {"shopper": "customer-7", "product_id": product, "kind": "view"}
                assert (await client.post("/v1/events", json=event)).status_code == 401
                right = {"Authorization": "Bearer secret"}
                assert (await client.post("/v1/events", json=event, headers=right)).json()["added"] == 1
                for verb in ("show", "export", "erase"):
                    refused = await client.post(f"/v1/people/{verb}", json={"shopper": "customer-7"})
                    assert refused.status_code == 401
                assert (
                    await client.post("/v1/search", json={"like": product, "shopper": "customer-7"})
                ).status_code == 401
                mine = {**event, "shopper": me, "time": "2999-01-01"}
                assert (await client.post("/v1/events", json={"events": [mine]})).json()["added"] == 1
                kept = (await client.post("/v1/people/export", json={"shopper": me})).json()
                assert kept["events"][0]["time"] < "2999"
                shown = (await client.post("/v1/people/show", json={"shopper": me})).json()
                assert (shown["shopper"], shown["products"]) == (me, [product])
                found = (await client.post("/v1/recommend", json={"shopper": me, "k": 3})).json()
                assert found["personal"]["basis"] == "taste"
                off = await client.post("/v1/people/switch", json={"shopper": me, "personal": False})
                assert off.json() == {"personal": False}
                assert (await client.post("/v1/events", json={**event, "shopper": me})).json()["refused"] == 1
                assert (await client.post("/v1/people/erase", json={"shopper": me})).json() == {"erased": 1}
                wrong = await client.post("/v1/events", json={"shopper": me, "kind": "hate", "product_id": "x"})
                assert wrong.status_code == 422
                assert "event 1: kind must be" in wrong.json()["error"]["message"]

    asyncio.run(asked())
