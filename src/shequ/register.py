"""The register: what an application holds — a store, plugins, an actor, a clock.

Here is the edge of the library: the clock and the environment are read here and handed down as values.
"""

import contextlib
import difflib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Self, cast

import attrs

from shequ import __version__
from shequ.calendars import Period
from shequ.effective import SHANGHAI, local_date
from shequ.errors import (
    BackendError,
    BadData,
    DistrictRequired,
    InvalidRules,
    Misuse,
    PluginConflict,
    UnknownFormat,
    UnknownMetric,
    UnknownScheme,
)
from shequ.exchange import Problem, Severity, read_returns
from shequ.lifecycle import Guard, Lifecycle, disclose, step
from shequ.lifecycle.deadlines import DEADLINE_STARTS, Status, Terms, statuses_at
from shequ.lifecycle.successions import DerivedChanges, derive_changes
from shequ.matching import Criteria, PairingResult, from_records, pair
from shequ.metrics import Asked, Catalogue, DivisionTree, Engine, Measurement, Metric, Place, asked_of, by_boundaries
from shequ.model import (
    EVERY_TYPE,
    RECORD_TYPES,
    ContactCard,
    Coverage,
    Division,
    PartyMember,
    Record,
    RuleSource,
    Schema,
    WorkUnit,
    in_force,
)
from shequ.plugins import PluginHost
from shequ.query import Select
from shequ.reports import Document, ReportContext
from shequ.rules import (
    Finding,
    Judgement,
    LawOn,
    RuleSet,
    Threshold,
    combine,
    guards_of,
    read_rule_set,
    step_rules,
    terms_on,
)
from shequ.store import ANY, Snapshot, Store

__all__ = ["LoadResult", "Register", "Report", "catalogue_of", "host_from_environment", "open", "parse_date"]

_REFERENCE_TYPES = frozenset({"division", "sub_district", "reported_figure", "coverage", "rule_source"})
"""Types whose records are not counted, or count without being declared complete."""


_PAIRING_TYPES = (
    "building",
    "household",
    "resident",
    "household_membership",
    "resident_category",
    "party_member",
    "registration_card",
    "volunteer",
    "pairing",
)


def _hint(code: str, message: str, remedy: str) -> Problem:
    return Problem("（装载）", None, None, None, None, code, message, remedy, Severity.ADVICE)


_DAY = timedelta(days=1)
Progress = Callable[[str, int], None]
"""Told what is being done and how much of it, now and then."""


class LoadResult(Sequence[Problem]):
    """The problems of a load, and what became of the rows.

    Args:
        problems: Every problem, by file and row.
        new: Records stored for the first time.
        changed: Records stored in a new version.
        unchanged: Rows equal to what was stored.
        district: The district loaded into.
    """

    def __init__(self, problems: tuple[Problem, ...], *, new: int, changed: int, unchanged: int, district: str) -> None:
        self._problems = problems
        self.new, self.changed, self.unchanged, self.district = new, changed, unchanged, district

    def __getitem__(self, index: Any) -> Any:
        return self._problems[index]

    def __len__(self) -> int:
        return len(self._problems)

    @property
    def stored(self) -> int:
        """How many records were written."""
        return self.new + self.changed

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep rows from being stored."""
        return tuple(problem for problem in self._problems if problem.severity is Severity.ERROR)

    def __repr__(self) -> str:
        return f"<LoadResult: {self.stored} stored, {self.unchanged} unchanged, {len(self)} problems>"


@attrs.frozen
class Report:
    """A report that was built, to be written in any format.

    Args:
        document: The document.
        renderers: Suffix → renderer.
    """

    document: Document
    _renderers: Mapping[str, Any] = attrs.field(repr=False)

    def render(self, suffix: str) -> str | bytes:
        """The report in a format.

        Raises:
            UnknownFormat: If no plugin writes it.
        """
        name = suffix.removeprefix(".").lower()
        if name not in self._renderers:
            raise UnknownFormat(name, tuple(sorted(self._renderers)))
        rendered: str | bytes = self._renderers[name](self.document)
        return rendered

    def save(self, path: "str | os.PathLike[str]") -> Path:
        """Write the report in the format of the path's suffix; a failure leaves no half-written file.

        Raises:
            UnknownFormat: If no plugin writes that format.
            BackendError: If the file cannot be written.
        """
        target = Path(path)
        content = self.render(target.suffix)
        data = content.encode() if isinstance(content, str) else content
        write_whole(target, data)
        return target


def write_whole(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        BackendError: If it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BackendError(f"无法写入 {target}：{error.strerror}", remedy="检查文件夹是否存在、是否可写") from error


class Register:
    """A district's records with everything that can be asked of them; use :func:`open` to get one.

    Args:
        store: Where records are kept.
        host: The plugins.
        schema: The record types.
        district: Id of the district; ``None`` to find out from the store or from the first load.
        actor: Who works with it.
        clock: Gives the present moment, aware.
        rules: Rule sets besides those of plugins and store.
    """

    def __init__(
        self,
        store: Store,
        *,
        host: PluginHost,
        schema: Schema,
        district: str | None = None,
        actor: str = "unknown",
        clock: Callable[[], datetime] | None = None,
        rules: Iterable[RuleSet] = (),
    ) -> None:
        self.store, self.host, self.schema, self.actor = store, host, schema, actor
        self._given = self._district = district
        self._clock = clock or (lambda: datetime.now(SHANGHAI))
        self._rules = tuple(rules)
        self._engines: dict[tuple[Any, ...], Engine] = {}
        self._snapshots = contextlib.ExitStack()
        self.catalogue = catalogue_of(host)
        self._lifecycles: dict[str, Lifecycle] = {
            lifecycle.name: lifecycle for _, lifecycle in host.collect("shequ_lifecycles")
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the store."""
        self._forget()
        self.store.close()

    @property
    def district(self) -> str:
        """The district worked with.

        Raises:
            DistrictRequired: If none was given and the store holds none or several.
        """
        if self._district is None:
            held = self.store.districts()
            if len(held) != 1:
                raise DistrictRequired(held)
            (self._district,) = held
        return self._district

    @property
    def now(self) -> datetime:
        """The present moment by the register's clock."""
        return self._clock()

    @property
    def today(self) -> date:
        """The present day in Asia/Shanghai."""
        return self.now.astimezone(SHANGHAI).date()

    # Data in

    def load(
        self,
        source: "str | os.PathLike[str]",
        *,
        keep_good: bool = False,
        progress: Progress | None = None,
    ) -> LoadResult:
        """Load a folder of spreadsheets, or one of them.

        Args:
            source: Folder or file.
            keep_good: Whether the good rows of a source with errors are stored; otherwise nothing is.
            progress: Told what is being done.

        Returns:
            Every problem, and how many records were stored.

        Raises:
            BadData: If the source cannot be read at all.
            DistrictRequired: If it is not clear which district it is for.
        """
        path = Path(source)
        returns = read_returns(path, self.schema, check_rules=self._check_rules, progress=progress)
        district = self._district_for(returns.districts, returns.sub_districts)
        with self.store.session(district, actor=self.actor, reason=f"load {path.name}", at=self.now) as session:
            settled = returns.settle(
                lambda name: {stored.record.id: stored.record for stored in session.scan(Select(name))},
                metric=self.catalogue.find,
                keep_good=keep_good,
            )
            for number, record in enumerate(settled.records, 1):
                session.put(record, ANY)
                if progress is not None and number % 5000 == 0:
                    progress("写入", number)
            hints = self._hints(settled.records, session)
        self._forget()
        if settled.records:
            self._district = district
        return LoadResult(
            (*settled.problems, *hints),
            new=settled.new,
            changed=settled.changed,
            unchanged=settled.unchanged,
            district=district,
        )

    def _hints(self, records: tuple[Record, ...], session: Snapshot) -> tuple[Problem, ...]:
        """What a clerk should know about coverage: records that count nowhere, and types that count as nought."""
        counted = {record.__record__.name for record in records} - _REFERENCE_TYPES
        coverage = [stored.record for stored in session.scan(Select("coverage"))]
        if counted and not coverage:
            return (
                _hint(
                    "no-coverage",
                    "未声明任何记录完整，已装入的记录都不计数",
                    "用 shequ template 记录覆盖 写出空表，填一行：记录类型、区划、起始日期",
                ),
            )
        if not any(isinstance(row, Coverage) and row.type == EVERY_TYPE for row in records):
            return ()
        empty = [
            declared.label
            for declared in self.schema
            if declared.name not in _REFERENCE_TYPES | {"step"}
            and next(session.scan(Select(declared.name)), None) is None
        ]
        if not empty:
            return ()
        return (
            _hint(
                "covered-but-empty",
                f"“全部”类型已声明完整，以下类型没有一条记录，将计为 0：{'、'.join(empty)}",
                "没有报表的类型，请改为逐类声明",
            ),
        )

    def _district_for(self, candidates: tuple[str, ...], brought: tuple[str, ...]) -> str:
        if self._given is not None:
            return self._given
        held = self.store.districts()
        if len(held) == 1 and (not brought or held[0] in brought):
            return held[0]
        if held or len(candidates) != 1:
            raise DistrictRequired(held or candidates)
        return candidates[0]

    def _check_rules(self, name: str, content: str) -> None:
        for rule in read_rule_set(name, content).rules:
            if isinstance(rule.judge, Threshold):
                for code in filter(None, (rule.judge.metric, rule.judge.closing)):
                    if code not in self.catalogue:
                        raise InvalidRules(
                            name, None, f"规则 {rule.name} 用到的指标 {code} 不存在", remedy="更正指标代码"
                        )

    def put(self, *records: Record, reason: str) -> None:
        """Store records, whatever was stored under their ids, in one commit."""
        with self.store.session(self.district, actor=self.actor, reason=reason, at=self.now) as session:
            for record in records:
                session.put(record, ANY)
        self._forget()

    def adopt_divisions(self, listed: Iterable[Division], *, on: date, reason: str) -> DerivedChanges:
        """Take over a new official list of divisions of one level, as of a day.

        What went ends on that day, what came begins, what was renamed has a new version, and the changes are recorded:
        the old list can still be asked for. A place whose name stands under another code only is taken to be recoded.

        Args:
            listed: All divisions of the level, as the new list has them.
            on: The day from which they hold.
            reason: The list, or the document behind it.

        Returns:
            What went, came, was renamed or recoded.

        Raises:
            InvalidRecord: If the list has one code twice, or a change does not fit what is there; nothing is stored.
        """
        new = tuple(listed)
        levels = {division.level for division in new}
        with self.store.session(self.district, actor=self.actor, reason=reason, at=self.now) as session:
            there = [stored.record for stored in session.scan(Select("division"))]
            old = [d for d in there if isinstance(d, Division) and d.level in levels and in_force(d, on - _DAY)]
            derived = derive_changes(old, new, on, reason=reason)
            for outcome in derived.outcomes:
                for record in outcome.records:
                    session.put(record, ANY)
        self._forget()
        return derived

    def get(self, type: str, id: str) -> Record | None:  # noqa: A002 - the contract's own words
        """A record by type name and id; ``None`` if there is none."""
        with self.store.read(self.district) as snapshot:
            stored = snapshot.get(self.schema[type].name, id)
        return None if stored is None else stored.record

    def apply(self, card_id: str, event: str, *, reason: str = "", type: str | None = None) -> Record:  # noqa: A002 - the contract's own words
        """Take a card or case one step on, and keep the step.

        Args:
            card_id: Its id.
            event: What happens.
            reason: Why, or on what paper.
            type: Name of its type, where ids of several types are the same.

        Returns:
            The card as it stands now.

        Raises:
            BadData: If there is no such card, or several.
            IllegalStep: If the event is not allowed where it stands, or a rule set refuses it; nothing is changed.
        """
        names = [self.schema[type].name] if type else list(self._lifecycles)
        now = self.now
        with self.store.session(self.district, actor=self.actor, reason=reason or event, at=now) as session:
            found = [
                (name, stored)
                for name in names
                if name in self._lifecycles and (stored := session.get(name, card_id)) is not None
            ]
            if len(found) != 1:
                kinds = "、".join(name for name, _ in found) or "无"
                raise BadData(f"编号 {card_id} 对应的卡或案件不唯一：{kinds}", remedy="核对编号，或用 type= 指明类型")
            ((name, stored),) = found
            moved, taken = step(
                self._lifecycles[name],
                stored.record,
                event,
                at=now,
                actor=self.actor,
                reason=reason,
                guards=self._guards(stored.record, session, reason),
            )
            session.put(moved, stored.version)
            session.put(taken, ANY)
            if isinstance(moved, ContactCard) and event == "send":
                session.put(self._disclosure(moved, session), ANY)
        self._forget()
        return moved

    def _guards(self, card: Record, session: Snapshot, reason: str) -> tuple[Guard, ...]:
        """What the rule sets in force here demand of a step of a card."""
        sets = self.rule_sets()
        book, _ = combine(sets)
        places = [s.record for name in ("division", "sub_district", "community") for s in session.scan(Select(name))]
        tree = DivisionTree(self.district, places)
        found = tree.find(self._place_of(card, session))
        return guards_of(
            step_rules(sets),
            places=tree.above(found or tree.root),
            book=book,
            records=lambda name: (stored.record for stored in session.scan(Select(name))),
            reason=reason,
        )

    def _place_of(self, record: Record, session: Snapshot) -> str:
        """Id of the division that a record belongs to; ``""`` if that leads nowhere."""
        found, path = record, record.__record__.division
        while path:
            field, _, path = path.partition(".")
            target, value = found.__record__.fields[field].to, getattr(found, field)
            if not path:
                return value or ""
            stored = session.get(target, value) if target and value else None
            if stored is None:
                return ""
            found = stored.record
        return ""

    def statuses(self, *, at: "date | str") -> Iterator[tuple[Record, Status]]:
        """How every matter with a deadline stands on a day: in force, due soon, overdue, expired, met or late.

        Each is reckoned by the law of the day on which the matter began. Nothing of it is stored.

        Args:
            at: The day.

        Yields:
            The record and a status of it, by type and id.
        """
        day = parse_date(at) if isinstance(at, str) else at
        evaluator, tree = self._engine().evaluator, self._engine().tree
        book, _ = combine(self.rule_sets())
        known: dict[tuple[str, date], Terms] = {}
        for name, starts in DEADLINE_STARTS.items():
            for record in sorted(evaluator.table(name).values(), key=lambda record: record.id):
                begun = getattr(record, starts) or day
                place = tree.find(evaluator.place(record) or "") or tree.root
                if (place.id, begun) not in known:
                    known[place.id, begun] = terms_on(book, tree.above(place), begun)
                for status in statuses_at(record, day, known[place.id, begun]):
                    yield record, status

    def _disclosure(self, card: ContactCard, session: Snapshot) -> Record:
        """What is kept of the sending of a contact card."""
        member, employer = session.get("party_member", card.member), session.get("work_unit", card.employer)
        if member is None or employer is None:
            raise BadData(f"联系卡 {card.id} 的党员或单位没有记录", remedy="先登记党员和所在单位")
        return disclose(
            card,
            cast("PartyMember", member.record),
            cast("WorkUnit", employer.record),
            on=self.today,
            actor=self.actor,
        )

    def pair(
        self,
        *,
        at: "date | str",
        wanted: Mapping[str, frozenset[str]],
        criteria: Criteria | None = None,
        capacity: int = 1,
        volunteers: bool = False,
    ) -> PairingResult:
        """Propose who helps which household (结对帮扶); nothing is stored.

        Args:
            at: The day whose records count.
            wanted: Categories of residents whose households want help, and the skills that each asks for.
            criteria: What counts how much.
            capacity: Households that one person helps at most.
            volunteers: Whether volunteers who are no members are candidates too.

        Raises:
            MissingExtra: If the extra ``matching`` is not installed.
        """
        day = parse_date(at) if isinstance(at, str) else at
        evaluator = self._engine().evaluator
        records = chain.from_iterable(evaluator.table(name).values() for name in _PAIRING_TYPES)
        candidates, needs = from_records(records, on=day, wanted=wanted, capacity=capacity, volunteers=volunteers)
        return pair(candidates, needs, criteria or Criteria())

    # Figures, findings, reports

    def rule_sets(self) -> tuple[RuleSet, ...]:
        """The rule sets in the order in which they override: plugins', then the store's, then those given."""
        plugged = tuple(rule_set for _, rule_set in self.host.collect("shequ_rule_sets"))
        with self.store.read(self.district) as snapshot:
            sources = [stored.record for stored in snapshot.scan(Select("rule_source"))]
        kept = tuple(read_rule_set(s.name, s.content) for s in sources if isinstance(s, RuleSource))
        return (*plugged, *kept, *self._rules)

    def _engine(self, law: date | None = None, known_at: datetime | None = None) -> Engine:
        key = (law, known_at)
        if key not in self._engines:
            book, _ = combine(self.rule_sets())
            snapshot: Snapshot = self._snapshots.enter_context(self.store.read(self.district, known_at))
            self._engines[key] = Engine(
                snapshot,
                self.schema,
                self.catalogue,
                district=self.district,
                today=self.today,
                parameters=LawOn(book, law),
            )
        return self._engines[key]

    def _forget(self) -> None:
        """Drop what was read: the records have changed, or nobody wants them any more."""
        self._engines.clear()
        self._snapshots.close()

    def places(self, by: str | None = None, day: date | None = None) -> tuple[Place, ...]:
        """The whole district, or with ``by="community"`` each of its communities and then the whole.

        A community that was renamed is one, by its name of the day; today if none is given.
        """
        tree, on = self._engine().tree, day or self.today
        if by is None:
            return (tree.root,)
        if by != "community":
            raise Misuse(f"不能按 {by!r} 分列", remedy="可用：community")
        communities = sorted(
            (place for place in tree if place.kind == "community" and tree.is_version_of(place, on)),
            key=lambda place: place.code,
        )
        return (*communities, tree.root)

    def metric(self, code: str) -> Metric:
        """The metric of a code or a Chinese name.

        Raises:
            UnknownMetric: If there is none, with the nearest codes.
        """
        found = self.catalogue.find(code)
        if found is None:
            names = [*self.catalogue, *(metric.name for metric in self.catalogue.values())]
            raise UnknownMetric(code, tuple(difflib.get_close_matches(code, names, n=3, cutoff=0.7)))
        return found

    def measure(
        self,
        code: str,
        *,
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        division: str | None = None,
        known_at: datetime | None = None,
    ) -> Measurement:
        """A figure on a date or over a period.

        Args:
            code: Code of the metric.
            at: The day.
            period: The period; a metric that is taken on a date is taken on its last day.
            division: Code, id or name of a division; the whole district if none is given.
            known_at: As it was known then, where the store can tell.

        Raises:
            UnknownMetric: If there is no such metric.
            BadData: If the date, period or division cannot be read.
        """
        metric = self.metric(code)
        engine = self._engine(known_at=known_at)
        place = engine.tree.root if division is None else engine.tree[division]
        return engine.measure(metric.code, place, self.asked(at, period))

    def measure_all(
        self,
        *,
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        by: str | None = None,
        codes: Iterable[str] | None = None,
        known_at: datetime | None = None,
    ) -> list[Measurement]:
        """The whole catalogue, or some codes of it, for the district or by community."""
        engine = self._engine(known_at=known_at)
        wanted = tuple(self.metric(code).code for code in codes) if codes is not None else tuple(self.catalogue)
        asked = self.asked(at, period)
        return engine.measure_all(wanted, self.places(by, engine.when(asked).day), asked)

    def measure_by_boundaries(
        self,
        metric: str,
        *,
        of: "date | str",
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        level: str = "community",
    ) -> list[Measurement]:
        """Figures of then by the boundaries of another day, such as of now.

        Args:
            metric: Code or Chinese name.
            of: The day whose boundaries are wanted.
            at: The day that the figures are about.
            period: The period that they are about.
            level: ``community``, or a level of divisions (``town``, ``county``).

        Returns:
            A measurement for each place of the level on that day; see :func:`shequ.metrics.by_boundaries`.
        """
        wanted = self.metric(metric).code
        day = parse_date(of) if isinstance(of, str) else of
        return by_boundaries(self._engine(), wanted, self.asked(at, period), of=day, level=level)

    def asked(self, at: "date | str | None", period: "Period | str | None") -> Asked:
        """A date or a period from what a user gave.

        Raises:
            BadData: If it cannot be read.
            Misuse: If both or none is given.
        """
        if isinstance(at, str):
            at = parse_date(at)
        elif isinstance(at, datetime):
            at = local_date(at)
        if isinstance(period, str):
            period = Period.parse(period)
        return asked_of(at, period)

    def check(
        self,
        *,
        at: "date | str",
        law: "date | str | None" = None,
    ) -> tuple[Finding, ...]:
        """Judge the data of one day by the law of that day or of another; the worst findings first.

        Args:
            at: The day whose data are judged.
            law: The day whose law is used; the same day if none is given.
        """
        day = parse_date(at) if isinstance(at, str) else local_date(at) if isinstance(at, datetime) else at
        if day > self.today:
            raise BadData(f"{day} 在将来，没有可核查的数据", remedy=f"核查 {self.today} 或更早的日期")
        law_day = day if law is None else parse_date(law) if isinstance(law, str) else law
        book, rules = combine(self.rule_sets())
        judgement = Judgement(self._engine(law_day), book, at=day, law=law_day)
        return judgement.judge(rules)

    def report(self, name: str = "work", *, period: "Period | str") -> Report:
        """Build a report over a period.

        Raises:
            Misuse: If no plugin offers a report of this name.
            NothingToReport: If nothing at all is known about the period.
        """
        builders = self.host.by_name("shequ_reports", "report")
        if name not in builders:
            raise Misuse(f"没有名为 {name!r} 的报告", remedy=f"可用：{'、'.join(sorted(builders))}")
        asked = Period.parse(period) if isinstance(period, str) else period
        engine = self._engine()
        day = min(asked.last_day, self.today)
        context = ReportContext(
            engine=engine,
            place=engine.tree.root,
            period=asked,
            findings=self.check(at=day),
            to_close=self.check(at=day, law=self.today),
            day=self.today,
            rule_sets=tuple(f"{found.label} {found.version}" for found in self.rule_sets()),
            made_by=(f"shequ {__version__}", *(p.origin for p in self.host.plugins if p.distribution)),
        )
        _, builder = builders[name]
        document: Document = builder(context)
        renderers = {
            suffix: renderer for suffix, (_, renderer) in self.host.by_name("shequ_renderers", "format").items()
        }
        return Report(document, renderers)


def catalogue_of(host: PluginHost) -> Catalogue:
    """The metrics of all plugins.

    Raises:
        PluginConflict: If two plugins define the same code.
    """
    origins: dict[str, str] = {}
    found = []
    for plugin, metric in host.collect("shequ_metrics"):
        if metric.code in origins:
            raise PluginConflict("metric", metric.code, origins[metric.code], plugin.origin)
        origins[metric.code] = plugin.origin
        found.append(metric)
    return Catalogue(found)


def parse_date(text: str) -> date:
    """A date as ``2025-12-31``.

    Raises:
        BadData: If the text is none.
    """
    plain = re.sub(r"(\d{4})年(\d{1,2})月(\d{1,2})日\Z", r"\1-\2-\3", text.strip())
    match = re.match(r"(19\d\d|2[01]\d\d)-(\d{1,2})-(\d{1,2})\Z", plain, re.ASCII)
    wrong = BadData(f"{text!r} 不是日期", remedy="写成 2025-12-31，年份在 1900 至 2199 之间")
    if match is None:
        raise wrong
    try:
        return date(*map(int, match.groups()))
    except ValueError as error:
        raise wrong from error


def host_from_environment() -> PluginHost:
    """The installed plugins, as ``SHEQU_PLUGINS_DISABLE`` and ``SHEQU_PLUGINS_STRICT`` ask for them."""
    named = [name for name in os.environ.get("SHEQU_PLUGINS_DISABLE", "").split(",") if name]
    return PluginHost(disable=named, strict=os.environ.get("SHEQU_PLUGINS_STRICT", "") == "1")


def open(  # noqa: A001 - shequ.open is the public name
    url: str,
    district: str | None = None,
    *,
    actor: str | None = None,
    host: PluginHost | None = None,
    clock: Callable[[], datetime] | None = None,
    rules: Iterable["str | os.PathLike[str]"] = (),
) -> Register:
    """Open a register over a store.

    Args:
        url: Where records are kept: ``memory:``, ``sqlite:///street.db``, or any scheme a plugin offers.
        district: The district; may be left out when the store holds exactly one, or none yet.
        actor: Who works with it; the login name if none is given.
        host: The plugins; those that are installed if none is given.
        clock: Gives the present moment; the system's if none is given.
        rules: TOML files of further rule sets, the last of which overrides.

    Raises:
        UnknownScheme: If no plugin offers a store for the URL.
        InvalidRules: If a rule file breaks its form.
    """
    host = host or host_from_environment()
    schemes = host.by_name("shequ_stores", "store scheme")
    scheme = url.partition(":")[0] if ":" in url else ""
    if scheme not in schemes:
        raise UnknownScheme(url, scheme, tuple(sorted(schemes)))
    sets = [read_rule_set(Path(file).name, _rule_text(Path(file))) for file in rules]
    schema = Schema([*RECORD_TYPES, *(cls for _, cls in host.collect("shequ_record_types"))])
    _, factory = schemes[scheme]
    store: Store = factory(url, schema)
    return Register(
        store,
        host=host,
        schema=schema,
        district=district,
        actor=actor or _login(),
        clock=clock,
        rules=sets,
    )


def _login() -> str:
    for name in ("SHEQU_ACTOR", "LOGNAME", "USER", "USERNAME"):
        if os.environ.get(name):
            return os.environ[name]
    return "unknown"


def _rule_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"无法读取规则文件 {path}：{error}", remedy="核对路径；文件应为 UTF-8") from error
