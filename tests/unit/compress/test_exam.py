"""Questions before and after."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")

from lookalike.compress.exam import Exam, make_exam
from lookalike.compress.pictures import Pictures
from lookalike.errors import TooFewProducts


def pictures_of(products: list[str], *, contents: list[str] | None = None, distorted: bool = False) -> Pictures:
    n = len(products)
    squares = np.random.default_rng(0).integers(0, 256, (n, 8, 8, 3)).astype(np.uint8)
    return Pictures(
        squares,
        tuple(products),
        tuple(contents or [f"content {i}" for i in range(n)]),
        np.arange(n, dtype=np.uint64) << np.uint64(20),
        squares if distorted else None,
        (),
        tuple(f"{i}.png" for i in range(n)),
    )


def photographs_of(products: list[str]) -> Pictures:
    return pictures_of(products, contents=[f"photograph {i}" for i in range(len(products))])


def vectors_of(n: int, *, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(n, 16)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def recall_by_loops(exam: Exam, gallery: np.ndarray, queries: np.ndarray) -> list[float]:
    out: list[float] = []
    for i, query in enumerate(queries):
        best, first = -2.0, -1
        for row, vector in enumerate(gallery):
            similarity = round(float(np.dot(query.astype(float), vector.astype(float))), 6)
            if row not in exam.left_out[i] and similarity > best:
                best, first = similarity, int(exam.groups[row])
        out.append(1.0 if first in exam.answers[i] else 0.0)
    return out


def make(pictures: Pictures, vectors: np.ndarray, photographs: Pictures | None = None, most: int = 100) -> Exam:
    return make_exam(pictures, vectors, photographs=photographs, most=most, generator=np.random.default_rng(1))


def test_views_are_asked_where_products_have_them_and_never_find_themselves() -> None:
    products = [f"p{i // 2}" for i in range(24)]
    vectors = vectors_of(24)
    exam = make(pictures_of(products), vectors)
    assert exam.kind == "views"
    assert len(exam) == 24
    assert all(int(row) in out for row, out in zip(exam.rows, exam.left_out, strict=True))
    assert exam.scored(vectors, vectors[exam.rows]).tolist() == recall_by_loops(exam, vectors, vectors[exam.rows])


def test_a_view_whose_only_companion_is_its_copy_is_not_asked() -> None:
    products = [f"p{i // 2}" for i in range(24)] + ["twin", "twin"]
    contents = [f"content {i}" for i in range(24)] + ["same", "same"]
    exam = make(pictures_of(products, contents=contents), vectors_of(26))
    assert "twin" not in exam.clusters


def test_products_with_one_picture_are_asked_by_distorted_copies() -> None:
    products = [f"p{i}" for i in range(12)]
    contents = ["same", "same", *(f"content {i}" for i in range(10))]
    exam = make(pictures_of(products, contents=contents, distorted=True), vectors_of(12))
    assert exam.kind == "phone"
    assert exam.answers[0] == exam.answers[1] == frozenset({0, 1})


def test_photographs_come_first_and_those_without_an_answer_are_left_out() -> None:
    products = [f"p{i // 2}" for i in range(24)]
    asked = photographs_of([*products[::2], "unknown", "p0|p1"])
    vectors = vectors_of(24)
    exam = make(pictures_of(products), vectors, asked)
    assert exam.kind == "photographs"
    assert len(exam) == 13
    assert exam.n_unanswerable == 1
    assert exam.answers[-1] == frozenset({0, 1})
    queries = vectors_of(13, seed=4)
    assert exam.scored(vectors, queries).tolist() == recall_by_loops(exam, vectors, queries)


def test_a_photograph_that_lies_in_the_catalogue_does_not_find_itself() -> None:
    products = [*(f"p{i // 2}" for i in range(24)), "alone"]
    pictures, vectors = pictures_of(products), vectors_of(25)
    asked = pictures_of([*products[:24:2], "alone"], contents=[f"content {i}" for i in [*range(0, 24, 2), 24]])
    exam = make(pictures, vectors, asked)
    assert (len(exam), exam.n_own, exam.n_unanswerable) == (12, 1, 0)
    assert [rows.tolist() for rows in exam.left_out] == [[i] for i in range(0, 24, 2)]
    queries = vectors[:24:2]
    assert exam.scored(vectors, queries).tolist() == recall_by_loops(exam, vectors, queries)
    assert exam.scored(vectors, queries).mean() < 1


def test_no_more_questions_are_asked_than_wanted() -> None:
    assert len(make(pictures_of([f"p{i // 2}" for i in range(40)]), vectors_of(40), most=15)) == 15


def test_too_few_products_are_refused_with_what_to_do() -> None:
    with pytest.raises(TooFewProducts, match="--queries"):
        make(pictures_of(["a", "a", "b"]), vectors_of(3))
    with pytest.raises(TooFewProducts, match="at least 10"):
        make(pictures_of(["a", "b"], distorted=True), vectors_of(2))
    with pytest.raises(TooFewProducts, match=r"1 different .* \(2 photographs show products that are not in the cat"):
        make(pictures_of(["a", "b"]), vectors_of(2), photographs_of(["a", "c", "d"]))


def test_of_photographs_that_are_the_catalogue_itself_it_is_said_how_to_go_on() -> None:
    pictures = pictures_of([f"p{i}" for i in range(12)])
    with pytest.raises(TooFewProducts, match=r"\(12 photographs are the catalogue's only .* leave --queries out"):
        make(pictures, vectors_of(12), pictures)


def test_the_loss_is_the_difference_of_the_recalls() -> None:
    exam = make(pictures_of([f"p{i // 2}" for i in range(24)]), vectors_of(24))
    before, after = np.ones(24), np.ones(24)
    after[:6] = 0.0
    told = exam.loss(before, after)
    assert told.loss.value == pytest.approx(0.25)
    assert told.before.value - told.after.value == pytest.approx(told.loss.value)
    assert told.loss.low < 0.25 < told.loss.high
    assert exam.loss(before, before).loss.value == 0.0


def test_products_that_share_a_picture_are_both_right_for_it_as_a_view() -> None:
    products = [f"p{i // 2}" for i in range(24)] + ["twin", "twin"]
    contents = [f"content {i}" for i in range(24)] + ["content 0", "content 1"]
    exam = make(pictures_of(products, contents=contents), vectors_of(26))
    assert exam.answers[0] == frozenset({0, 12})
    assert exam.answers[2] == frozenset({1})


@pytest.mark.parametrize("distorted", [False, True])
def test_no_question_is_asked_with_a_picture_that_shows_no_product_in_particular(distorted: bool) -> None:
    products = [f"p{i}" for i in range(25) for _ in range(1 if distorted else 3)]
    each = len(products) // 25
    contents = ["table of sizes" if i % each == 0 and (each > 1 or i < 21) else f"c{i}" for i in range(len(products))]
    extra = [f"q{i}" for i in range(12)] if distorted else []
    pictures = pictures_of(
        products + extra, contents=contents + [f"d{i}" for i in range(len(extra))], distorted=distorted
    )
    exam = make(pictures, vectors_of(len(products) + len(extra)))
    assert exam.kind == ("phone" if distorted else "views")
    assert all(len(right) == 1 for right in exam.answers)
    assert len(exam) == (16 if distorted else 50)


def test_a_question_without_a_vector_finds_nothing() -> None:
    products = [f"p{i // 2}" for i in range(24)]
    vectors = vectors_of(24)
    # Near its companion, and no copy of it.
    vectors[1::2] += vectors[::2]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    exam = make(pictures_of(products), vectors)
    asked = vectors[exam.rows]
    found = exam.scored(vectors, asked)
    # To a row of zeros every product is equally near, and the first of them is right for one question.
    silent = exam.rows == 1
    assert found[silent].all()
    assert exam.scored(vectors, asked * ~silent[:, None]).tolist() == (found * ~silent).tolist()
    assert not exam.scored(vectors, np.zeros_like(asked)).any()
