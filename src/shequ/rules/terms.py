"""How long things may take by the law of a day: the parameters that :class:`shequ.lifecycle.terms.Terms` asks for."""

from datetime import date
from fractions import Fraction

from shequ.effective import Answer
from shequ.lifecycle.terms import TERM_PARAMETERS, Terms, terms_from
from shequ.metrics import Place
from shequ.rules.parameters import ParameterBook

__all__ = ["terms_on"]


def terms_on(book: ParameterBook, places: tuple[Place, ...], day: date) -> Terms:
    """The terms by the rules in force on a day, for the first of ``places`` (the narrowest) that has its own.

    A term for which no value is in force is ``None``: there is no such deadline then.
    """

    def value_of(term: str) -> Fraction | None:
        found = book.find(TERM_PARAMETERS[term], places, day)
        return None if isinstance(found, Answer) else found.value

    return terms_from(value_of)
