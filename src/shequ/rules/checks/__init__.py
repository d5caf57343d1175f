"""Rules that are no thresholds: functions, by the name of the rule they judge."""

from collections.abc import Mapping

from shequ.rules.checks import (
    activities,
    burden,
    cards,
    casework,
    closing,
    committees,
    contact,
    data,
    donations,
    employment,
    figures,
    ledger,
    organisations,
    party,
    property,  # noqa: A004 - property management
    steps,
    work,
    zones,
)
from shequ.rules.ruleset import RuleFunction
from shequ.rules.steps import StepFunction

__all__ = ["FUNCTIONS", "STEP_FUNCTIONS"]

FUNCTIONS: Mapping[str, RuleFunction] = {
    "activities.month_without": work.month_without,
    "activities.quarter_without": activities.quarter_without,
    "bodies.present": organisations.bodies_present,
    "bodies.rules": organisations.without_rules,
    "bodies.same_workers": organisations.same_workers,
    "cards.contact_due": contact.cards_due,
    "cards.contact_missing": contact.cards_missing,
    "cards.names_somebody": cards.names_somebody,
    "casework.low_income_deadline": casework.low_income_deadline,
    "casework.low_income_notice": casework.low_income_notice,
    "committee.election_overdue": committees.election_overdue,
    "committee.members": committees.members,
    "culture.week": activities.culture_week,
    "data.ages": data.ages,
    "data.dates": data.dates_in_order,
    "data.duplicates": data.duplicate_people,
    "data.ends_unknown": data.ends_unknown,
    "data.references": data.references,
    "donations.receipts": donations.receipts,
    "employment.older_first": employment.older_first,
    "figures.close": figures.close,
    "figures.communities": closing.communities_close,
    "figures.year": closing.year_closes,
    "mediation.committee_members": committees.mediation_members,
    "mediation.confirmation": casework.confirmation,
    "mediation.settle_months": work.mediation_overdue,
    "party.branch_committee": party.branch_committee,
    "party.branch_size": work.branch_size,
    "party.groups": work.groups_missing,
    "party.meetings": party.meetings,
    "party.organization_kind": party.organization_kind,
    "people.membership_overlap": work.membership_overlap,
    "petitions.deadlines": casework.petition_deadlines,
    "petitions.reviews": casework.petition_reviews,
    "plan.overdue": work.plan_overdue,
    "premises.rented": work.premises_rented,
    "premises.venue_missing": work.venue_missing,
    "property.committee_filing": property.committee_filing,
    "property.contracts_over": property.contracts_over,
    "property.votes": property.votes,
    "volunteers.record_due": work.record_due,
    "welfare.ledger": ledger.ledger_faults,
    "work.breadth": burden.breadth,
    "zones.grid_size": zones.grid_size,
    "zones.responsible": zones.zones_responsible,
}
STEP_FUNCTIONS: Mapping[str, StepFunction] = {
    "appointments.post_vacant": steps.post_vacant,
    "contact.consent": steps.consent,
    "contact.employer": steps.employed_there,
    "low_income.notice_shown": steps.notice_shown,
}
