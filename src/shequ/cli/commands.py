"""The commands. One document on standard output where ``--json`` is asked for; everything else on standard error.

Exit status: 0 done, 1 done with problems or findings of severity error, 2 wrong usage or a failure.
"""

import contextlib
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from shequ import __version__
from shequ.cli import display, papers, past
from shequ.cli.options import (
    AS_JSON,
    AT,
    BY,
    DISTRICT,
    KNOWN_AT,
    OPENING,
    PERIOD,
    RULES,
    STORE,
    VIEWING,
    Day,
    as_viewer,
    one_of,
    open_register,
    options,
    write_json,
)
from shequ.errors import PluginConflict, ShequError
from shequ.exchange import write_template
from shequ.hookspecs import API
from shequ.metrics import BREAKDOWNS, Comparison, Earlier, Measurement
from shequ.register import declared, host_from_environment
from shequ.rules import Severity
from shequ.system_faults import cause

__all__ = ["run"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="shequ")
def cli() -> None:
    """社区工作数据：从各社区的表格到街道的工作报告，每个数字都可追溯。"""


@cli.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("shequ-demo"),
    show_default=True,
    help="写入的文件夹",
)
@click.option("--seed", default=2025, show_default=True, help="同一种子得到同样的数据")
@click.option("--households", default=5000, show_default=True, type=click.IntRange(60), help="户数")
def demo(out: Path, seed: int, households: int) -> int:
    """生成一个演示街道：先写成表格，再装载、计数、核查、出报告。"""
    from shequ.sample.demonstration import demonstrate

    with display.progress() as progress:
        done = demonstrate(out, seed=seed, households=households, progress=progress)
    display.demonstration(done)
    return 0


@cli.command()
@click.argument("type_name", metavar="TYPE", required=False)
@click.option("--out", type=click.Path(path_type=Path), help="写出的文件：.csv 或 .xlsx")
@click.option("--list", "list_types", is_flag=True, help="列出全部记录类型")
@click.option("--force", is_flag=True, help="覆盖已有的文件")
def template(type_name: str | None, out: Path | None, *, list_types: bool, force: bool) -> int:
    """写出一种记录的空白表格。TYPE 是代码名或中文名，如 household 或 户。"""
    host = host_from_environment()
    schema, _ = declared(host)
    if list_types:
        display.record_types(schema)
        return 0
    if type_name is None or out is None:
        raise click.UsageError("需要 TYPE 和 --out，例如：shequ template 居民 --out 居民.csv；用 --list 列出全部类型")
    write_template(schema[type_name], out, overwrite=force)
    display.message(f"已写出 {out}")
    return 0


@cli.command()
@click.argument("source", type=click.Path(path_type=Path))
@OPENING
@click.option("--keep-good", is_flag=True, help="有错误时仍存入没有错误的行")
@AS_JSON
def load(
    source: Path, store: str, district: str | None, rules: tuple[Path, ...], *, keep_good: bool, as_json: bool
) -> int:
    """装载一个文件夹的表格（CSV、Excel、规则 TOML）或其中一个文件。"""
    with open_register(store, district, rules, new=True) as register, display.progress() as progress:
        result = register.load(source, keep_good=keep_good, progress=progress)
    if as_json:
        write_json({"format": "shequ.problems/1", "problems": [problem.as_json() for problem in result]})
    else:
        display.problems(result)
    display.load_summary(result)
    return 1 if result.errors else 0


@cli.command()
@click.option("--store", envvar="SHEQU_STORE", help="存储地址，如 sqlite:///street.db")
@options(DISTRICT, RULES, PERIOD, AT, KNOWN_AT)
@click.option("--list", "list_codes", is_flag=True, help="列出全部指标的代码、名称和单位")
@BY
@click.option(
    "--compare",
    type=click.Choice([str(one) for one in Earlier]),
    help="与另一时期比较：yoy 同比（上年同期）、pop 环比（上一时期）",
)
@click.option("--boundaries", type=Day(), help="按哪一天的区划分列（与 --by community 同用），如合并之后的社区")
@click.option("--metric", "codes", multiple=True, help="只列这些指标")
@AS_JSON
def metrics(
    store: str | None,
    district: str | None,
    rules: tuple[Path, ...],
    period: str | None,
    at: date | None,
    known_at: datetime | None,
    by: str | None,
    compare: str | None,
    boundaries: date | None,
    codes: tuple[str, ...],
    *,
    list_codes: bool,
    as_json: bool,
) -> int:
    """列出全部指标在一个时期或一天的数值。"""
    if list_codes and as_json:
        raise click.UsageError("--list 列出的是表格，不能与 --json 同用；各指标见 docs/reference/metrics.md")
    if list_codes:
        display.catalogue(declared(host_from_environment())[1])
        return 0
    if store is None:
        raise click.UsageError("需要 --store")
    one_of(period, at)
    if boundaries is not None and (by != "community" or known_at is not None or compare is not None):
        raise click.UsageError("--boundaries 须与 --by community 同用，不能与 --known-at、--compare 同用")
    with open_register(store, district, rules) as register, display.progress() as progress:
        progress("计算指标", 0)
        found: Sequence[Measurement | Comparison]
        if boundaries is not None:
            found = [
                one
                for code in codes or tuple(register.catalogue)
                for one in register.measure_by_boundaries(code, of=boundaries, at=at, period=period)
            ]
        elif compare is not None:
            found = register.compare(to=compare, at=at, period=period, by=by, codes=codes or None, known_at=known_at)
        else:
            found = register.measure_all(at=at, period=period, by=by, codes=codes or None, known_at=known_at)
        if as_json:
            write_json(
                {
                    "format": "shequ.metrics/1",
                    "period": None if period is None else str(register.asked(None, period)),
                    "known_at": None if known_at is None else known_at.isoformat(),
                    "measurements": [one.as_json() for whole in found for one in whole.flat()],
                }
            )
        else:
            display.figures(found)
        if by in BREAKDOWNS and not codes:
            left = len(register.catalogue) - len(found)
            display.message(f"另有 {left} 项指标不能按{BREAKDOWNS[by]}分列，未列出")
    return 0


@cli.command()
@OPENING
@click.option("--at", type=Day(), required=True, help="核查哪一天的数据")
@click.option("--law", type=Day(), help="按哪一天的规定；默认同一天")
@click.option(
    "--compare",
    multiple=True,
    help="与另一规则集比较：文件或现行规则集的名称，可多次给出；--rules 此时为另一方，不给则为现行规则",
)
@AS_JSON
def check(
    store: str,
    district: str | None,
    rules: tuple[Path, ...],
    at: date,
    law: date | None,
    compare: tuple[str, ...],
    *,
    as_json: bool,
) -> int:
    """按某一天的规定核查某一天的数据；用 --compare 列出两套规则判断不同之处。

    退出状态：0 无不符合（比较时：判断相同），1 有不符合或有规则执行失败（比较时：判断有不同），2 用法错误或失败。
    """
    if compare:
        return _compare(store, district, rules, compare, at, law, as_json=as_json)
    with open_register(store, district, rules) as register, display.progress() as progress:
        progress("核查", 0)
        verdict = register.judge(at=at, law=law)
        names = [rule_set.name for rule_set in register.rule_sets()]
        failed = register.host.failed
    if as_json:
        write_json(
            {
                "format": "shequ.findings/1",
                "at": at.isoformat(),
                "law": (law or at).isoformat(),
                "rule_sets": names,
                "findings": [finding.as_json() for finding in verdict.findings],
                "failures": [failure.as_json() for failure in verdict.failures],
            }
        )
    else:
        display.findings(verdict.findings)
    display.failures(verdict.failures)
    return 1 if failed or any(finding.severity is Severity.ERROR for finding in verdict.findings) else 0


def _compare(
    store: str,
    district: str | None,
    first: tuple[Path, ...],
    second: tuple[str, ...],
    at: date,
    law: date | None,
    *,
    as_json: bool,
) -> int:
    """What two sides judge differently."""
    with open_register(store, district) as register, display.progress() as progress:
        progress("比较", 0)
        compared = register.compare_rules(first, second, at=at, law=law)
    if as_json:
        write_json(compared.as_json())
    else:
        display.comparison(compared)
    for verdict in compared.verdicts:
        display.failures(verdict.failures)
    return 1 if compared or any(verdict.failures for verdict in compared.verdicts) else 0


@cli.command()
@click.argument("metric")
@options(STORE, DISTRICT, RULES, PERIOD, AT, KNOWN_AT)
@click.option("--division", help="区划代码、编号或名称；默认整个街道")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(0, 10**6), help="每页列出多少条记录")
@click.option("--page", default=1, show_default=True, type=click.IntRange(1), help="第几页记录")
@VIEWING
@AS_JSON
def explain(
    metric: str,
    store: str,
    district: str | None,
    rules: tuple[Path, ...],
    period: str | None,
    at: date | None,
    known_at: datetime | None,
    division: str | None,
    limit: int,
    page: int,
    roles: tuple[str, ...],
    scope: tuple[str, ...],
    purpose: str,
    *,
    as_json: bool,
) -> int:
    """说明一个数字的来历：定义、口径、分子分母、参数、记录。"""
    one_of(period, at)
    with open_register(store, district, rules) as register:
        register.viewer = as_viewer(register.actor, roles, scope, purpose)
        found = register.measure(metric, at=at, period=period, division=division, known_at=known_at)
        if as_json:
            write_json(found.lineage(limit, page))
        else:
            click.echo(found.explain(limit, page))
    return 0


@cli.command()
@OPENING
@click.option("--at", type=Day(), required=True, help="以哪一天的记录为准")
@click.option("--want", "wants", multiple=True, help="类别=所需特长，如 独居老人=聊天,医疗；可多次给出")
@click.option("--capacity", default=1, show_default=True, type=click.IntRange(1), help="每人至多联系几户")
@click.option("--volunteers", is_flag=True, help="登记志愿者也参加结对")
@AS_JSON
def pair(
    store: str,
    district: str | None,
    rules: tuple[Path, ...],
    at: date,
    wants: tuple[str, ...],
    capacity: int,
    *,
    volunteers: bool,
    as_json: bool,
) -> int:
    """为困难户提出党员结对建议，并说明每一对的理由；不写入任何记录。"""
    wanted = {
        name: frozenset(filter(None, re.split("[,，、]", skills)))
        for name, _, skills in (want.partition("=") for want in wants or _VULNERABLE)
    }
    with open_register(store, district, rules) as register, display.progress() as progress:
        progress("结对", 0)
        result = register.pair(at=at, wanted=wanted, capacity=capacity, volunteers=volunteers)
    if as_json:
        write_json(
            {
                "format": "shequ.pairs/1",
                "at": at.isoformat(),
                "pairs": [
                    {"candidate": one.candidate.id, "household": one.need.id, "cost": one.cost, "why": one.why}
                    for one in result.pairs
                ],
                "unmatched": [
                    {"id": one.id, "cause": str(one.cause), "why": one.text}
                    for one in (*result.unmatched_needs, *result.unmatched_candidates)
                ],
            }
        )
    else:
        display.pairs(result)
    return 0


_VULNERABLE = ("low_income", "disabled", "living_alone", "orphan")


@cli.command()
@AS_JSON
def plugins(*, as_json: bool) -> int:
    """列出插件：状态、版本、提供什么。"""
    host = host_from_environment()
    with contextlib.suppress(PluginConflict):  # it stands in the errors of both
        declared(host)
    found = host.inventory()
    if as_json:
        write_json(
            {
                "format": "shequ.plugins/1",
                "api": API,
                "plugins": [
                    {
                        "name": plugin.name,
                        "distribution": plugin.distribution,
                        "version": plugin.version,
                        "state": plugin.state,
                        "hooks": list(plugin.hooks),
                        "offers": {kind: list(names) for kind, names in plugin.offers.items()},
                        "overridden": {kind: list(names) for kind, names in plugin.overridden.items()},
                        "decides": list(plugin.decides),
                        "description": plugin.description,
                        "error": plugin.error,
                    }
                    for plugin in found
                ],
            }
        )
    else:
        display.plugins(found)
    return 1 if any(plugin.error for plugin in found) else 0


for command in (*papers.COMMANDS, *past.COMMANDS):
    cli.add_command(command)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal cannot show must not stop the work
    try:
        status = cli.main(arguments, prog_name="shequ", standalone_mode=False)
    except click.ClickException as error:
        error.show(sys.stderr)
        return 2
    except click.Abort:
        display.message("已中断")
        return 2
    except ShequError as error:
        display.message(f"shequ: {error}")
        return 2
    except BrokenPipeError:
        # Whoever read our output has seen enough; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        display.message(f"shequ: 无法读写 {error.filename or '输出'}：{cause(error)}")
        return 2
    except Exception as error:  # noqa: BLE001 - no traceback reaches a user unasked
        display.message(f"shequ: 内部错误 {type(error).__name__}: {error}（设置 SHEQU_TRACEBACK=1 可查看详情）")
        if os.environ.get("SHEQU_TRACEBACK") == "1":
            traceback.print_exc(file=sys.stderr)
        return 2
    return status if isinstance(status, int) else 0
