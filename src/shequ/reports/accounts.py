"""Blocks that are told from records and findings rather than from a template's sentences."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from shequ.errors import Misuse
from shequ.metrics import NO_DATA, Measurement, Quality, Timing
from shequ.model import ContactState, HonourLevel, PlanState
from shequ.model.places import COMMUNITY_CHARACTERS
from shequ.reports.document import (
    Block,
    Bullets,
    Figure,
    FindingList,
    Note,
    Paragraph,
    Run,
    Section,
    Table,
    chinese_date,
    chinese_period,
)
from shequ.reports.telling import Teller
from shequ.rules import PROBLEM_GROUPS, Finding, Severity

__all__ = ["ACCOUNTS", "Account"]

Account = Callable[[Teller], Iterable[Block | Section]]
"""Tells blocks of a section, or sections of the next level."""

_LISTED = 10
"""How many findings of one rule are listed; the rest are counted."""
_NAMED = 5
"""How many subjects a remedy names."""


def communities(teller: Teller) -> Iterator[Block]:
    """The communities by name; those that do not operate with the reason, and that averages leave them out."""
    at = teller.context.at
    if not teller.communities:
        yield Paragraph((f"{NO_DATA}。",), "社区名录")
        return
    working = [place.name for place in teller.communities if place.operates(at)]
    idle = [place for place in teller.communities if not place.operates(at)]
    text = f"运行的社区有{'、'.join(working)}。" if working else "没有运行的社区。"
    records = teller.engine.evaluator.table("community")
    for place in idle:
        reason = getattr(records.get(place.id), "status_reason", None)
        status = place.status.label if place.status is not None else ""
        text += f"{place.name}{status}" + (f"，原因：{reason.rstrip('。')}。" if reason else "，未说明原因。")
    yield Paragraph((text,), "社区名录")
    if idle:
        yield Note(("未运行的社区照列，但不计入各项社区平均数和比率的分母。",))


def characters(teller: Teller) -> Iterator[Block]:
    """Which communities have which character."""
    standing = {place.id for place in teller.communities}
    found: dict[str, list[str]] = {}
    for row in teller.context.records("community"):
        for character in row.characters if row.id in standing else ():
            found.setdefault(COMMUNITY_CHARACTERS.label(character), []).append(row.name)
    if found:
        said = "；".join(f"{label}社区：{'、'.join(names)}" for label, names in sorted(found.items()))
        yield Paragraph((f"{said}。",), "社区特色")


def honours(teller: Teller) -> Iterator[Block]:
    """The honours given until the end of the period, by level and then by date."""
    rows = [row for row in teller.context.records("honour") if row.awarded <= teller.context.at]
    levels = list(HonourLevel)
    rows.sort(key=lambda row: (levels.index(row.level), row.awarded, row.title))
    if rows:
        tree = teller.engine.tree
        yield Table(
            "社区所获荣誉",
            ("级别", "社区", "荣誉", "授予日期"),
            tuple((row.level.label, tree[row.community].name, row.title, chinese_date(row.awarded)) for row in rows),
        )


def problems(teller: Teller) -> Iterator[Block | Section]:
    """The findings by group, a section each, in the order of the groups; a group without findings is left out."""
    findings = teller.context.findings
    if not findings:
        yield Paragraph(("按所据规则核对，未发现问题。",))
        return
    number = 0
    known = (*PROBLEM_GROUPS, *sorted({f.group for f in findings} - set(PROBLEM_GROUPS)))
    for group in known:
        found = [finding for finding in findings if finding.group == group]
        if not found:
            continue
        number += 1
        blocks: list[Block] = []
        if group in teller.template.groups:
            runs = teller.runs(teller.template.groups[group])
            blocks += [Paragraph(runs)] if runs else []
        for _, same in _by(found, lambda finding: (finding.rule,)):
            blocks.append(FindingList(tuple(same[:_LISTED]), max(0, len(same) - _LISTED)))
        yield Section(PROBLEM_GROUPS.get(group, group or "其他"), 2, tuple(blocks), number)


def checklist(teller: Teller) -> Iterator[Block]:
    """Every finding in a row of its own, by group and then the worst first: what an office meeting goes through."""
    _internal(teller, "问题清单")
    findings = list(teller.context.findings)
    if not findings:
        yield Paragraph(("按所据规则核对，未发现问题。",))
        return
    counted = [(severity.label, sum(one.severity is severity for one in findings)) for severity in Severity]
    told = "、".join(f"{label}{number}项" for label, number in counted if number)
    yield Paragraph((f"共{len(findings)}项，其中{told}。",))
    known = list(PROBLEM_GROUPS)
    for group in (*known, *sorted({one.group for one in findings} - set(known))):
        same = [one for one in findings if one.group == group]
        if same:
            yield Table(
                PROBLEM_GROUPS.get(group, group or "其他"),
                ("序号", "程度", "问题", "标准", "依据", "整改措施"),
                tuple(
                    (str(number), one.severity.label, one.message, one.threshold, one.citation, one.remedy)
                    for number, one in enumerate(same, 1)
                ),
            )


def headlines(teller: Teller) -> Iterator[Block]:
    """How many findings there are, and the worst of each group."""
    findings = teller.context.findings
    if not findings:
        yield Paragraph(("按所据规则核对，未发现问题。",))
        return
    yield Paragraph((f"按所据规则核对，发现{len(findings)}项。各类中较为突出的：",))
    worst = {one.group: one for one in reversed(findings)}
    order = [group for group in PROBLEM_GROUPS if group in worst] + sorted(set(worst) - set(PROBLEM_GROUPS))
    yield Bullets(tuple((f"{PROBLEM_GROUPS.get(group, '其他')}：{worst[group].message}。",) for group in order))


def contact_cards(teller: Teller) -> Iterator[Block]:
    """The contact cards of exactly this period: by community and state, and to how many units they go."""
    _internal(teller, "联系卡办理情况")
    span = teller.period.span
    cards = [
        card for card in teller.context.records("contact_card") if (card.since, card.until) == (span.since, span.until)
    ]
    if not cards:
        yield Paragraph((f"没有汇总{chinese_period(teller.period)}的联系卡。",))
        return
    tree, evaluator = teller.engine.tree, teller.engine.evaluator
    states = [state for state in ContactState if any(card.state is state for card in cards)]
    placed = Counter((getattr(tree.find(evaluator.place(card) or ""), "name", ""), card.state) for card in cards)
    names = [place.name for place in teller.communities if any(name == place.name for name, _ in placed)]
    rows: list[tuple[Run, ...]] = [
        (name, *(str(placed[name, state]) for state in states), str(sum(placed[name, state] for state in states)))
        for name in names
    ]
    total = [sum(card.state is state for card in cards) for state in states]
    rows.append(("全辖区", *map(str, total), str(len(cards))))
    units = len({card.employer for card in cards})
    yield Paragraph((f"汇总{chinese_period(teller.period)}联系卡{len(cards)}张，涉及{units}个单位。",), "汇总")
    header = ("社区", *(state.label for state in states), "合计")
    yield Table(
        "各社区联系卡办理情况", header, tuple(rows), total=True, alignments=("left", *("right",) * (len(header) - 1))
    )
    yield Note(("没有经确认的服务记录的党员不制卡，也不视为缺席；未经本人同意或没有其他提供依据的卡不寄送。",))


def _internal(teller: Teller, what: str) -> None:
    """Refuse what is for use in the office only.

    Raises:
        Misuse: If the document is for the public.
    """
    if teller.context.published:
        raise Misuse(f"{what}供内部使用，不能公开", remedy="公开的报告用 work、monthly 或 brief，或删去这一块内容")


def remedies(teller: Teller) -> Iterator[Block]:
    """What would close the findings, by group; each says for whom, and whether it is planned already."""
    order = list(PROBLEM_GROUPS)
    current = teller.context.findings if teller.context.to_close is None else teller.context.to_close
    findings = [finding for finding in current if finding.remedy]
    findings.sort(key=lambda finding: order.index(finding.group) if finding.group in order else len(order))
    planned = {row.rule: row.title for row in _plans(teller, 1) if row.rule and row.state is not PlanState.DROPPED}
    items: list[tuple[Run, ...]] = []
    for (rule, remedy), same in _by(findings, lambda finding: (finding.rule, finding.remedy)):
        # What findings on the data are about is called by ids and codes: say where instead.
        data = same[0].group == "data"
        subjects = list(dict.fromkeys(finding.place.name if data else finding.subject for finding in same))
        named = "、".join(subjects[:_NAMED]) + (f"等{len(subjects)}处" if len(subjects) > _NAMED else "")
        plan = f"（已列入打算：{planned[rule]}）" if rule in planned else ""
        items.append((f"{named}：{remedy}{plan}。",))
    if items:
        yield Paragraph(("针对存在问题，拟采取以下措施。",), "整改措施")
        yield Bullets(tuple(items))


def plans_past(teller: Teller) -> Iterator[Block]:
    """What became of the plan items of the period's last year."""
    rows = _plans(teller, 0)
    if rows:
        yield Table(
            f"{teller.period.last_day.year}年打算的落实情况",
            ("事项", "目标", "期限", "责任人", "进展", "说明"),
            tuple((*_item(row), row.state.label, row.progress or "") for row in rows),
        )


def plans_next(teller: Teller) -> Iterator[Block]:
    """The plan items of the year after the period."""
    year = teller.period.last_day.year + 1
    rows = [row for row in _plans(teller, 1) if row.state is not PlanState.DROPPED]
    if rows:
        yield Table(f"{year}年工作打算", ("事项", "目标", "期限", "责任人"), tuple(_item(row) for row in rows))
    else:
        yield Paragraph((f"{NO_DATA}。",), f"{year}年工作打算")


def _plans(teller: Teller, ahead: int) -> list[Any]:
    year = teller.period.last_day.year + ahead
    rows = [row for row in teller.context.records("work_plan_item") if row.year == year]
    return sorted(rows, key=lambda row: (row.due is None, row.due or teller.context.day, row.title))


def _item(row: Any) -> tuple[str, str, str, str]:
    return row.title, row.target or "", chinese_date(row.due) if row.due else "", row.responsible or ""


def provisional(teller: Teller) -> Iterator[Block]:
    """That the period is still running."""
    if teller.period.last_day > teller.engine.today:
        until = chinese_date(teller.context.at)
        yield Note((f"{chinese_period(teller.period)}尚未结束，本报告各项数据为截至{until}的暂计数。",))


def stubs(teller: Teller) -> Iterator[Block]:
    """Divisions that figures name and no record describes."""
    names = sorted(place.code for place in teller.engine.tree.stubs)
    if names:
        yield Note((f"以下区划只在上报数中出现，没有区划记录：{'、'.join(names)}。",))


def remarks(teller: Teller) -> Iterator[Block]:
    """What has to be known of the figures told: another base used, parts added up, data not complete."""
    items = []
    for code in teller.template.codes:
        found = teller.measure(code)
        told = () if found.value is None or isinstance(found.metric.formula, Quality) else _remarks(teller, found)
        items += [(f"{found.metric.name}：", Figure(found, found.shown), f"。{'；'.join(told)}。")] if told else []
    if items:
        yield Paragraph(("下列数值的来历需要说明。",), "取数说明")
        yield Bullets(tuple(items))


def _remarks(teller: Teller, found: Measurement) -> tuple[str, ...]:
    return tuple(note for note in teller.context.notes(found) if not note.startswith("尚未结束"))


def missing(teller: Teller) -> Iterator[Block]:
    """The metrics that the report speaks of and that have no data, with the reason where one is known."""
    told = set(teller.template.codes)
    lacking = [found for code in teller.context.catalogue if code in told and _lacks(found := teller.measure(code))]
    if not lacking:
        yield Paragraph(("本报告所列指标均有数据。",))
        return
    yield Table(
        "本报告所列指标中没有数据的",
        ("指标", "代码", "数值", "说明"),
        tuple(
            (
                found.metric.name,
                found.metric.code,
                Figure(found, NO_DATA),
                "；".join(_remarks(teller, found)) or _why(found),
            )
            for found in lacking
        ),
    )


def _lacks(found: Measurement) -> bool:
    return found.value is None and not found.parts


def _why(found: Measurement) -> str:
    lacking = [operand.metric.name for operand in found.operands if operand.value is None]
    if lacking:
        return f"缺{'、'.join(dict.fromkeys(lacking))}"
    time = "本期" if found.metric.timing is Timing.IN else "当日"
    return f"没有{time}的上报数" + ("，也未声明记录完整" if found.metric.reads else "")


def _by(
    findings: Iterable[Finding], key: Callable[[Finding], tuple[str, ...]]
) -> Iterator[tuple[tuple[str, ...], list[Finding]]]:
    """Findings with the same key together, in the order in which the first of each comes."""
    found: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        found.setdefault(key(finding), []).append(finding)
    yield from found.items()


ACCOUNTS: Mapping[str, Account] = {
    "provisional": provisional,
    "communities": communities,
    "characters": characters,
    "honours": honours,
    "problems": problems,
    "checklist": checklist,
    "headlines": headlines,
    "contact_cards": contact_cards,
    "plans_past": plans_past,
    "plans_next": plans_next,
    "remedies": remedies,
    "remarks": remarks,
    "stubs": stubs,
    "missing": missing,
}
"""Name in a template → what tells it."""
