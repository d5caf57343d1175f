"""Loading returns: a folder of spreadsheets becomes records, and every fault in them a problem.

Two steps. :func:`read_returns` reads the files and needs nothing else. :meth:`Returns.settle` then gives each
row its id, finds whom its references name (in what was read, then in what is stored), builds the records and
says which of them are new or changed. With any error nothing comes out, unless good rows are to be kept.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import attrs

from shequ.codes import parent_division
from shequ.errors import BadData, InvalidRecord, InvalidRules
from shequ.exchange.boundary_rows import boundary_problems
from shequ.exchange.cells import narrow
from shequ.exchange.checks import checks_of
from shequ.exchange.problems import Problem, Severity
from shequ.exchange.references import References, Row, is_plain_id
from shequ.exchange.rows import Draft, Table, read_rows
from shequ.exchange.sources import RawTable, decode, read_csv, source_files
from shequ.exchange.workbooks import read_workbook
from shequ.lifecycle import LIFECYCLES, Lifecycle
from shequ.metrics import Metric
from shequ.model import Record, Schema
from shequ.system_faults import cause

__all__ = ["Returns", "Settled", "read_returns"]

CheckRules = Callable[[str, str], None]
Progress = Callable[[str, int], None]
_PLACES = ("sub_district", "community", "division")


@attrs.frozen
class Settled:
    """What a load came to.

    Args:
        records: The new and changed records, types in the schema's order, rows as they stood; none at all if
            there was an error and good rows were not to be kept.
        unchanged: How many rows equal what is stored.
        new: How many of the records are new.
        changed: How many of the records differ from what is stored.
        problems: Everything that was found, by file and row.
    """

    records: tuple[Record, ...]
    unchanged: int
    new: int
    changed: int
    problems: tuple[Problem, ...]

    @property
    def has_errors(self) -> bool:
        """Whether some problem kept a row out."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def read_returns(
    source: Path,
    schema: Schema,
    *,
    progress: Progress | None = None,
    check_rules: CheckRules | None = None,
    today: date | None = None,
    lifecycles: Iterable[Lifecycle] = LIFECYCLES,
) -> "Returns":
    """Read every file of a source and every row of every file.

    Args:
        source: A folder or a file; files in folders below are not read.
        schema: The record types that may come.
        progress: Told the file's name and the rows read so far, now and then.
        check_rules: Given name and text of each rule file whose syntax is right; raises
            :class:`~shequ.errors.InvalidRules` if it cannot be meant.
        today: The day of the load: nobody is born later.
        lifecycles: Those whose steps may come.

    Raises:
        BadData: If there is no such source, or nothing in it that can be read.
        MissingExtra: If there is a workbook and the extra ``excel`` is not installed.
    """
    files, skipped = source_files(source)
    problems = list(skipped)
    drafts: list[Draft] = []
    for path in files:
        if path.suffix.lower() == ".toml":
            _read_rules(path, schema, check_rules, drafts, problems)
            continue
        for table in _tables(path, schema, problems):
            rows, found = read_rows(table, checks_of(table.type, schema, lifecycles, today), progress)
            drafts.extend(rows)
            problems.extend(found)
    return Returns(schema, tuple(drafts), tuple(problems))


def _tables(path: Path, schema: Schema, problems: list[Problem]) -> Iterator[RawTable]:
    if path.suffix.lower() == ".csv":
        read = read_csv(path, schema)
        if isinstance(read, RawTable):
            yield read
        else:
            problems.extend(read)
        return
    tables, found = read_workbook(path, schema)
    problems.extend(found)
    yield from tables


_AT_LINE = re.compile(r"at line (\d+)")


def _read_rules(
    path: Path,
    schema: Schema,
    check_rules: CheckRules | None,
    drafts: list[Draft],
    problems: list[Problem],
) -> None:
    """A rule file is kept as it is; here its syntax is checked, its meaning by the caller's function."""

    def refuse(line: int | None, code: str, message: str, remedy: str) -> None:
        problems.append(Problem(path.name, line, None, None, None, code, message, remedy))

    try:
        data = path.read_bytes()
    except OSError as error:
        refuse(None, "unreadable", f"无法读取：{cause(error)}", "检查文件是否被占用或无权限")
        return
    text, found = decode(path.name, data)
    problems.extend(found)
    if text is None:
        return
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _AT_LINE.search(str(error))
        line = int(match[1]) if match else text.count("\n") + 1
        refuse(line, "bad-toml", f"不符合 TOML 语法（{error}）", "更正该行")
        return
    if check_rules is not None:
        try:
            check_rules(path.name, text)
        except InvalidRules as error:
            refuse(error.line, "bad-rules", error.reason, error.remedy or "更正该规则")
            return
    table = Table(path.name, schema["rule_source"], {})
    drafts.append(Draft(table, 1, {"name": path.name, "content": text}))


@attrs.frozen(eq=False)
class Returns:
    """What was read, not yet compared with anything stored.

    Args:
        schema: The record types.
        drafts: The rows, files in the order of their names.
        problems: What has been found so far.
    """

    schema: Schema
    drafts: tuple[Draft, ...]
    problems: tuple[Problem, ...]

    @property
    def districts(self) -> tuple[str, ...]:
        """The districts that this load may be for.

        Its sub-districts, if it brings any; else the topmost of all divisions that it names: twelve digits nest
        by their segments, other keys by what the rows say. Each is named by its id, which is its code unless a
        sheet says otherwise.
        """
        codes: dict[str, str] = {}
        places = [draft for draft in self.drafts if draft.table.type.name in _PLACES and "code" in draft.values]
        for draft in places:
            codes[draft.values.get("id", draft.values["code"])] = draft.values["code"]
        brought = [draft for draft in places if draft.table.type.name == "sub_district"]
        if brought:
            return tuple(dict.fromkeys(draft.values.get("id", draft.values["code"]) for draft in brought))
        named: dict[str, None] = {}
        parents: dict[str, str] = {}
        for draft in self.drafts:
            type_ = draft.table.type
            own = draft.values.get("code") if type_.name in _PLACES else None
            if own:
                named[own] = None
            for spec in type_.references:
                cell = draft.values.get(spec.name)
                if spec.to not in _PLACES or cell is None or not is_plain_id(narrow(cell)):
                    continue
                code = codes.get(narrow(cell), narrow(cell))
                if own:
                    parents[own] = code
                if type_.name != "division":
                    named[code] = None
        ids = {code: identity for identity, code in codes.items()}
        top = [code for code in named if not any(above in named for above in _above(code, parents))]
        if all(draft.table.type.name == "division" for draft in self.drafts):
            top = _nearest_common(top)  # reference data alone: a city's towns without the city itself
        return tuple(ids.get(code, code) for code in top)

    @property
    def sub_districts(self) -> tuple[str, ...]:
        """Ids of the sub-districts that this load brings a record of."""
        brought = (draft.values for draft in self.drafts if draft.table.type.name == "sub_district")
        return tuple(dict.fromkeys(v.get("id", v["code"]) for v in brought if "code" in v))

    def settle(
        self,
        stored: Callable[[str], Mapping[str, Record]],
        *,
        metric: Callable[[str], Metric | None],
        faults: Callable[[Record], Iterable[InvalidRecord]] = lambda _: (),
        keep_good: bool = False,
    ) -> Settled:
        """Make records of the rows and compare them with what is stored.

        Args:
            stored: Gives the stored records of a type by id; asked once for each type that matters.
            metric: The metric that a code or name stands for; a figure of none is kept, and named.
            faults: What else is wrong with a record; asked for each that its type lets pass.
            keep_good: Whether good rows come out although others are bad. A row that refers to a bad one
                which is not stored is itself bad.
        """
        rows: dict[str, list[Row]] = {}
        for draft in self.drafts:
            rows.setdefault(draft.table.type.name, []).append(Row(draft, dict(draft.values), bad=draft.bad))
        figures = list(_figure_problems(rows.get("reported_figure", ()), metric))
        everything = [row for type_ in self.schema for row in rows.get(type_.name, ())]
        references = References(rows, self.schema, stored)
        references.settle()
        found: list[Problem] = []
        for row in everything:
            if not row.bad:
                _build(row, found, faults)
        kept = _without_doubles(everything, found)
        found.extend(_same_key(kept))
        if any(row.type.name == "boundary_change" for row in kept):
            codes = {getattr(record, "code", "") for name in _PLACES for record in references.stored(name).values()}
            codes |= {row.values.get("code", "") for row in kept if row.type.name in _PLACES}
            found.extend(boundary_problems(kept, codes))
        references.drop_dangling(kept)
        good = [row.record for row in kept if row.record is not None and not row.bad]
        found.extend(problem for row, problem in figures if not row.bad or problem.severity is Severity.ERROR)
        problems = sorted([*self.problems, *references.problems, *found], key=lambda problem: problem.place)
        if not keep_good and any(problem.severity is Severity.ERROR for problem in problems):
            return Settled((), 0, 0, 0, tuple(problems))
        before = [references.stored(record.__record__.name).get(record.id) for record in good]
        fresh = [record for record, old in zip(good, before, strict=True) if old != record]
        new = before.count(None)
        return Settled(tuple(fresh), len(good) - len(fresh), new, len(fresh) - new, tuple(problems))


def _nearest_common(codes: list[str]) -> list[str]:
    """The nearest division that holds all of these, where they are twelve digits and one does."""
    chains = []
    for code in codes:
        chain = [code]
        while (above := parent_division(chain[-1])) is not None:
            chain.append(above)
        chains.append(chain)
    common = [code for code in chains[0] if all(code in chain for chain in chains[1:])] if chains else []
    return common[:1] or codes


def _above(code: str, parents: Mapping[str, str]) -> Iterator[str]:
    """The divisions above one, as far as rows or segments tell."""
    seen = {code}
    current: str | None = code
    while current is not None:
        current = parents.get(current) or parent_division(current)
        if current is None or current in seen:
            return
        seen.add(current)
        yield current


def _build(row: Row, problems: list[Problem], faults: Callable[[Record], Iterable[InvalidRecord]]) -> None:
    """Make the record; what it refuses, and what else is wrong with it, is a problem of its column."""
    table, number = row.draft.table, row.draft.row
    try:
        row.record = row.type.cls(**{**row.values, "id": row.id})
    except InvalidRecord as error:
        found = [error]
    except BadData as error:
        problems.append(table.problem(number, "", None, "invalid", error.message, error.remedy or "更正该行"))
        row.bad = True
        return
    else:
        found = list(faults(row.record))
    for fault in found:
        value = fault.value if fault.field else None
        problems.append(table.problem(number, fault.field, value, fault.code, fault.reason, fault.remedy or "更正此值"))
    row.bad = row.bad or bool(found)


def _without_doubles(rows: list[Row], problems: list[Problem]) -> list[Row]:
    """The rows without those that repeat another word for word; rows of one id that differ are all bad."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.id is not None:
            groups.setdefault((row.type.name, row.id), []).append(row)
    repeated: set[int] = set()
    for same in groups.values():
        if len(same) == 1:
            continue
        first, *others = same
        equal = all(not row.bad and row.record == first.record for row in same)
        for row in others:
            problems.append(_double(first, row, equal=equal))
            if equal:
                repeated.add(id(row))
        if not equal:
            for row in same:
                row.bad = True
    return [row for row in rows if id(row) not in repeated]


def _same_key(rows: list[Row]) -> Iterator[Problem]:
    """Rows of one natural key under several ids: the same person or household would count twice."""
    first: dict[tuple[str, ...], Row] = {}
    for row in rows:
        if row.record is None or row.bad:
            continue
        key = tuple(getattr(row.record, name) for name in row.type.key)
        if None in key:
            continue
        named = (row.type.name, *map(str, key))
        known = first.setdefault(named, row)
        if known is row or known.id == row.id:
            continue
        alone = len(row.type.key) == 1
        labels = "、".join(row.type.fields[name].label for name in row.type.key)
        where = f"{known.draft.table.file} 第 {known.draft.row} 行"
        row.bad = row.bad or alone
        yield row.draft.table.problem(
            row.draft.row,
            row.type.key[-1],
            key[-1],
            "key-twice",
            f"与 {where}的“{labels}”相同，编号却不同，会重复计数",
            "用同一编号，或删除其中一行",
            Severity.ERROR if alone else Severity.WARNING,
        )


def _double(first: Row, row: Row, *, equal: bool) -> Problem:
    table, where = row.draft.table, f"{first.draft.table.file} 第 {first.draft.row} 行"
    given = "id" in row.draft.values
    single = row.type.key[0] if len(row.type.key) == 1 else ""
    field = "id" if given else single
    value = row.draft.values.get(field) if field else None
    labels = "、".join(row.type.fields[name].label for name in row.type.key)
    what = "编号" if given else f"“{labels}”"
    if equal:
        message = f"与 {where}完全相同，只载入一次"
        return table.problem(row.draft.row, field, value, "row-twice", message, "删除其中一行", Severity.WARNING)
    message = f"{what}与 {where}相同，其他内容不同，两行都不能载入"
    return table.problem(row.draft.row, field, value, "id-twice", message, "核对两行，改正或删除其中一行")


def _figure_problems(rows: Iterable[Row], metric: Callable[[str], Metric | None]) -> Iterator[tuple[Row, Problem]]:
    """Put code and unit of its metric where a figure names them otherwise; what cannot be, each with its problem."""
    for row in rows:
        name = row.values.get("metric")
        if name is None:
            continue
        found = metric(name)
        if found is None:
            yield (
                row,
                row.draft.table.problem(
                    row.draft.row,
                    "metric",
                    name,
                    "unknown-metric",
                    "没有这个指标，该数保留但不参与计算",
                    "核对指标代码或名称，用 shequ metrics --list 列出全部指标",
                    Severity.WARNING,
                ),
            )
            continue
        row.values["metric"] = found.code
        problem = _in_unit(row, found)
        if problem is not None:
            row.bad = True
            yield row, problem
            continue
        value = row.values.get("value")
        if isinstance(value, Decimal) and value < 0:
            yield (
                row,
                row.draft.table.problem(
                    row.draft.row, "value", value, "negative", f"{found.name}为负数", "核对该数", Severity.WARNING
                ),
            )


_SAME_UNIT = {"m2": "平方米", "㎡": "平方米", "m²": "平方米", "平米": "平方米", "名": "人", "户次": "户", "¥": "元"}


def _in_unit(row: Row, metric: Metric) -> Problem | None:
    """Bring a figure into its metric's unit: ten thousands and per cent are converted, another unit is an error."""
    unit, value = row.values.get("unit"), row.values.get("value")
    if not unit or not isinstance(value, Decimal):
        return None
    own = "%" if metric.percent else metric.unit
    said = _SAME_UNIT.get(unit, unit)
    if not metric.percent and said == metric.unit:
        return None
    if not own:
        return None  # a plain ratio: people name it as they like
    if metric.percent and said in ("%", "％"):
        row.values["value"], row.values["unit"] = value / 100, ""
        return None
    if said.startswith("万") and _SAME_UNIT.get(said[1:], said[1:]) == metric.unit and metric.unit:
        row.values["value"], row.values["unit"] = value * 10000, metric.unit
        return None
    counters = {"个", "家", "支", "处", "所", "幢", "栋", "间", "项", "件", "起", "次", "场", "条", "篇", "只", "座"}
    if said in counters and metric.unit in counters:
        return None
    return row.draft.table.problem(
        row.draft.row, "unit", unit, "other-unit", f"{metric.name}的单位是“{own}”", "换算后填写，或核对单位"
    )
