"""What is remembered of photographs that were turned away: nothing unless switched on, then little, and erasable."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from lookalike.catalog.catalog import Catalog
from lookalike.cli.program import program
from lookalike.compose import open_engine
from lookalike.engine.engine import Engine
from lookalike.search.rule import Rule, Thresholds
from lookalike.serve import ServeSettings, create_app
from lookalike.settings import Settings


@pytest.fixture
def store(drawn_store: Path, tmp_path: Path, drawn) -> Path:
    """A store whose every photograph is told "not in this catalogue"."""
    folder = Path(shutil.copytree(drawn_store, tmp_path / "store"))
    with opened(folder) as shop:
        shop.calibrate(drawn.queries, error=0.4)
    with Catalog.open(folder) as catalog:
        rule = Rule.from_dict(catalog.calibration("r1") or {})
        assert rule is not None
        catalog.set_calibration("r1", replace(rule, pooled=Thresholds(1e9, 1e9, 6), categories={}).as_dict())
    return folder


def opened(folder: Path, **given: object) -> Engine:
    return open_engine(settings=Settings(store=folder, **given))  # pyright: ignore[reportArgumentType]


def test_nothing_is_remembered_unless_it_was_switched_on(store: Path, drawn) -> None:
    with opened(store) as shop:
        assert shop.search(drawn.photographs[0]).verdict == "absent"
        assert shop.demand().photographs == 0


def test_vectors_alone_are_kept_where_pictures_were_not_switched_on(store: Path, drawn) -> None:
    with opened(store, remember_unmet=True) as shop:
        for photograph in drawn.photographs:
            shop.search(photograph)
        shop.search(drawn.photographs[0], k=3, offset=3)
        shop.search(drawn.photographs[0], k=3, where="price > 0")  # refined: the same one, asked about again
        shop.search(like=shop.products(k=1)[0].product_id)
        found = shop.demand()
        assert found.photographs == len(drawn.photographs)
        assert sum(one.size for one in found.clusters) == found.photographs
        assert all(one.examples == () and len(one.nearest) == 3 for one in found.clusters)
        assert shop.erase_demand() == found.photographs
        assert shop.demand().clusters == ()


def test_where_nothing_can_be_written_photographs_are_answered_and_not_remembered(
    store: Path, drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.catalog.sqlite.is_writable", lambda _: False)
    with opened(store, remember_unmet=True) as shop:
        assert shop.search(drawn.photographs[0]).verdict == "absent"


def test_questions_of_a_measurement_are_nobodys_demand(store: Path, drawn) -> None:
    with opened(store, remember_unmet=True, keep_unmet_pictures=True) as shop:
        shop.make_golden(drawn.queries, name="asked")
        found = shop.evaluate(drawn.queries)
        shop.report(found, drawn.queries)
        shop.report(shop.evaluate(golden="asked"), shop.golden_path("asked"), golden="asked")
        shop.rules_cost(drawn.queries)
        assert shop.demand().photographs == 0


def test_only_both_switches_together_keep_pictures(store: Path) -> None:
    for remember, pictures in ((False, False), (True, False), (False, True), (True, True)):
        with opened(store, remember_unmet=remember, keep_unmet_pictures=pictures) as shop:
            assert shop.keeps_unmet_pictures is (remember and pictures)


def test_the_report_and_its_pictures_are_for_those_who_may_write(store: Path, drawn) -> None:
    async def asked(shop: Engine) -> None:
        transport = httpx.ASGITransport(create_app(shop, ServeSettings(write_token="secret")))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            right = {"Authorization": "Bearer secret"}
            for path in ("/v1/demand", "/v1/demand/pictures/1"):
                assert (await client.get(path)).status_code == 401
            assert (await client.delete("/v1/demand")).status_code == 401
            report = (await client.get("/v1/demand?likeness=0.01", headers=right)).json()
            key = report["clusters"][0]["examples"][0]
            picture = await client.get(f"/v1/demand/pictures/{key}", headers=right)
            assert picture.headers["content-type"] == "image/jpeg"
            assert picture.headers["cache-control"] == "no-store"
            assert len(picture.content) > 500
            assert (await client.get("/v1/demand/pictures/999", headers=right)).status_code == 404
            assert (await client.delete("/v1/demand", headers=right)).json() == {"erased": 1}
            assert (await client.get(f"/v1/demand/pictures/{key}", headers=right)).status_code == 404

    with opened(store, remember_unmet=True, keep_unmet_pictures=True) as shop:
        shop.search(drawn.photographs[0].read_bytes())
        asyncio.run(asked(shop))


def test_the_command_line_tells_and_erases(store: Path, drawn) -> None:
    with opened(store, remember_unmet=True) as shop:
        shop.search(drawn.photographs[0])
    runner = CliRunner()
    told = runner.invoke(program, ["demand", "--store", str(store)])
    assert "1 photographs told" in told.output
    assert "LOOKALIKE_REMEMBER_UNMET" in told.output
    document = json.loads(runner.invoke(program, ["demand", "--store", str(store), "--json"]).stdout)
    assert document["clusters"][0]["size"] == 1
    erased = runner.invoke(program, ["demand", "--store", str(store), "--erase", "--json"])
    assert json.loads(erased.stdout) == {"erased": 1}
