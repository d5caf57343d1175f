"""What people see on a terminal: tables, summaries, progress. Chinese, since clerks read it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shequ.exchange import Problem
from shequ.matching import PairingResult
from shequ.metrics import NO_DATA, Catalogue, Comparison, Measurement, Provenance, Restatement, Timing
from shequ.model import RecordType, Schema
from shequ.plugins import LoadedPlugin
from shequ.register import LoadResult
from shequ.rules import Finding, RuleFailure, RulesComparison, Severity
from shequ.sample.demonstration import Demonstration
from shequ.store import Change

__all__ = [
    "catalogue",
    "comparison",
    "comparisons",
    "demonstration",
    "failures",
    "figures",
    "findings",
    "history",
    "load_summary",
    "measurements",
    "message",
    "pairs",
    "plugins",
    "problems",
    "progress",
    "record_types",
    "restatement",
]

_PLAIN_WIDTH = 160
_STYLES = {"error": "bold red", "warning": "yellow", "advice": "cyan"}
_SHOWN_FINDINGS = 8
_SHOWN_LEFT = 10


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr, highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=_PLAIN_WIDTH)


def message(text: str) -> None:
    """A line on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(text))


@contextmanager
def progress() -> Iterator[Callable[[str, int], None]]:
    """A line on standard error that says what is being done; nothing where that is no terminal."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda _what, _number: None
        return
    with console.status("…") as status:

        def tell(what: str, number: int) -> None:
            status.update(Text(f"{what} {number:,}" if number else what))

        yield tell


def _table(*headers: str, numbers: Sequence[int] = ()) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, header in enumerate(headers):
        table.add_column(header, justify="right" if place in numbers else "left", overflow="fold")
    return table


def record_types(schema: Schema) -> None:
    """Every record type with its label and its fields."""
    table = _table("类型", "名称", "字段")
    for declared in schema:
        labels = "、".join(spec.label for spec in declared.fields.values() if spec.name != "id")
        table.add_row(declared.name, declared.label, Text(labels))
    _console().print(table)


def problems(found: Iterable[Problem]) -> None:
    """Each problem on a line of its own."""
    console = Console(highlight=False, soft_wrap=True)
    for problem in found:
        console.print(Text(str(problem), style=_STYLES[problem.severity]))


def load_summary(result: LoadResult) -> None:
    """How many records were stored, and whether anything was kept out."""
    counts = Counter(str(problem.severity) for problem in result)
    stored = f"街道 {result.district}：新增 {result.new} 条，更新 {result.changed} 条，未变 {result.unchanged} 条"
    message(stored)
    if result:
        message(f"问题：错误 {counts['error']}，警告 {counts['warning']}，建议 {counts['advice']}")
    if result.errors and not result.stored:
        message("有错误，未存入任何记录；更正后重新装载，或加 --keep-good 只存入没有错误的行")


def catalogue(metrics: Catalogue) -> None:
    """Every metric with its code, name, unit, and whether it is taken on a date or over a period."""
    table = _table("代码", "名称", "单位", "时间", "口径")
    for metric in metrics.values():
        when = "时点" if metric.timing is Timing.AT else "时期"
        table.add_row(metric.code, Text(metric.name), metric.unit, when, Text(metric.base))
    _console().print(table)


def measurements(measured: Iterable[Measurement]) -> None:
    """Figures as a table, groups below their whole."""
    table = _table("指标", "名称", "区划", "数值", "来源", "注", numbers=(3,))
    for whole in measured:
        for one in whole.flat():
            name = one.metric.name if one.group is None else f"　{one.group}"
            source = one.provenance.label if one.value is not None else ""
            table.add_row(
                one.metric.code if one.group is None else "",
                Text(name),
                Text(one.place.name),
                one.shown,
                source,
                Text("；".join(one.notes)),
            )
    _console().print(table)


def figures(found: Sequence[Measurement | Comparison]) -> None:
    """Figures, or figures beside those of an earlier time."""
    beside = [one for one in found if isinstance(one, Comparison)]
    if beside:
        comparisons(beside)
    else:
        measurements(one for one in found if isinstance(one, Measurement))


def comparisons(found: Iterable[Comparison]) -> None:
    """Figures beside those of an earlier time, groups below their whole."""
    table = _table("指标", "名称", "区划", "本期", "对比期", "增减", "幅度", "注", numbers=(3, 4, 5, 6))
    for whole in found:
        for one in whole.flat():
            now = one.now
            table.add_row(
                now.metric.code if now.group is None else "",
                Text(now.metric.name if now.group is None else f"　{now.group}"),
                Text(now.place.name),
                now.shown,
                one.before.shown,
                one.printed_difference,
                one.printed_change,
                Text(one.note),
            )
    _console().print(table)


def findings(found: Sequence[Finding]) -> None:
    """Findings, the worst first, and how many of each severity."""
    console = Console(highlight=False, soft_wrap=True)
    for finding in found:
        console.print(Text(str(finding), style=_STYLES[finding.severity]))
    counts = Counter(finding.severity for finding in found)
    message("　".join(f"{severity.label} {counts[severity]}" for severity in Severity) if found else "没有发现问题")


def failures(failed: Iterable[RuleFailure]) -> None:
    """Each rule that failed instead of judging, with its plugin."""
    for failure in failed:
        message(f"警告：{failure}；其余规则已照常核查")


def comparison(found: RulesComparison) -> None:
    """What two sides judge differently, and how much they judge alike."""
    console = Console(highlight=False, soft_wrap=True)
    for side, names in zip("甲乙", found.names, strict=True):
        message(f"{side}：{'、'.join(names)}")
    for title, only in (("仅甲发现", found.only_first), ("仅乙发现", found.only_second)):
        if only:
            console.print(Text(f"{title} {len(only)} 项", style="bold"))
        for finding in only:
            console.print(Text(f"  {finding}", style=_STYLES[finding.severity]))
    if found.different:
        console.print(Text(f"判断不同 {len(found.different)} 项", style="bold"))
    for pair in found.different:
        for side, finding in (("甲", pair.first), ("乙", pair.second)):
            measured = f"（规定 {finding.threshold}）" if finding.threshold else ""
            console.print(Text(f"  {side}　{finding}{measured}", style=_STYLES[finding.severity]))
    message(f"判断相同 {found.alike} 项" if found else f"两套规则判断相同，共 {found.alike} 项")


def history(declared: RecordType, changes: Sequence[tuple[Change, Sequence[tuple[str, str, str]]]]) -> None:
    """Each change of a record: when, who, why, and the fields that it altered."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{declared.label} {changes[0][0].id}", style="bold"))
    existed = False
    for number, (change, altered) in enumerate(changes):
        following = changes[number + 1][0] if number + 1 < len(changes) else None
        if change.erased:
            what = "（内容已清除）"
        elif change.after is not None:
            what = "修改" if existed else "登记"
        elif existed and (change.before is not None or (following is not None and following.after is None)):
            what = "删除"
        else:
            what = "清除"  # what is left of erased values is followed by the entry of their erasure
        existed = change.erased or change.after is not None
        head = f"第 {change.number} 条　{change.at:%Y-%m-%d %H:%M}　{change.actor}　{what}　{change.reason}"
        console.print(Text(" ".join(head.splitlines())))
        for label, before, after in altered if change.after is not None else ():
            console.print(Text(f"    {label}：{before} → {after}" if before else f"    {label}：{after}"))


def restatement(found: Restatement, labels: Mapping[str, str]) -> None:
    """Figures that moved, before and after, and below them the commits that moved them.

    Args:
        found: What moved.
        labels: Chinese label of each record type.
    """
    if not found.movements:
        message(f"自 {found.since:%Y-%m-%d %H:%M} 以来，{found.asked} 的数字没有变动")
        return
    table = _table("指标", "名称", "区划", "原数", "现数", "相差", "来源", "依据", numbers=(3, 4, 5))
    commits = {change.commit: change for change in found.changes}
    for one in found.movements:
        sources = dict.fromkeys(
            side.provenance.label if side is not None else Provenance.NONE.label for side in (one.before, one.after)
        )
        table.add_row(
            one.metric.code if one.group is None else "",
            Text(one.metric.name if one.group is None else f"　{one.group}"),
            Text(one.place.name),
            NO_DATA if one.before is None else one.before.shown,
            NO_DATA if one.after is None else one.after.shown,
            one.printed_difference,
            " → ".join(sources) if one.group is None else "",
            "、".join(str(number) for number in dict.fromkeys(c.commit for c in one.changes)) if not one.group else "",
        )
    _console().print(table)
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text("\n依据（提交）"))
    for number, first in sorted(commits.items()):
        kinds = Counter(labels.get(change.type, change.type) for change in found.changes if change.commit == number)
        what = "，".join(f"{kind} {count} 条" for kind, count in kinds.items())
        line = f"  {number}　{first.at:%Y-%m-%d %H:%M}　{first.actor}　{first.reason}：{what}"
        console.print(Text(" ".join(line.splitlines())))


def pairs(result: PairingResult) -> None:
    """Proposed pairs with their reasons, and who is left over and why: of many the first, and how many more."""
    table = _table("党员", "户", "分值", "理由", numbers=(2,))
    for one in result.pairs:
        table.add_row(one.candidate.id, one.need.id, str(one.cost), Text(one.why))
    _console().print(table)
    for what, unit, lot in (("户", "户", result.unmatched_needs), ("党员", "人", result.unmatched_candidates)):
        for left in lot[:_SHOWN_LEFT]:
            message(f"{what} {left.id}：{left.text}")
        if len(lot) > _SHOWN_LEFT:
            message(f"……另有 {len(lot) - _SHOWN_LEFT} {unit}，用 --json 列出全部")
    households, people = len(result.unmatched_needs), len(result.unmatched_candidates)
    message(f"结成 {len(result.pairs)} 对，未配上 {households} 户、{people} 人")


_OFFERED = {
    "card_writers": "卡片格式",
    "cards": "卡片",
    "lifecycles": "办理流程",
    "metrics": "指标",
    "record_types": "记录类型",
    "renderers": "格式",
    "reports": "报告",
    "rule_sets": "规则集",
    "stores": "存储",
    "templates": "报告模板",
}
_SHOWN_OFFERS = 6


def plugins(found: Iterable[LoadedPlugin]) -> None:
    """Plugins with their state and what they offer; tracebacks of failed ones below."""
    table = _table("插件", "版本", "状态", "提供", "挂钩", "说明")
    for plugin in found:
        offers = [_offer(kind, names, plugin.overridden.get(kind, ())) for kind, names in plugin.offers.items()]
        hooks = ", ".join(hook.removeprefix("shequ_") for hook in plugin.hooks)
        table.add_row(
            plugin.name, plugin.release, plugin.state.label, Text("；".join(offers)), hooks, Text(plugin.description)
        )
    _console().print(table)
    for plugin in found:
        if plugin.error:
            message(f"{plugin.origin}:\n{plugin.error}")


def _offer(kind: str, names: tuple[str, ...], overridden: tuple[str, ...]) -> str:
    shown = [f"{name}（由优先的插件代替）" if name in overridden else name for name in names]
    listed = "、".join(shown[:_SHOWN_OFFERS]) + (f" 等 {len(names)} 项" if len(names) > _SHOWN_OFFERS else "")
    return f"{_OFFERED.get(kind, kind)} {listed}"


def demonstration(done: Demonstration) -> None:
    """What the demonstration found, and where it lies."""
    console = _console()
    table = _table("指标", "2025 年", "来源", numbers=(1,))
    for one in done.headlines:
        table.add_row(one.metric.name, one.shown, one.provenance.label)
    console.print(table)
    counts = Counter(finding.severity for finding in done.findings)
    summary = "，".join(f"{severity.label} {counts[severity]}" for severity in Severity)
    console.print(Text(f"\n规则核查：{summary}"))
    for finding in done.findings[:_SHOWN_FINDINGS]:
        console.print(Text(f"  {finding.message}", style=_STYLES[finding.severity]))
    if len(done.findings) > _SHOWN_FINDINGS:
        console.print(Text(f"  ……另有 {len(done.findings) - _SHOWN_FINDINGS} 项，见报告第四部分"))
    console.print(Text(f"\n表格　{done.folder / 'returns'}（{done.load.stored} 条记录，{len(done.load)} 个提示）"))
    console.print(Text(f"数据库　{done.folder / 'demo.db'}"))
    for path in done.reports:
        console.print(Text(f"报告　{path}"))
    for folder in dict.fromkeys(path.parent for path in done.cards):
        console.print(Text(f"卡片　{folder}"))
