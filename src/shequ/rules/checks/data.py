"""Whether the records can all be true together: dates in order, references, people entered twice, ages, ends.

A finding tells the clerk what to do, and names a person by the id of the record only.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from shequ.codes import judge_resident_id
from shequ.effective import age, local_date
from shequ.metrics import Place
from shequ.model import EnrolmentState, RecordType
from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["ages", "dates_in_order", "duplicate_people", "ends_unknown", "references"]

_OLDEST = 120
_SHOWN = 3
_NEVER_BEGAN = frozenset({EnrolmentState.REFUSED})
_SPAN = ("since", "until")
_DEEDS = (("service_record", "served_on"), ("placement", "placed"), ("aid", "given"), ("service_request", "ordered"))
"""Types of records that say what a person did or got on a day, with the field of that day."""


def _some(ids: Collection[str]) -> str:
    """The first few of several ids."""
    shown = "、".join(sorted(ids)[:_SHOWN])
    return f"{shown} 等 {len(ids)} 条" if len(ids) > _SHOWN else shown


def _homes(judged: Judgement, wanted: Collection[str]) -> Mapping[str, Place]:
    """Where people live or are registered, for as many as is recorded."""
    found: dict[str, Place] = {}
    for _, row in sorted(judged.engine.evaluator.table("household_membership").items()) if wanted else ():
        resident = getattr(row, "resident", "")
        if resident in wanted and resident not in found:
            found[resident] = judged.place_of(row)
    return found


def _lives(judged: Judgement) -> Iterator[tuple[str, RecordType, Any, date | None, date | None]]:
    """What is recorded of people with its first and last day: resident, type, record, from, until (exclusive or None).

    What has ended on a day nobody knows gives no last day that could be wrong.
    """
    table = judged.engine.evaluator.table
    for declared in judged.engine.schema:
        if _SPAN not in declared.spans:
            continue
        fields = [spec.name for spec in declared.references if spec.to == "resident"]
        state = declared.state.name if declared.state is not None else ""
        for row in table(declared.name).values() if fields else ():
            if state and getattr(row, state) in declared.pending:
                continue
            for field in fields:
                if (resident := getattr(row, field)) is not None:
                    yield resident, declared, row, getattr(row, "since"), getattr(row, "until")  # noqa: B009 - any type
    for name, field in _DEEDS:
        for row in table(name).values():
            values: Any = row
            if values.resident is not None:
                day = getattr(values, field)
                yield values.resident, row.__record__, row, day, day
    activities = table("activity")
    for row in table("attendance").values():
        came: Any = row
        activity: Any = activities.get(came.activity)
        if activity is not None:
            day = local_date(activity.began)
            yield came.resident, row.__record__, row, day, day


def dates_in_order(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Nobody does or holds anything before birth or after death."""
    people: Mapping[str, Any] = judged.engine.evaluator.table("resident")
    early: defaultdict[str, list[Any]] = defaultdict(list)
    late: defaultdict[str, list[Any]] = defaultdict(list)
    for resident, declared, row, first, last in _lives(judged):
        person = people.get(resident)
        if person is None:
            continue
        if first is not None and person.birth_date is not None and first < person.birth_date:
            early[resident].append(row)
        if person.died is not None and person.died <= judged.at:
            over = getattr(row, "ended", False) or (
                declared.state is not None and getattr(row, declared.state.name) in declared.over
            )
            # Half-open: what holds to the end of the last day ends on the day after it.
            if (last is None and not over) or (last is not None and (last - person.died).days > 1):
                late[resident].append(row)
    for resident, rows in early.items():
        yield _out_of_order(judged, rule, resident, rows, f"出生日期 {people[resident].birth_date}，此前已有", "起始")
    for resident, rows in late.items():
        yield _out_of_order(judged, rule, resident, rows, f"于 {people[resident].died} 死亡，此后仍有", "终止")


def _out_of_order(judged: Judgement, rule: Rule, resident: str, rows: list[Any], said: str, side: str) -> Finding:
    rows = sorted(rows, key=lambda row: (row.__record__.name, row.id))
    labels = "、".join(dict.fromkeys(row.__record__.label for row in rows))
    return judged.finding(
        rule,
        judged.place_of(rows[0]),
        f"居民 {resident} {said}{labels}记录（{_some([row.id for row in rows])}）",
        subject=resident,
        measured=Fraction(len(rows)),
        threshold="=0",
        remedy=f"核对居民的日期；居民无误的，更正各记录的{side}日期",
    )


def references(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """What a record refers to is there; one finding for each field whose references lead nowhere."""
    table, schema = judged.engine.evaluator.table, judged.engine.schema
    for declared in schema:
        for spec in declared.references:
            # A division that is only named still has its place in the tree.
            if spec.to is None or spec.to == "division":
                continue
            targets = table(spec.to)
            lost = [
                (row, target)
                for _, row in sorted(table(declared.name).items())
                if (target := getattr(row, spec.name)) is not None and target not in targets
            ]
            if lost:
                wanted = schema[spec.to].label
                yield judged.finding(
                    rule,
                    judged.place_of(lost[0][0]),
                    f"{declared.label}有 {len(lost)} 条记录的{spec.label}指向不存在的{wanted}："
                    f"{_some({target for _, target in lost})}",
                    subject=f"{declared.label} {spec.label}",
                    measured=Fraction(len(lost)),
                    threshold="=0",
                    remedy=f"补录该{wanted}，或更正{declared.label}的{spec.label}（{_some([row.id for row, _ in lost])}）",
                )


def _distinct(first: str | None, second: str | None) -> bool:
    """Whether two identity numbers are each right and so of two persons."""
    return (
        first is not None
        and second is not None
        and first != second
        and all(judge_resident_id(number).check_ok for number in (first, second))
    )


def duplicate_people(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A person is recorded once: no identity number twice, no name and birth date twice without two right numbers."""
    named: defaultdict[tuple[str, date], list[Any]] = defaultdict(list)
    numbered: defaultdict[str, list[Any]] = defaultdict(list)
    for row in judged.records("resident"):
        if row.id_number:
            numbered[row.id_number.strip().upper()].append(row)
        if row.birth_date is not None and row.name.strip():
            named[row.name.strip(), row.birth_date].append(row)
    twice = {tuple(sorted(row.id for row in rows)): "身份证号" for rows in numbered.values() if len(rows) > 1}
    for rows in named.values():
        for place, row in enumerate(rows):
            for other in rows[place + 1 :]:
                if not _distinct(row.id_number, other.id_number):
                    twice.setdefault(tuple(sorted((row.id, other.id))), "姓名与出生日期")
    homes = _homes(judged, {ids[0] for ids in twice})
    for ids, same in sorted(twice.items()):
        certain = same == "身份证号"
        yield judged.finding(
            rule,
            homes.get(ids[0], judged.tree.root),
            f"居民 {'、'.join(ids)} {same}相同，{'应为' if certain else '疑为'}同一人",
            subject="、".join(ids),
            severity=Severity.ERROR if certain else rule.severity,
            measured=Fraction(len(ids)),
            threshold="=1",
        )


def ages(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Nobody is older than people grow, or born in the future."""
    odd: list[tuple[Any, str, int | None]] = []
    for row in judged.records("resident"):
        if row.birth_date is None:
            continue
        if row.birth_date > judged.engine.today:
            odd.append((row, f"出生日期 {row.birth_date} 在将来", None))
        elif row.birth_date <= judged.at:
            last = row.died if row.died is not None and row.died <= judged.at else judged.at
            if (years := age(row.birth_date, last)) > _OLDEST:
                odd.append(
                    (row, f"出生日期 {row.birth_date}，{'死亡时' if last == row.died else '现'}年 {years} 岁", years)
                )
    homes = _homes(judged, {row.id for row, _, _ in odd})
    for row, said, reached in odd:
        yield judged.finding(
            rule,
            homes.get(row.id, judged.tree.root),
            f"居民 {row.id} {said}",
            subject=row.id,
            measured=None if reached is None else Fraction(reached),
            threshold=f"≤{_OLDEST}",
        )


def ends_unknown(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """What has ended says on which day; one finding for each type and division."""
    for declared in judged.engine.schema:
        if _SPAN not in declared.spans or not (declared.over or "ended" in declared.fields):
            continue
        state = declared.state.name if declared.state is not None else ""
        undated: defaultdict[str, list[str]] = defaultdict(list)
        for row in judged.engine.evaluator.table(declared.name).values():
            values: Any = row
            stands = getattr(values, state) if state else None
            over = getattr(values, "ended", False) or stands in declared.over
            if values.until is None and over and stands not in (declared.pending | _NEVER_BEGAN):
                undated[judged.place_of(row).id].append(row.id)
        for id_, ids in undated.items():
            place = judged.tree[id_]
            field = declared.fields["until"].label
            yield judged.finding(
                rule,
                place,
                f"{place.name}有 {len(ids)} 条{declared.label}已终止而没有{field}（{_some(ids)}），不计入任何一日",
                subject=f"{place.name} {declared.label}",
                measured=Fraction(len(ids)),
                threshold="=0",
                remedy=f"查明并补填{field}；只知年月的，按该月最后一日并注明",
            )
