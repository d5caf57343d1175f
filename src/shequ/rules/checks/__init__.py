"""Rules that are no thresholds: functions, by the name of the rule they judge."""

from collections.abc import Mapping

from shequ.rules.checks import cards, figures, ledger, steps, work
from shequ.rules.ruleset import RuleFunction
from shequ.rules.steps import StepFunction

__all__ = ["FUNCTIONS", "STEP_FUNCTIONS"]

FUNCTIONS: Mapping[str, RuleFunction] = {
    "activities.month_without": work.month_without,
    "cards.names_somebody": cards.names_somebody,
    "figures.close": figures.close,
    "mediation.settle_months": work.mediation_overdue,
    "party.branch_size": work.branch_size,
    "party.groups": work.groups_missing,
    "people.membership_overlap": work.membership_overlap,
    "plan.overdue": work.plan_overdue,
    "premises.rented": work.premises_rented,
    "premises.venue_missing": work.venue_missing,
    "volunteers.record_due": work.record_due,
    "welfare.ledger": ledger.ledger_faults,
    "zones.responsible": work.zones_responsible,
}
STEP_FUNCTIONS: Mapping[str, StepFunction] = {
    "appointments.post_vacant": steps.post_vacant,
    "contact.consent": steps.consent,
    "contact.employer": steps.employed_there,
    "low_income.notice_shown": steps.notice_shown,
}
