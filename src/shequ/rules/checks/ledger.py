"""Whether the charity shop's books obey the laws of a ledger."""

from collections.abc import Iterator

from shequ.lifecycle.entries import audited
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["ledger_faults"]


def ledger_faults(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Every voucher balances, is dated once and reversed properly, and stock is never below nothing.

    Lines are loaded as they are, from books that were kept elsewhere; here it is said which of them cannot be right.
    """
    for fault in audited(line for line in judged.records("stock") if line.on <= judged.at):
        place = judged.tree.find(fault.division, judged.at) or judged.tree.root
        yield judged.finding(
            rule,
            place,
            f"{place.name}库存账凭证 {fault.number}（{fault.on}）：{fault.error.reason}",
            subject=f"{place.name} 凭证 {fault.number}",
            remedy=fault.error.remedy,
        )
