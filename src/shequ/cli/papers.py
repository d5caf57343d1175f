"""The commands that write papers: reports and cards."""

from datetime import datetime
from pathlib import Path

import click

from shequ.cli import display
from shequ.cli.options import KNOWN_AT, OPENING, VIEWING, as_viewer, open_register
from shequ.model import Sensitivity
from shequ.register.reporting import OFFICE_ONLY
from shequ.reports.publishing import WITHIN_ONE

__all__ = ["COMMANDS"]


@click.command()
@click.argument("name")
@OPENING
@click.option("--period", required=True, help="时期：2025、2025H1、2025-06、…")
@KNOWN_AT
@click.option("--division", help="区划代码、编号或名称；默认整个街道")
@click.option("--template", type=click.Path(path_type=Path), help="本地模板（TOML），替换或增补内置的内容")
@click.option("--published", is_flag=True, help="对外公开：隐去人数过少的数（只在一份文件之内）")
@click.option("--file", "filed", is_flag=True, help="留存为已报报告，供日后更正对照")
@click.option(
    "--out",
    "outs",
    type=click.Path(path_type=Path),
    required=True,
    multiple=True,
    help="写出的文件，后缀决定格式；可多次给出，各种格式出自同一份文件",
)
def report(
    name: str,
    store: str,
    district: str | None,
    rules: tuple[Path, ...],
    period: str,
    known_at: datetime | None,
    division: str | None,
    template: Path | None,
    outs: tuple[Path, ...],
    *,
    published: bool,
    filed: bool,
) -> int:
    """写一份报告。NAME：work 工作汇报、monthly 月报表、brief 一页简报、findings 问题清单、contact 联系卡半年汇总、restatement 更正对照。"""
    if filed and known_at is not None:
        raise click.UsageError("--file 留存现在的数字，不能与 --known-at 同用")
    if filed and name in OFFICE_ONLY:
        raise click.UsageError(f"{name} 是内部使用的报告，不能用 --file 留存为已报报告")
    if filed and published:
        raise click.UsageError("--file 留存全部数字，不能与隐去小数的 --published 同用")
    with open_register(store, district, rules) as register, display.progress() as progress:
        progress("生成报告", 0)
        made = register.report(
            name, period=period, known_at=known_at, division=division, template=template, published=published
        )
        paths = made.save_all(*outs)
        kept = register.file_report(name, made.document) if filed else None
    for path in paths:
        display.message(f"已写出 {path}")
    if published:
        display.message(WITHIN_ONE)
    if kept is not None:
        display.message(f"已留存为已报报告 {kept.id}")
    return 0


@click.command()
@click.argument("kind")
@OPENING
@click.option("--period", required=True, help="时期：2025H1、2025、…")
@click.option("--division", help="区划代码、编号或名称；默认整个街道")
@click.option("--number", "numbers", multiple=True, help="只打印这些编号的卡，可多次给出")
@click.option("--limit", type=click.IntRange(1), help="至多打印多少张")
@click.option("--format", "formats", multiple=True, default=("html",), show_default=True, help="html、docx，可多次给出")
@VIEWING
@click.option("--out", type=click.Path(path_type=Path), required=True, help="写入的文件夹")
def cards(
    kind: str,
    store: str,
    district: str | None,
    rules: tuple[Path, ...],
    period: str,
    division: str | None,
    numbers: tuple[str, ...],
    limit: int | None,
    formats: tuple[str, ...],
    roles: tuple[str, ...],
    scope: tuple[str, ...],
    purpose: str,
    out: Path,
) -> int:
    """打印卡片。KIND：appointment 聘请卡、registration 登记卡、record 记录卡、contact 联系卡（信函及回执）、slip 温馨联系卡。"""
    with open_register(store, district, rules) as register, display.progress() as progress:
        register.viewer = as_viewer(register.actor, roles, scope, purpose)
        progress("制作卡片", 0)
        made = register.cards(kind, period=period, division=division, numbers=numbers, limit=limit, purpose=purpose)
        paths = made.save(out, *formats)
        masked = register.viewer.sees is Sensitivity.PUBLIC
    sheets = made.sheets
    display.message(f"{sheets.title}：{len(sheets.cards)} 张，{len(sheets.sheets)} 页")
    for reason, count in sheets.left_out:
        display.message(f"  未打印 {count} 张：{reason}")
    for path in paths:
        display.message(f"已写出 {path}")
    if masked and sheets.cards:
        display.message("姓名、电话等已打码；有权限的人员用 --role clerk（社区工作者）打印全文，查阅会留存记录")
    return 0


COMMANDS = (report, cards)
"""The commands of this module."""
