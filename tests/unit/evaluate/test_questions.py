"""Query files: what is read, what is refused, and with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.errors import SourceError
from lookalike.evaluate.questions import read_questions
from lookalike.evaluate.variant_names import VariantNames


def _file(folder: Path, text: str) -> Path:
    path = folder / "queries.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_several_right_answers_are_split_at_the_bar(tmp_path: Path) -> None:
    questions = read_questions(_file(tmp_path, "image,product_id\na.jpg,p1|p2\n"), answer_column="product_id")
    assert questions.items[0].answers == {"p1", "p2"}
    assert questions.items[0].image == tmp_path / "a.jpg"


def test_a_row_with_neither_or_both_kinds_of_query_is_rejected_and_the_rest_goes_on(tmp_path: Path) -> None:
    text = "image,like,product_id\na.jpg,,p1\n,,p2\nb.jpg,p9,p3\n,p4,p5\nc.jpg,,\n"
    questions = read_questions(_file(tmp_path, text), answer_column="product_id")
    assert [(item.line, item.like) for item in questions.items] == [(2, None), (5, "p4")]
    assert [rejection.line for rejection in questions.rejected] == [3, 4, 6]
    assert {str(rejection.reason) for rejection in questions.rejected} == {"bad_row"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image,sku\na,b\n", "needs a column 'product_id'"),
        ("sound,product_id\na,b\n", "'text' or 'audio', found sound"),
        ("", "found none"),
    ],
)
def test_a_file_without_the_columns_is_an_error_that_names_what_was_found(
    tmp_path: Path, text: str, expected: str
) -> None:
    with pytest.raises(SourceError, match=expected):
        read_questions(_file(tmp_path, text), answer_column="product_id")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("image;product_id\nä,1.jpg;p1|p2\n", "utf-8"),
        ("image\tproduct_id\nä,1.jpg\tp1|p2\n", "utf-16"),
        (' Image ,PRODUCT_ID\n"ä,1.jpg",p1|p2\n', "utf-8-sig"),
        ('image;product_id\r"ä,1.jpg";p1|p2\r', "utf-8"),
        ('image,product_id,note;of;mine\n"ä,1.jpg",p1|p2\n', "utf-8"),
        ("Image;Product ID\nä,1.jpg;p1|p2\n", "utf-8"),
    ],
)
def test_a_file_as_a_spreadsheet_saves_it_is_read_as_a_catalogue_is(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "queries.csv"
    path.write_bytes(text.encode(encoding))
    (question,) = read_questions(path, answer_column="product_id").items
    assert (question.image, question.answers, question.line) == (tmp_path / "ä,1.jpg", {"p1", "p2"}, 2)


def test_a_first_line_that_says_the_separator_is_obeyed(tmp_path: Path) -> None:
    text = "sep=;\r\nimage;product_id\r\na,1.jpg;p1\r\n"
    (question,) = read_questions(_file(tmp_path, text), answer_column="product_id").items
    assert (question.image, question.answers, question.line) == (tmp_path / "a,1.jpg", {"p1"}, 3)


def test_two_columns_that_could_be_meant_are_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, "Text,text,product_id\nmilk,oat milk,p1\n")
    with pytest.raises(SourceError, match="several columns that could be 'text': 'Text' and 'text'"):
        read_questions(path, answer_column="product_id")


def test_columns_that_mean_nothing_here_may_have_one_name(tmp_path: Path) -> None:
    path = _file(tmp_path, "text,note,product_id,note\nmilk,a,p1,b\n")
    assert [item.text for item in read_questions(path, answer_column="product_id").items] == ["milk"]
    path = _file(tmp_path, "text,product_id,product_id\nmilk,p1,p2\n")
    with pytest.raises(SourceError, match="more than one column named 'product_id'"):
        read_questions(path, answer_column="product_id")


def test_a_row_with_too_many_cells_is_rejected_and_not_shifted(tmp_path: Path) -> None:
    text = "text,product_id\nred, ripe apple,p1\napple,p1\n"
    questions = read_questions(_file(tmp_path, text), answer_column="product_id")
    assert [item.text for item in questions.items] == ["apple"]
    assert [(one.line, one.detail) for one in questions.rejected] == [(2, "the row has 3 cells; the header has 2")]


def test_a_row_may_end_before_its_last_columns(tmp_path: Path) -> None:
    text = "like,product_id,grades\nx,p1\nx,p2,3\n"
    questions = read_questions(_file(tmp_path, text), answer_column="product_id")
    assert [dict(item.grades) for item in questions.items] == [{}, {"p2": 3.0}]
    assert not questions.rejected


def test_a_quote_that_is_not_closed_costs_its_own_row(tmp_path: Path) -> None:
    text = 'image,product_id\n"a.jpg,p1\nb.jpg,p2\nc.jpg,p3\n'
    questions = read_questions(_file(tmp_path, text), answer_column="product_id")
    assert [item.line for item in questions.items] == [3, 4]
    assert [one.line for one in questions.rejected] == [2]
    assert "perhaps a quote is opened" in questions.rejected[0].detail


def test_a_path_of_windows_is_one_with_slashes(tmp_path: Path) -> None:
    questions = read_questions(_file(tmp_path, "image,product_id\nq\\a.jpg,p1\n"), answer_column="product_id")
    assert questions.items[0].image == tmp_path / "q" / "a.jpg"


def test_an_address_is_no_file_to_ask_with(tmp_path: Path) -> None:
    text = "image,product_id\nhttps://example.com/q.jpg,p1\nq.jpg,p1\n"
    questions = read_questions(_file(tmp_path, text), answer_column="product_id")
    assert [item.line for item in questions.items] == [3]
    assert (questions.rejected[0].image, questions.rejected[0].line) == ("https://example.com/q.jpg", 2)
    assert "save it first" in questions.rejected[0].detail


def test_a_product_is_no_right_answer_to_what_is_like_it(tmp_path: Path) -> None:
    text = "like,product_id,grades\nx,x|p1,3|2\nx,x,\n"
    questions = read_questions(_file(tmp_path, text), answer_column="product_id")
    assert [(item.line, dict(item.grades)) for item in questions.items] == [(2, {"p1": 2.0})]
    assert "'x' is left out of its own answers" in questions.rejected[0].detail


def test_nor_are_its_variants(tmp_path: Path) -> None:
    names = VariantNames({}, {"x-red": "x", "x-blue": "x", "y-red": "y"})
    path = _file(tmp_path, "like,variant_id\nx,x-red|y-red\nx,x-blue\n")
    questions = read_questions(path, answer_column="variant_id", variants=names)
    assert [item.answers for item in questions.items] == [{"y-red"}]
    assert [one.line for one in questions.rejected] == [3]


def test_text_that_is_not_unicode_is_told_to_be_saved_anew(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_bytes("image,product_id\nä.jpg,p1\n".encode("cp1252"))
    with pytest.raises(SourceError, match="save it as CSV in UTF-8"):
        read_questions(path, answer_column="product_id")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no file"):
        read_questions(tmp_path / "nothing.csv", answer_column="product_id")


def test_a_picture_given_as_query_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "photo.csv"
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    with pytest.raises(SourceError, match="cannot be read"):
        read_questions(path, answer_column="product_id")


def test_grades_belong_to_answers_in_their_order_and_bad_ones_reject_the_row(tmp_path: Path) -> None:
    text = "like,product_id,grades\nx,p1|p2,3|0.5\nx,p1|p2,\nx,p1|p2,3\nx,p1,0\nx,p1,much\n"
    questions = read_questions(_file(tmp_path, text), answer_column="product_id")
    assert [dict(item.grades) for item in questions.items] == [{"p1": 3.0, "p2": 0.5}, {}]
    assert [rejection.line for rejection in questions.rejected] == [4, 5, 6]
    assert "expected 2 grades above 0 joined by |, received '3'" in questions.rejected[0].detail
