"""The gate: a damaged model is refused, an equal one is not, a better one passes; by command, in Python and over HTTP.

Models are real ONNX files made of the packaged one: its weights under noise, or the same weights saved again.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

import lookalike
from commands import run
from lookalike.errors import GoldenSetUnusable, InvalidQuery, NotFound, PromotionRefused
from lookalike.images.regions import encode_jpeg
from lookalike.ingest.draft import ProductDraft, VariantDraft
from lookalike.ingest.progress import Progress
from serving import serving

PACKAGED = Path(lookalike.__file__).parent / "embed" / "models" / "lite0"


def model_folder(folder: Path, name: str, *, noise: float) -> Path:
    """The packaged model under another name, every convolution's weights moved by `noise` of their deviation."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(PACKAGED / "model.onnx"))
    generator = np.random.default_rng(0)
    for weights in graph.graph.initializer:
        if noise and len(weights.dims) == 4:
            values = numpy_helper.to_array(weights)
            moved = values + generator.normal(0, noise * values.std(), values.shape).astype(values.dtype)
            weights.CopyFrom(numpy_helper.from_array(moved, weights.name))
    graph.doc_string = f"{name}, made for a test"
    target = folder / name
    target.mkdir()
    data = graph.SerializeToString()
    (target / "model.onnx").write_bytes(data)
    description = json.loads((PACKAGED / "description.json").read_text(encoding="utf-8"))
    description |= {"name": name, "weights_sha256": hashlib.sha256(data).hexdigest()}
    (target / "description.json").write_text(json.dumps(description), encoding="utf-8")
    return target


@dataclass(frozen=True)
class Shop:
    """Stores of the drawn catalogue with further releases.

    Attributes:
        sound: live is the packaged model (r1); r2 is damaged, r3 is the packaged one saved again.
        damaged: live is the damaged model (r1); r2 is the packaged one.
        model: folder of the damaged model.
    """

    sound: Path
    damaged: Path
    model: Path


@pytest.fixture(scope="module")
def made(drawn, drawn_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("gate")
    damaged, again = model_folder(folder, "damaged", noise=2.0), model_folder(folder, "again", noise=0.0)
    sound, poor = shutil.copytree(drawn_store, folder / "sound"), folder / "poor"
    program = (
        "import sys, lookalike; from lookalike.compose import open_engine;"
        "sound, poor, damaged, again, catalog = sys.argv[1:];"
        "[open_engine(sound, model=m).build_release() for m in (damaged, again)];"
        "open_engine(poor, model=damaged).index(catalog);"
        "open_engine(poor, model='lite0').build_release()"
    )
    subprocess.run([sys.executable, "-c", program, sound, poor, damaged, again, drawn.catalog], check=True)
    return Shop(sound, poor, damaged)


@pytest.fixture
def sound(made: Shop, tmp_path: Path) -> Path:
    return shutil.copytree(made.sound, tmp_path / "store")


@pytest.fixture
def poor(made: Shop, tmp_path: Path) -> Path:
    return shutil.copytree(made.damaged, tmp_path / "poor-store")


def test_the_command_refuses_a_damaged_model_and_says_why(sound: Path) -> None:
    done = run("promote", "r2", "--store", sound, "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "r2 is not promoted, because it measures worse: mrr@10" in done.stderr
    assert "--force" in done.stderr
    told = json.loads(run("releases", "--history", "--store", sound, "--json").stdout)
    assert [release["live"] for release in told["releases"]] == [True, False, False]
    refusal = told["promotions"][-1]
    assert (refusal["kind"], refusal["from"], refusal["to"]) == ("refused", "r1", "r2")
    assert refusal["gate"]["refused"] is True
    assert refusal["gate"]["difference"]["high"] < 0


def test_the_command_promotes_an_equal_model_and_rolls_back(sound: Path) -> None:
    done = run("promote", "r3", "--store", sound, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["live"], told["previous"], told["forced"]) == ("r3", "r1", False)
    assert told["gate"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert told["gate"]["refused"] is False
    with lookalike.open(sound) as shop:
        picture = encode_jpeg(np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8), 90)
        shop.put_product(ProductDraft("new", (VariantDraft(None, {}, (picture,)),)))
    back = run("rollback", "--store", sound, "--json")
    assert json.loads(back.stdout) == {"live": "r1", "previous": "r3", "missing": 1}


def test_the_command_promotes_a_better_model(poor: Path) -> None:
    done = run("promote", "r2", "--store", poor, "--json")
    assert done.returncode == 0, done.stderr
    gate = json.loads(done.stdout)["gate"]
    assert gate["difference"]["low"] > 0
    assert gate["candidate_value"]["value"] > gate["live_value"]["value"]


def test_a_live_release_whose_model_is_gone_can_be_replaced_by_force(poor: Path, made: Shop) -> None:
    elsewhere = made.model.rename(made.model.with_name("elsewhere"))
    try:
        refused = run("promote", "r2", "--store", poor)
        assert refused.returncode == 1
        assert "cannot be compared with the live one" in refused.stderr
        assert "--force" in refused.stderr
        done = run("promote", "r2", "--store", poor, "--force", "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["live"], told["gate"], told["forced"]) == ("r2", None, True)
        back = run("promote", "r1", "--store", poor, "--force")
        assert back.returncode == 1  # what cannot be opened would answer nothing
    finally:
        elsewhere.rename(made.model)


def test_a_golden_set_and_a_file_of_queries_are_not_taken_together(sound: Path, drawn) -> None:
    with lookalike.open(sound) as shop:
        before = shop.make_golden(name="mine", n_queries=5).golden
        with pytest.raises(InvalidQuery, match="received both"):
            shop.promote("r3", golden="mine", queries=drawn.queries)
        assert shop.golden_set("mine") == before
        with pytest.raises(InvalidQuery, match="received both"):
            shop.robustness(drawn.queries, golden="mine")


def test_what_could_not_be_compared_on_is_told(sound: Path, drawn) -> None:
    queries = drawn.folder / "with-a-hole.csv"
    lines = drawn.queries.read_text(encoding="utf-8").splitlines()
    columns = lines[0].split(",")
    hole = {"image": "gone.jpg", "product_id": "D0001"}
    queries.write_text("\n".join([*lines, ",".join(hole.get(name, "") for name in columns)]), encoding="utf-8")
    refused = run("promote", "r3", "--store", sound, "--queries", queries)
    assert refused.returncode == 1
    assert "not compared on: 1 of what was given" in refused.stderr
    assert "gone.jpg" in refused.stderr
    done = run("promote", "r3", "--store", sound, "--queries", queries, "--force", "--json")
    (one,) = json.loads(done.stdout)["rejected"]
    assert (Path(one["image"]).name, one["reason"]) == ("gone.jpg", "not_found")


def test_force_promotes_a_damaged_model_and_leaves_a_record(sound: Path) -> None:
    done = run("promote", "r2", "--store", sound, "--force", "--reason", "to see it fail")
    assert done.returncode == 0, done.stderr
    assert "forced" in done.stdout
    with lookalike.open(sound) as shop:
        assert shop.release == "r2"
        record = shop.promotions()[-1]
        assert (record.kind, record.from_release, record.to_release) == ("forced", "r1", "r2")
        assert record.reason == "to see it fail"
        assert record.gate is not None
        assert record.gate["refused"] is True
        assert shop.rollback() == "r1"
        assert shop.promotions()[-1].kind == "rolled_back"


def test_python_says_the_same_and_the_set_is_made_once(sound: Path) -> None:
    with lookalike.open(sound) as shop:
        with pytest.raises(PromotionRefused) as refused:
            shop.promote("r2")
        assert refused.value.gate is not None
        made = shop.golden_set()
        assert sum(made.kinds.values()) == 12
        equal = shop.compare_releases("r3")
        assert (equal.refused, equal.p_value, equal.n_queries) == (False, 1.0, 12)
        assert shop.golden_set().data_sha256 == made.data_sha256 == equal.data_sha256
        shop.promote("r3")
        assert shop.release == "r3"
        again = shop.promote("r3")
        assert (again.gate, again.note) == (None, "it is live already")
        with pytest.raises(NotFound, match="r9"):
            shop.promote("r9")


def test_a_release_that_became_live_while_another_was_measured_is_not_replaced_unmeasured(sound: Path) -> None:
    def meanwhile(progress: Progress) -> None:
        with lookalike.open(sound) as other:
            other.promote("r2", force=True)

    with lookalike.open(sound) as shop:
        with pytest.raises(PromotionRefused, match=r"compared with r1, and .* r2 became live: promote") as refused:
            shop.promote("r3", watcher=meanwhile)
        assert refused.value.gate is not None
        assert (shop.release, shop.promote("r3").previous) == ("r2", "r2")
        shop.promote("r1", force=True)
        assert shop.promote("r3", force=True, watcher=meanwhile).live == "r3"


def test_photographs_decide_where_they_are_given(drawn, sound: Path) -> None:
    with lookalike.open(sound) as shop:
        with pytest.raises(PromotionRefused, match=r"cannot be compared.*expected at least 10"):
            shop.promote("r3", queries=drawn.queries)  # six photographs
        assert shop.golden_set("promotion").kinds == {"photograph": 6}
        with pytest.raises(PromotionRefused, match="there is no golden set 'mine'"):
            shop.promote("r3", golden="mine")
        assert shop.release == "r1"


def test_a_changed_golden_set_is_refused_with_a_sentence(sound: Path) -> None:
    with lookalike.open(sound) as shop:
        shop.make_golden()
        document = sound / "golden" / "default.json"
        document.write_text(document.read_text().replace('"kind": "view"', '"kind": "phone"', 1))
        with pytest.raises(GoldenSetUnusable, match="was changed after it was made"):
            shop.golden_set()
        with pytest.raises(PromotionRefused, match="--replace"):
            shop.promote("r3")


@pytest.mark.parametrize("case", ["damaged", "equal", "better"])
def test_http_refuses_the_damaged_and_passes_the_equal_and_the_better(sound: Path, poor: Path, case: str) -> None:
    store, release = {"damaged": (sound, "r2"), "equal": (sound, "r3"), "better": (poor, "r2")}[case]
    with serving(store) as address, httpx.Client(base_url=address, trust_env=False, timeout=120) as client:
        answer = client.post(f"/v1/releases/{release}/promote")
        live = client.get("/v1/status").json()["release"]
        if case == "damaged":
            assert answer.status_code == 409
            assert answer.json()["error"]["code"] == "promotion_refused"
            assert answer.json()["error"]["gate"]["difference"]["high"] < 0
            assert live == "r1"
            forced = client.post(f"/v1/releases/{release}/promote", json={"force": True, "reason": "test"})
            assert forced.json()["forced"] is True
            assert client.get("/v1/releases").json()["promotions"][-1]["reason"] == "test"
        else:
            assert answer.status_code == 200
            assert answer.json()["gate"]["refused"] is False
            assert live == release
        assert client.post("/v1/releases/rollback").json() == {"live": "r1", "previous": release, "missing": 0}


def test_while_releases_change_under_load_every_answer_is_whole_and_of_one_of_them(
    sound: Path, drawn, tmp_path: Path
) -> None:
    """Photographs and products are asked from four connections while another process builds, and releases change."""
    third = model_folder(tmp_path, "third", noise=0.5)
    photographs = [path.read_bytes() for path in drawn.photographs[:3]]
    with lookalike.open(sound) as shop:
        liked = [product.product_id for product in shop.products(k=3)]
    questions: list[dict[str, object]] = [
        *({"files": {"image": ("photo.jpg", data)}, "data": {"k": "8"}} for data in photographs),
        *({"json": {"like": product_id, "k": 8}} for product_id in liked),
    ]

    def asked(client: httpx.Client, number: int) -> tuple[str, list[tuple[str, float]]]:
        answer = client.post("v1/search", **questions[number])  # pyright: ignore[reportArgumentType]
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told["release"], [(hit["product_id"], hit["similarity"]) for hit in told["hits"]]

    with serving(sound) as address, httpx.Client(base_url=address, trust_env=False, timeout=120) as client:
        alone = {("r1", number): asked(client, number)[1] for number in range(len(questions))}
        heard: list[tuple[int, str, list[tuple[str, float]]]] = []
        ended = threading.Event()

        def ask_on(first: int) -> None:
            with httpx.Client(base_url=address, trust_env=False, timeout=120) as own:
                for turn in itertools.count(first):
                    if ended.is_set():
                        return
                    number = turn % len(questions)
                    heard.append((number, *asked(own, number)))

        with ThreadPoolExecutor(4) as people:
            asking = [people.submit(ask_on, first) for first in range(4)]
            try:
                built = run("releases", "--build", third, "--store", sound)
                for _ in range(3):
                    forced = client.post("v1/releases/r2/promote", json={"force": True})
                    assert forced.status_code == 200, forced.text
                    time.sleep(0.5)
                    assert client.post("v1/releases/rollback").json()["live"] == "r1"
                    time.sleep(0.5)
            finally:
                ended.set()
            for one in asking:
                one.result()
        assert client.post("v1/releases/r2/promote", json={"force": True}).status_code == 200
        alone |= {("r2", number): asked(client, number)[1] for number in range(len(questions))}
    assert built.returncode == 0, built.stderr
    assert {release for _, release, _ in heard} == {"r1", "r2"}
    for number, release, hits in heard:
        expected = alone[release, number]
        assert [product_id for product_id, _ in hits] == [product_id for product_id, _ in expected]
        # Photographs that arrive together are looked at together, which moves the last digits
        assert [value for _, value in hits] == pytest.approx([value for _, value in expected], abs=1e-4)
