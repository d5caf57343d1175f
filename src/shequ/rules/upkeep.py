"""Whether the rule sets themselves are in order: what they name is there, and what should be looked at again was.

What a file can say wrongly by itself is refused when it is read; here is what shows only beside the other rule sets,
the divisions of the district and the day.
"""

import difflib
from collections.abc import Collection, Iterable, Iterator
from datetime import date

from shequ.metrics import Place
from shequ.rules.finding import Finding, Severity
from shequ.rules.parameters import ParameterBook, applies
from shequ.rules.ruleset import Rule
from shequ.rules.steps import StepRule

__all__ = ["upkeep"]


def upkeep(
    book: ParameterBook,
    rules: Iterable[Rule],
    steps: Iterable[StepRule],
    places: Collection[Place],
    root: Place,
    *,
    law: date,
    today: date,
) -> Iterator[Finding]:
    """What is wrong with the rule sets in force.

    Args:
        book: Their parameters.
        rules: Their rules.
        steps: Their demands on steps.
        places: The divisions there are.
        root: The district: what such findings are about.
        law: The day whose law is used.
        today: The day on which it is asked.
    """

    def found(rule: str, subject: str, message: str, remedy: str, rule_set: str, citation: str) -> Finding:
        return Finding(
            rule=rule,
            severity=Severity.WARNING,
            place=root,
            subject=subject,
            message=message,
            remedy=remedy,
            citation=citation,
            group="data",
            rule_set=rule_set,
        )

    for rule in rules:
        for name in rule.uses:
            if name not in book:
                message = f"规则 {rule.name} 用到的参数 {name} 没有任何规则集定义，该规则判断不了任何事"
                yield found("rules.parameter", rule.name, message, _near(name, book), rule.rule_set, rule.origin)
    for step in steps:
        for name in dict.fromkeys(comparison.parameter for comparison in step.compare):
            if name not in book:
                message = f"步骤规则 {step.name} 用到的参数 {name} 没有任何规则集定义，相应步骤一律不能执行"
                yield found("rules.step_parameter", step.name, message, _near(name, book), step.rule_set, step.origin)
    known = tuple(places)
    named = [
        *((f"参数 {name}", value.division, value.rule_set, value.origin) for name, value in book.values()),
        *((f"步骤规则 {step.name}", step.division, step.rule_set, step.origin) for step in steps),
    ]
    for called, division, rule_set, origin in dict.fromkeys(named):
        if not applies(division, known):
            message = f"{called} 的区划 {division!r}（{origin or rule_set}）不在本街道，不起作用"
            yield found("rules.division", called, message, _nearest(division, known), rule_set, origin)
    for name, value in book.outdated(law, today):
        message = f"参数 {name} 应于 {value.review} 前复核，已过期"
        remedy = f"核对现行规定，更新该值和 review{f'（{value.origin}）' if value.origin else ''}"
        yield found("rules.review", name, message, remedy, value.rule_set, value.citation)


def _near(name: str, book: ParameterBook) -> str:
    close = difflib.get_close_matches(name, list(book), n=1)
    return f"是否应为 {close[0]}？更正名称，或在规则文件中定义该参数" if close else "核对名称，或在规则文件中定义该参数"


def _nearest(division: str, places: Iterable[Place]) -> str:
    names = {place.code: place.name for place in places}
    close = difflib.get_close_matches(division, list(names), n=1, cutoff=0.8)
    hint = f"是否应为 {close[0]}（{names[close[0]]}）？" if close else ""
    return f"{hint}改为本街道或社区的 12 位代码；不分区划时删去 division"
