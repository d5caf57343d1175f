"""The commands about what was: a record's history, figures that moved, backup and restore."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from shequ.cli import display
from shequ.cli.options import (
    AS_JSON,
    AT,
    DISTRICT,
    OPENING,
    PERIOD,
    STORE,
    VIEWING,
    Moment,
    as_viewer,
    open_register,
    options,
    write_json,
)
from shequ.effective import SHANGHAI
from shequ.errors import BadData
from shequ.lifecycle import Labels
from shequ.model import FieldSpec, FiledReport, Kind, RecordType, Sensitivity, Viewer
from shequ.store import Change

__all__ = ["COMMANDS"]


@click.command()
@click.argument("type_name", metavar="TYPE")
@click.argument("record", metavar="ID")
@options(STORE, DISTRICT)
@VIEWING
@AS_JSON
def history(
    type_name: str,
    record: str,
    store: str,
    district: str | None,
    roles: tuple[str, ...],
    scope: tuple[str, ...],
    purpose: str,
    *,
    as_json: bool,
) -> int:
    """列出一条记录的全部变更：何时、何人、何故、改了什么。TYPE 是代码名或中文名，如 resident 或 居民。"""
    with open_register(store, district) as register:
        declared = register.schema[type_name]
        viewer = register.viewer = as_viewer(register.actor, roles, scope, purpose)
        changes, labels = register.history(declared.name, record), register.labels
    if not changes:
        raise BadData(f"{declared.label} {record}：没有这条记录，也从未有过", remedy="核对记录类型和编号")
    if as_json:
        write_json(
            {
                "format": "shequ.history/1",
                "type": declared.name,
                "label": declared.label,
                "id": record,
                "changes": [_as_json(viewer, declared, change) for change in changes],
            }
        )
    else:
        display.history(declared, [(change, tuple(_altered(viewer, labels, declared, change))) for change in changes])
    return 0


def _as_json(viewer: Viewer, declared: RecordType, change: Change) -> dict[str, Any]:
    return {
        "number": change.number,
        "commit": change.commit,
        "at": change.at.isoformat(),
        "actor": change.actor,
        "reason": change.reason,
        "erased": change.erased,
        "before": _masked(viewer, declared, change.before),
        "after": _masked(viewer, declared, change.after),
        "digest": change.digest,
    }


def _masked(viewer: Viewer, declared: RecordType, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {name: _shown(viewer, declared.fields.get(name), value) for name, value in values.items()}


def _shown(viewer: Viewer, spec: FieldSpec | None, value: Any) -> Any:
    """A value as it may be shown; of a field that is no longer declared nobody knows how personal it is."""
    if spec is None:
        return "*"
    if value is None or (spec.sensitivity is Sensitivity.PUBLIC and not isinstance(value, str)):
        return value
    return viewer.told(spec, "、".join(value) if isinstance(value, list) else str(value))


def _altered(viewer: Viewer, labels: Labels, declared: RecordType, change: Change) -> Iterator[tuple[str, str, str]]:
    """Label, value before and value after of each field that a change altered."""
    before, after = change.before or {}, change.after or {}
    for name in dict.fromkeys((*declared.fields, *before, *after)):
        one, other = before.get(name), after.get(name)
        if one != other and name != "id":
            spec = declared.fields.get(name)
            words = [
                (labels.told(spec, values) if spec is not None else None) or _words(viewer, spec, value)
                for values, value in ((before, one), (after, other))
            ]
            yield spec.label if spec is not None else name, words[0], words[1]


def _words(viewer: Viewer, spec: FieldSpec | None, value: Any) -> str:
    if value is None:
        return ""
    shown = _shown(viewer, spec, value)
    if spec is not None and spec.kind is Kind.MONEY and isinstance(shown, int):
        return f"{spec.shown(shown)}元"
    if spec is not None and spec.kind is Kind.MOMENT and isinstance(shown, str):
        with suppress(ValueError):  # what is masked is no time
            return spec.shown(datetime.fromisoformat(shown).astimezone(SHANGHAI))
    if isinstance(shown, bool):
        return "是" if shown else "否"
    return "、".join(shown) if isinstance(shown, list) else (spec.choices if spec else {}).get(str(shown), str(shown))


@click.command()
@OPENING
@options(PERIOD, AT)
@click.option("--since", type=Moment(), help="上次报告的日期（指当日终了），或时刻：2026-01-05T10:30")
@click.option("--filed", help="已报报告的编号；代替 --since 和 --period")
@click.option("--by", type=click.Choice(["community"]), help="分社区列出")
@click.option("--metric", "codes", multiple=True, help="只列这些指标")
@AS_JSON
def restate(
    store: str,
    district: str | None,
    rules: tuple[Path, ...],
    period: str | None,
    at: date | None,
    since: datetime | None,
    filed: str | None,
    by: str | None,
    codes: tuple[str, ...],
    *,
    as_json: bool,
) -> int:
    """列出自某日的报告以来有变动的数字：原数、现数、相差，以及引起变动的修改。"""
    if filed is None and (since is None or (period is None) == (at is None)):
        raise click.UsageError("需要 --since，以及 --period 与 --at 之一；或只给 --filed")
    if filed is not None and (since, period, at) != (None, None, None):
        raise click.UsageError("--filed 已指明报告的时间和时期，不能与 --since、--period、--at 同用")
    with open_register(store, district, rules) as register, display.progress() as progress:
        progress("比较", 0)
        if filed is not None:
            report = register.get("filed_report", filed)
            if not isinstance(report, FiledReport):
                raise BadData(f"没有编号为 {filed} 的已报报告", remedy="核对编号，或用 --since 和 --period")
            since, period = report.filed, report.period
        assert since is not None
        found = register.restate(since=since, at=at, period=period, by=by, codes=codes or None)
        labels = {declared.name: declared.label for declared in register.schema}
    if as_json:
        write_json(found.as_json())
    else:
        display.restatement(found, labels)
    return 0


@click.command("export")
@options(STORE, DISTRICT)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="写出的文件，如 备份.jsonl")
def export_command(store: str, district: str | None, out: Path) -> int:
    """备份：把一个街道的全部历史写成一个 JSON Lines 文件（含个人信息，须妥善保管）。中断后再次运行即继续。"""
    with open_register(store, district) as register, display.progress() as progress:
        done = register.backup(out, progress=progress)
    if done.already:
        display.message(f"从中断处继续：此前已写出 {done.already} 条")
    display.message(f"已写出 {out}：街道 {done.district}，{done.commits} 次提交，{done.entries} 条变更")
    return 0


@click.command("import")
@options(STORE, DISTRICT)
@click.option("--from-export", "source", required=True, type=click.Path(path_type=Path), help="shequ export 写出的文件")
def import_command(store: str, district: str | None, source: Path) -> int:
    """恢复：把备份文件中的全部历史写入一个库。中断后再次运行即继续。"""
    with open_register(store, district, new=True) as register, display.progress() as progress:
        done = register.restore(source, progress=progress)
    if done.already:
        display.message(f"库中已有 {done.already} 条")
    added = done.entries - done.already
    display.message(f"已写入 {added} 条变更：街道 {done.district}，共 {done.commits} 次提交，{done.entries} 条")
    return 0


COMMANDS = (history, restate, export_command, import_command)
"""The commands of this module."""
