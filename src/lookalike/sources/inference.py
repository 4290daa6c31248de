"""What type a column has, from every value in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from lookalike.sources.cells import Cell, as_number, as_text, is_missing, truth_word
from lookalike.sources.price import DecimalMark, price_of
from lookalike.sources.record import ColumnType
from lookalike.types import AttributeValue

__all__ = ["Column", "TypeInference"]


@dataclass(frozen=True, slots=True)
class Column:
    """The type of one column, and how its cells are read.

    Attributes:
        type: of its values.
        whole: whether every number in it is a whole one (they become int, else float).
        money: whether its numbers are amounts of money as shops write them, ``19.99 EUR``.
        mark: what begins the decimals of such amounts where they could be read both ways.
    """

    type: ColumnType
    whole: bool = False
    money: bool = False
    mark: DecimalMark | None = None

    def value_of(self, cell: Cell) -> AttributeValue | None:
        """The cell as a value of this type, None where missing.

        Raises:
            ValueError: the cell is of another type.
        """
        match self.type:
            case "text":
                return as_text(cell)
            case "boolean":
                if is_missing(cell, number=True):
                    return None
                truth = truth_word(cell)
                if truth is None:
                    raise ValueError(f"{cell!r} is neither true nor false")
                return truth
            case "number" if self.money:
                return price_of(cell, mark=self.mark)
            case "number":
                number = as_number(cell)
                return number if number is None or self.whole else float(number)


@final
class TypeInference:
    """Narrows down the type of a column, value by value, in any order.

    A column is boolean if every value is a truth word, number if every value is a number in plain notation, text
    otherwise; missing values do not count, and a column without values is text. Where the cells are `typed`
    (JSON, Parquet), a string is text whatever it says. A column of `money` is number, of whatever cells, if every value
    is an amount as a price is written, and where it has no values.
    """

    __slots__ = ("_may_be_boolean", "_may_be_money", "_may_be_number", "_typed", "_whole", "is_settled")

    def __init__(self, *, typed: bool, money: bool = False) -> None:
        """Begin with nothing seen."""
        self._typed: Final = typed
        self._may_be_boolean = True
        self._may_be_number = True
        self._may_be_money = money
        self._whole = True
        self.is_settled = False
        """Whether no further value can change the type any more."""

    def observe(self, cell: Cell) -> None:
        """Take one more value into account."""
        if self.is_settled or is_missing(cell, number=not self._typed or self._may_be_money):
            return
        if self._may_be_money:
            try:
                price_of(cell)
            except ValueError:
                self._may_be_money = False
        is_text = self._typed and not isinstance(cell, bool | int | float)
        if self._may_be_boolean and (is_text or truth_word(cell) is None):
            self._may_be_boolean = False
        if self._may_be_number:
            try:
                number = None if is_text else as_number(cell)
            except ValueError:
                number = None
            if number is None:
                self._may_be_number = False
            elif isinstance(number, float):
                self._whole = False
        self.is_settled = not (self._may_be_boolean or self._may_be_number or self._may_be_money)

    def column(self, mark: DecimalMark | None = None) -> Column:
        """The type that every value so far allows.

        Args:
            mark: what surely begins the decimals of amounts elsewhere; a comma makes ``1.299`` no plain number.
        """
        if self._may_be_boolean and not self._may_be_number:
            return Column("boolean")
        if self._may_be_number and not self._may_be_boolean and not (self._may_be_money and mark == ","):
            return Column("number", self._whole)
        return Column("number", money=True, mark=mark) if self._may_be_money else Column("text")
