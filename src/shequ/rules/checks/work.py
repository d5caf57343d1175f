"""Rules about the work itself: what was done when, what is overdue."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction

from shequ.calendars import working_days_between
from shequ.effective import Answer, Span, local_date, shift
from shequ.errors import CalendarNotPublished, MissingExtra
from shequ.metrics import Measurement
from shequ.model import DisputeState, MemberKind, OrganizationKind, PlanState, ServiceRecordState, span_of
from shequ.query import During, Holds, eq, given, ne, one_of
from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement
from shequ.rules.parameters import ParameterValue
from shequ.rules.ruleset import Rule

__all__ = [
    "branch_size",
    "groups_missing",
    "mediation_overdue",
    "membership_overlap",
    "month_without",
    "plan_overdue",
    "premises_rented",
    "record_due",
    "venue_missing",
]

_VALID_RECORD = one_of("state", ServiceRecordState.LOGGED, ServiceRecordState.CONFIRMED)
_OPEN_DISPUTE = one_of("state", DisputeState.RECEIVED, DisputeState.MEDIATING)


def month_without(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Each operating community has the demanded number of activities in each month of the year so far."""
    for place in judged.communities():
        norm = judged.parameter("activities.per_month", place)
        if isinstance(norm, Answer):
            continue
        whole = judged.measure("culture.months_without_activity", place)
        if whole.computed is None:
            continue
        within = set(judged.tree.within(place, judged.at))
        held = Counter(
            local_date(row.began).replace(day=1)
            for row in judged.records("activity", During("began"))
            if judged.place_of(row).id in within
        )
        for month in judged.period.months():
            if month.last_day > judged.at:
                break  # it is not over
            number = held[month.start]
            if not norm.met_by(Fraction(number)):
                yield judged.finding(
                    rule,
                    place,
                    f"{place.name}{month.start.year}年{month.start.month}月举办活动 {number} 次",
                    subject=f"{place.name} {month.start:%Y-%m}",
                    measured=Fraction(number),
                    threshold=norm.shown,
                    citation=norm.citation,
                    remedy=f"{rule.remedy}，还需 {norm.value - number} 次" if number < norm.value else rule.remedy,
                )


def branch_size(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A branch has at least three members and generally at most fifty; on average, where only totals are known."""
    least = judged.parameter("party.branch_members_least", judged.tree.root)
    most = judged.parameter("party.branch_members_most", judged.tree.root)
    average = judged.measure("party.members_per_branch", judged.tree.root)
    counted = average.operands and all(operand.computed is not None for operand in average.operands)
    if not counted:
        for norm in (least, most):
            if average.value is not None and isinstance(norm, ParameterValue) and not norm.met_by(average.value):
                yield judged.finding(
                    rule,
                    average.place,
                    f"{average.place.name}平均每个党支部有党员 {average.printed} 名，{_relation(norm, average.value)}",
                    severity=_weight(rule, norm),
                    measured=average.value,
                    threshold=norm.shown,
                    citation=norm.citation,
                )
        return
    members: Counter[str] = Counter()
    for row in judged.records("party_member", Holds() & ne("kind", MemberKind.IN_SERVICE) & given("organization")):
        members[row.organization] += 1
    table = judged.engine.evaluator.table("party_organization")
    for id_, belonging in list(members.items()):
        above = getattr(table.get(id_), "parent", None)
        if getattr(table.get(id_), "kind", None) is OrganizationKind.GROUP and above:
            members[above] += belonging
    for branch in judged.records("party_organization", eq("kind", OrganizationKind.BRANCH) & Holds()):
        number = Fraction(members[branch.id])
        place = judged.place_of(branch)
        for norm in (least, most):
            if isinstance(norm, ParameterValue) and not norm.met_by(number):
                yield judged.finding(
                    rule,
                    place,
                    f"{branch.name}有党员 {number} 名，{_relation(norm, number)}",
                    subject=branch.name,
                    severity=_weight(rule, norm),
                    measured=number,
                    threshold=norm.shown,
                    citation=norm.citation,
                    remedy=f"{rule.remedy}：{'还需' if number < norm.value else '多出'} {abs(norm.value - number)} 名",
                )


def _relation(norm: ParameterValue, measured: Fraction) -> str:
    word = "超过一般不超过的" if norm.generally else "高于规定的" if measured > norm.value else "少于规定的"
    return f"{word} {norm.value} 名"


def _weight(rule: Rule, norm: ParameterValue) -> Severity:
    return Severity.ADVICE if norm.generally else rule.severity


def groups_missing(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Branches have Party groups under them."""
    yield from _each_hit(
        judged,
        rule,
        judged.measure("party.groups_missing", judged.tree.root),
        lambda name: f"{name}未设党小组",
    )


def premises_rented(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """An operating community does not work in rented rooms."""
    for place in judged.communities():
        measured = judged.measure("premises.communities_rented", place)
        if measured.value:
            yield judged.finding(rule, place, f"{place.name}租用办公用房", measured=measured.value, threshold="=0")


def venue_missing(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """An operating community has a place for culture and sports."""
    for place in judged.communities():
        measured = judged.measure("premises.communities_without_venue", place)
        if measured.value:
            yield judged.finding(rule, place, f"{place.name}没有文体活动场所", measured=Fraction(0), threshold="≥1")


def _each_hit(judged: Judgement, rule: Rule, measured: Measurement, say: Callable[[str], str]) -> Iterator[Finding]:
    if measured.computed is None:
        return
    for kind, id_ in measured.rows():
        row = judged.engine.evaluator.table(kind)[id_]
        name = str(getattr(row, "name", id_))
        yield judged.finding(rule, judged.place_of(row), say(name), subject=name)


def record_due(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A service is recorded within the working days that the law gives after it ended."""
    norm = judged.parameter("volunteers.record_due", judged.tree.root)
    if isinstance(norm, Answer):
        return
    for row in judged.records("service_record", During("served_on") & _VALID_RECORD):
        place = judged.place_of(row)
        try:
            days = Fraction(working_days_between(row.served_on, row.recorded))
        except (CalendarNotPublished, MissingExtra) as error:
            yield judged.finding(
                rule,
                judged.tree.root,
                f"服务记录是否逾期无法判定：{error.message}",
                severity=Severity.ADVICE,
                remedy=error.remedy,
                citation=norm.citation,
            )
            return
        if not norm.met_by(days):
            yield judged.finding(
                rule,
                place,
                f"{place.name}“{row.activity_name}”（{row.served_on}）的服务记录于 {row.recorded} 补录，"
                f"已过 {days} 个工作日",
                subject=row.id,
                measured=days,
                threshold=norm.shown,
                citation=norm.citation,
            )


def mediation_overdue(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A dispute is usually settled within a month of its reception."""
    norm = judged.parameter("mediation.settle_months", judged.tree.root)
    if isinstance(norm, Answer):
        return
    for row in judged.records("dispute", _OPEN_DISPUTE):
        due = shift(row.received, months=int(norm.value))
        if row.received <= judged.at and due < judged.at:
            days = (judged.at - row.received).days
            yield judged.finding(
                rule,
                judged.place_of(row),
                f"纠纷 {row.number} 于 {row.received} 受理，至 {judged.at} 已 {days} 天未结",
                subject=row.number,
                severity=_weight(rule, norm),
                measured=Fraction(days),
                threshold=f"{norm.shown} 个月",
                citation=norm.citation,
                remedy=f"{rule.remedy}；已超过 {(judged.at - due).days} 日",
            )


def plan_overdue(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """What was planned with a date is done by it."""
    for row in judged.records("work_plan_item", one_of("state", PlanState.PLANNED, PlanState.UNDERWAY) & given("due")):
        if row.due < judged.at:
            yield judged.finding(
                rule,
                judged.place_of(row),
                f"{row.year} 年打算“{row.title}”应于 {row.due} 完成，目前为{row.state.label}",
                subject=row.title,
                citation=f"{row.year} 年工作打算",
                threshold=str(row.due),
            )


def membership_overlap(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A person belongs to one household at a time in each of the two ways."""
    held: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    clashing: dict[tuple[str, str], str] = {}
    for row in sorted(judged.records("household_membership"), key=lambda row: row.id):
        span, key = span_of(row), (row.resident, str(row.kind.label))
        if span is None:
            continue
        if any(span.overlaps(other) for other in held[key]):
            clashing.setdefault(key, row.id)
        held[key].append(span)
    table = judged.engine.evaluator.table("household_membership")
    for (resident, kind), id_ in sorted(clashing.items()):
        yield judged.finding(
            rule,
            judged.place_of(table[id_]),
            f"居民 {resident} 同时有两处{kind}关系",
            subject=resident,
        )
