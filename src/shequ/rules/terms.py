"""How long things may take by the law of a day: the parameters that :class:`shequ.lifecycle.deadlines.Terms` asks for."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from shequ.effective import Answer
from shequ.lifecycle.deadlines import Terms
from shequ.metrics import Place
from shequ.rules.parameters import ParameterBook

__all__ = ["TERM_PARAMETERS", "terms_on"]

TERM_PARAMETERS: Mapping[str, str] = {
    "due_soon": "deadlines.due_soon_days",
    "petition_answer": "petitions.answer_days",
    "petition_conclude": "petitions.conclude_days",
    "petition_extension": "petitions.extension_days",
    "petition_review": "petitions.review_days",
    "dispute_months": "mediation.settle_months",
    "dispute_confirm": "mediation.confirm_days",
    "low_income_notice": "low_income.notice_days",
    "low_income_decision": "low_income.decision_days",
    "owners_committee_filing": "property.committee_filing_days",
    "service_record": "volunteers.record_due",
    "appointment_months": "cards.appointment_months",
    "contact_card_months": "cards.contact_interval_months",
}
"""Term → the parameter that gives it; those of cards and ``deadlines`` have no national value."""
_CLAIMS_ONLY = "petitions.conclude_claims_only"


def terms_on(book: ParameterBook, places: tuple[Place, ...], day: date) -> Terms:
    """The terms by the rules in force on a day, for the first of ``places`` (the narrowest) that has its own.

    A term for which no value is in force is ``None``: there is no such deadline then.
    """
    found: dict[str, Any] = {}
    for term, name in TERM_PARAMETERS.items():
        value = book.find(name, places, day)
        if not isinstance(value, Answer):
            found[term] = int(value.value)
    if not isinstance(book.find(_CLAIMS_ONLY, places, day), Answer):
        found["petition_kinds"] = frozenset({"claim"})
    return Terms(**found)
