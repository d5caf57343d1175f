"""What has to be kept for some years: what was deleted before they were over."""

from collections.abc import Iterator
from datetime import date

from shequ.effective import Answer, local_date, shift
from shequ.model import Disclosure, Record, ServiceRecord
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["disclosures_kept", "service_records_kept"]


def service_records_kept(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A record of voluntary service is kept for the demanded years from the day of the service."""
    return _kept(judged, rule, ServiceRecord, "served_on", "volunteers.records_kept")


def disclosures_kept(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """What says which personal data were given to whom is kept for the demanded years from that day."""
    return _kept(judged, rule, Disclosure, "on", "privacy.disclosure_log_years")


def _kept(judged: Judgement, rule: Rule, cls: type[Record], field: str, parameter: str) -> Iterator[Finding]:
    """By the law of the day of the deletion; what has been restored is there, and what could be deleted by now is let be.

    Nothing is said of values that were erased on the demand of the person: the day is not known any more.
    """
    declared = cls.__record__
    kept = judged.engine.evaluator.table(declared.name)
    for change in judged.deletions(declared.name):
        deleted, told = local_date(change.at), (change.before or {}).get(field)
        if change.id in kept or deleted > judged.at or told is None:
            continue
        place = judged.tree.find((change.before or {}).get("community") or "", judged.at) or judged.tree.root
        norm = judged.parameter_on(parameter, place, deleted)
        if isinstance(norm, Answer):
            continue
        until = shift(date.fromisoformat(told), months=12 * int(norm.value))
        if max(deleted, judged.at) < until:
            yield judged.finding(
                rule,
                place,
                f"{declared.label} {change.id}（{told}）于 {deleted} 被删除，应保存至 {until}",
                subject=change.id,
                threshold=norm.shown,
                citation=norm.citation,
            )
