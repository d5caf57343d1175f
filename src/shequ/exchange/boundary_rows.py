"""Changes of boundaries as clerks file them: what each kind of event names, and whether that exists.

A row that says too little is kept, since the event happened; but figures of then would not find their place of now, so
each is a warning.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from shequ.exchange.problems import Problem, Severity
from shequ.exchange.references import Row
from shequ.model import BoundaryChange, BoundaryEvent

__all__ = ["boundary_problems"]

_Number = tuple[int, int | None]
_SIDES: Mapping[BoundaryEvent, tuple[_Number, _Number]] = {
    BoundaryEvent.SET_UP: ((0, 0), (1, None)),
    BoundaryEvent.SPLIT: ((1, 1), (2, None)),
    BoundaryEvent.MERGE: ((2, None), (1, 1)),
    BoundaryEvent.RENAME: ((1, 1), (1, 1)),
    BoundaryEvent.RECODE: ((1, 1), (1, 1)),
    BoundaryEvent.DISSOLVE: ((1, None), (0, 0)),
}
"""Least and most divisions before and after each event; ``None`` stands for any number."""
_REMEDIES: Mapping[BoundaryEvent, str] = {
    BoundaryEvent.SET_UP: "设立只填变更后区划；由别处分出的填“拆分”",
    BoundaryEvent.SPLIT: "变更前填被拆分的一个区划，变更后填拆分成的各个区划（保留原代码的也要填）",
    BoundaryEvent.MERGE: "变更前填被合并的各个区划（保留原代码的也要填），变更后填合并成的一个区划",
    BoundaryEvent.RENAME: "变更前后都填该区划的代码，两者相同；代码也变的填“变更代码”",
    BoundaryEvent.RECODE: "变更前填原代码，变更后填新代码，各一个",
    BoundaryEvent.DISSOLVE: "撤销只填变更前区划；并入别处的填“合并”",
}
_UNKNOWN = "核对代码；已撤销的区划也要有一行记录（区划表，填停用日期）"


def boundary_problems(rows: Iterable[Row], known: Container[str]) -> Iterator[Problem]:
    """What is doubtful about rows of changes.

    Args:
        rows: Rows of which a record was made; those of other types are passed over.
        known: The codes of all divisions, sub-districts and communities, those of this load among them.
    """
    for row in rows:
        change = row.record
        if isinstance(change, BoundaryChange):
            for field, code, message, remedy in (*_numbers(change), *_strangers(change, known)):
                value = "、".join(getattr(change, field))
                yield row.draft.table.problem(
                    row.draft.row, field, value or None, code, message, remedy, Severity.WARNING
                )


def _numbers(change: BoundaryChange) -> Iterator[tuple[str, str, str, str]]:
    """Each kind of event has so many divisions before and after; a renamed one keeps its code."""
    event, remedy = change.event, _REMEDIES[change.event]
    sides = (("before", "变更前", change.before), ("after", "变更后", change.after))
    for (field, label, codes), (least, most) in zip(sides, _SIDES[event], strict=True):
        if len(codes) < least or (most is not None and len(codes) > most):
            wanted = "应有" if least == most else "至少应有"
            message = f"{event.label}的{label}区划{wanted} {least} 个，现有 {len(codes)} 个，无法据以接续以前的数据"
            yield field, "wrong-number", message, remedy
    renamed = event is BoundaryEvent.RENAME and len(change.before) == len(change.after) == 1
    if renamed and change.before != change.after:
        message = f"更名不改变代码，而代码由 {change.before[0]} 变为 {change.after[0]}"
        yield "after", "renamed-code", message, remedy


def _strangers(change: BoundaryChange, known: Container[str]) -> Iterator[tuple[str, str, str, str]]:
    for field, codes in (("before", change.before), ("after", change.after)):
        strange = [code for code in codes if code not in known]
        if strange:
            yield field, "unknown-division", f"没有代码为 {'、'.join(strange)} 的区划、街道或社区", _UNKNOWN
