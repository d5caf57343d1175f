"""Breadth of work: no class of a community's work is left nearly empty."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction

from shequ.effective import Answer
from shequ.metrics import exact_json
from shequ.model.governance import WORK_CLASSES
from shequ.query import During, given
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["breadth"]


def breadth(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Each class of work has the share that the district asks for, of the year's tasks whose class is known."""
    tasks: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for task in judged.records("assigned_task", During("received") & given("work_class")):
        tasks[judged.tree.identity(judged.place_of(task).id)][task.work_class] += 1
    for place in judged.communities():
        norm = judged.parameter("work.class_share", place)
        counted = tasks[judged.tree.identity(place.id)]
        total = counted.total()
        if isinstance(norm, Answer) or not total or not judged.complete(place, "assigned_task", over_year=True):
            continue
        for kind, label in WORK_CLASSES.labels.items():
            share = Fraction(counted[kind], total)
            if not norm.met_by(share):
                yield judged.finding(
                    rule,
                    place,
                    f"{place.name}{label}类工作 {counted[kind]} 项，占全部 {total} 项的 "
                    f"{exact_json(Fraction(round(share * 1000), 10))}%",
                    subject=f"{place.name} {label}",
                    measured=share,
                    threshold=norm.shown,
                    citation=norm.citation,
                    remedy=f"充实{label}类工作",
                )
