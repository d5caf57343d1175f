"""How long things may take, and the parameters of the rules that say so."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import attrs

from shequ.errors import Misuse

__all__ = ["TERM_PARAMETERS", "Terms", "terms_from"]

TERM_PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "due_soon": "deadlines.due_soon_days",
        "petition_answer": "petitions.answer_days",
        "petition_objection": "petitions.objection_days",
        "petition_conclude": "petitions.conclude_days",
        "petition_extension": "petitions.extension_days",
        "petition_kinds": "petitions.conclude_claims_only",
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
)
"""Term → the parameter that gives it; those of cards and ``deadlines`` have no national value."""
_CLAIMS = frozenset({"claim"})


@attrs.frozen(kw_only=True)
class Terms:
    """How long things may take, as the rules of a day and a district say; ``None`` where they say nothing.

    Args:
        due_soon: Days before the last one from which a matter is due soon.
        petition_answer: Days from registration to the answer.
        petition_objection: Working days from the answer in which the petitioner can object to the route that it takes.
        petition_conclude: Days from acceptance to the conclusion.
        petition_extension: Days that an approved extension adds.
        petition_kinds: Kinds of petitions that must be concluded in time; ``None``: all.
        petition_review: Days after a conclusion in which a review can be asked for, and from asking for a review, or
            for the final one, to its decision.
        dispute_months: Months from reception in which a dispute is usually settled.
        dispute_confirm: Days from an agreement in which the parties can have it confirmed by the court.
        low_income_notice: Days that a case is shown in public.
        low_income_decision: Working days from acceptance to the decision.
        owners_committee_filing: Days from an election to its filing.
        service_record: Working days from a service to its record.
        appointment_months: Months that an appointment runs where the card has no end.
        contact_card_months: Months from one contact card to the next; a card is sent before the next one is due.

    Raises:
        Misuse: If a number is negative.
    """

    due_soon: int = 0
    petition_answer: int | None = None
    petition_objection: int | None = None
    petition_conclude: int | None = None
    petition_extension: int | None = None
    petition_kinds: frozenset[str] | None = None
    petition_review: int | None = None
    dispute_months: int | None = None
    dispute_confirm: int | None = None
    low_income_notice: int | None = None
    low_income_decision: int | None = None
    owners_committee_filing: int | None = None
    service_record: int | None = None
    appointment_months: int | None = None
    contact_card_months: int | None = None

    def __attrs_post_init__(self) -> None:
        for name, value in attrs.asdict(self).items():
            if isinstance(value, int) and value < 0:
                raise Misuse(f"{name} must not be negative")


def terms_from(value_of: Callable[[str], Fraction | None], names: Iterable[str] = TERM_PARAMETERS) -> Terms:
    """The terms by the values of their parameters.

    Args:
        value_of: The value of a term's parameter; ``None`` where none is in force: there is no such deadline then.
        names: The terms that are wanted.
    """
    found: dict[str, Any] = {}
    for name in names:
        value = value_of(name)
        if value is not None:
            # That only claims must be concluded in time is said by a value of any size.
            found[name] = _CLAIMS if name == "petition_kinds" else int(value)
    return Terms(**found)
