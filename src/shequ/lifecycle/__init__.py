"""How a card or case moves: transition tables as data, and one pure stepper for all of them.

A lifecycle is a table, state × event → state. The states themselves stand in the model. A step is a pure function of
card, event and time; it returns the new card and the :class:`~shequ.model.Step` that is kept of it, so that replaying
the steps gives the state a card stands in.
"""

from shequ.hookspecs import hookimpl
from shequ.lifecycle.cards import APPOINTMENT_CARD, CONTACT_CARD, REGISTRATION_CARD, SERVICE_RECORD
from shequ.lifecycle.casework import COMPLAINT, DISPUTE, PETITION, RESOLUTION
from shequ.lifecycle.contact import consent_guard, disclose
from shequ.lifecycle.course import course, replay, spans_in
from shequ.lifecycle.diagram import diagram
from shequ.lifecycle.labels import Labels
from shequ.lifecycle.machine import Guard, Lifecycle, Transition, step
from shequ.lifecycle.volunteering import POST_HOLDING, SERVICE_REQUEST, TEAM, TEAM_MEMBERSHIP, VOLUNTEER
from shequ.lifecycle.works import (
    ELDER_CARE_ENROLMENT,
    ELECTION,
    LOW_INCOME_CASE,
    PROJECT,
    PROPERTY_CONTRACT,
    WORK_PLAN_ITEM,
)

__all__ = [
    "LIFECYCLES",
    "Guard",
    "Labels",
    "Lifecycle",
    "Transition",
    "consent_guard",
    "course",
    "diagram",
    "disclose",
    "replay",
    "spans_in",
    "step",
]

LIFECYCLES: tuple[Lifecycle, ...] = (
    REGISTRATION_CARD,
    APPOINTMENT_CARD,
    SERVICE_RECORD,
    CONTACT_CARD,
    VOLUNTEER,
    TEAM,
    TEAM_MEMBERSHIP,
    POST_HOLDING,
    SERVICE_REQUEST,
    DISPUTE,
    PETITION,
    COMPLAINT,
    RESOLUTION,
    LOW_INCOME_CASE,
    ELDER_CARE_ENROLMENT,
    PROJECT,
    PROPERTY_CONTRACT,
    ELECTION,
    WORK_PLAN_ITEM,
)
"""The library's lifecycles, the four cards first."""


@hookimpl
def shequ_lifecycles() -> tuple[Lifecycle, ...]:
    """The library's lifecycles."""
    return LIFECYCLES
