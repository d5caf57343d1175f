"""The register: what an application holds — a store, plugins, an actor, a clock.

Here is the edge of the library: the clock and the environment are read here and handed down as values.
"""

import contextlib
import difflib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache, partial
from itertools import chain, count
from pathlib import Path
from typing import Any, Self, cast

from shequ import __version__
from shequ.calendars import Period, parse_date, parse_moment
from shequ.effective import SHANGHAI, Answer, local_date
from shequ.errors import (
    BadData,
    DistrictRequired,
    Forbidden,
    IllegalStep,
    InvalidRules,
    Misuse,
    PluginConflict,
    UnknownMetric,
    UnknownScheme,
)
from shequ.exchange import Transfer, export_history, import_history, read_returns
from shequ.exchange.archive import Progress
from shequ.exchange.loading import LoadResult, coverage_hints
from shequ.lifecycle import Guard, Lifecycle, disclose, step
from shequ.lifecycle.adoption import adopt
from shequ.lifecycle.course import card_on
from shequ.lifecycle.deadlines import DEADLINE_TYPES, Status, Terms, statuses_at
from shequ.lifecycle.successions import DerivedChanges
from shequ.matching import Criteria, PairingResult, from_records, pair
from shequ.metrics import (
    TREE_TYPES,
    Asked,
    Catalogue,
    DivisionTree,
    Engine,
    Measurement,
    Metric,
    Place,
    Restatement,
    asked_of,
    by_boundaries,
    learned_since,
    restate,
)
from shequ.model import (
    RECORD_TYPES,
    ContactCard,
    Division,
    FiledReport,
    PartyMember,
    Record,
    ResidentCategory,
    Role,
    RuleSource,
    Schema,
    Step,
    Viewer,
    WorkUnit,
    derive_id,
)
from shequ.model.people import RESIDENT_CATEGORIES
from shequ.plugins import PluginHost
from shequ.query import Select
from shequ.reports import (
    THRESHOLD,
    Access,
    CardContext,
    CardKind,
    CardPrint,
    Document,
    ReportBuilder,
    ReportContext,
    built_in_templates,
    deal,
    publish,
    templated,
)
from shequ.reports.saving import Report
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
from shequ.store import ANY, Change, Snapshot, Store

__all__ = [
    "LoadResult",
    "Register",
    "Report",
    "catalogue_of",
    "host_from_environment",
    "open",
    "parse_date",
    "parse_moment",
]


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
        viewer: Whose rights decide what may be read; ``None`` for a program that answers for that itself.
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
        viewer: Viewer | None = None,
    ) -> None:
        self.store, self.host, self.schema, self.actor = store, host, schema, actor
        self._given = self._district = district
        self._clock = clock or (lambda: datetime.now(SHANGHAI))
        self._rules = tuple(rules)
        self.viewer = viewer
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
        returns = read_returns(
            path,
            self.schema,
            check_rules=self._check_rules,
            progress=progress,
            today=self.today,
            lifecycles=self._lifecycles.values(),
        )
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
            hints = coverage_hints(settled.records, session, self.schema)
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
        for rule in self._read_rules(name, content).rules:
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

    def adopt_divisions(
        self, listed: Iterable[Division], *, on: date, reason: str, within: str | None = None
    ) -> DerivedChanges:
        """Take over a new official list of divisions of one level, as of a day.

        What went ends on that day, what came begins, what was renamed has a new version, and the changes are recorded:
        the old list can still be asked for. A place whose name stands under another code only is taken to be recoded.
        Communities and sub-districts under a code that changes end and begin with it. Compared are only the places
        under the parents that the list names: a list of one county leaves other counties' towns alone. The same list
        on the same day again changes nothing.

        Args:
            listed: All divisions of the level, as the new list has them.
            on: The day from which they hold.
            reason: The list, or the document behind it.
            within: Code or id of a division of which the list has everything: a city's towns, also those of counties
                that no longer exist and that the list therefore does not name.

        Returns:
            What went, came, was renamed or recoded; what was not compared.

        Raises:
            BadData: If the list is empty, or names places that do not lie ``within``.
            InvalidRecord: If the list has one code twice, or a change does not fit what is there; nothing is stored.
        """
        with self.store.session(self.district, actor=self.actor, reason=reason, at=self.now) as session:
            known = [stored.record for name in TREE_TYPES for stored in session.scan(Select(name))]
            derived = adopt(listed, known, on, reason=reason, within=within)
            changed = chain.from_iterable(outcome.records for outcome in derived.outcomes)
            for record in (*changed, *derived.along):
                session.put(record, ANY)
        self._forget()
        return derived

    def get(self, type: str, id: str) -> Record | None:  # noqa: A002 - the contract's own words
        """A record by type name and id; ``None`` if there is none.

        Raises:
            Forbidden: If a viewer was given who may not see it, or not all of it.
        """
        with self.store.read(self.district) as snapshot:
            stored = snapshot.get(self.schema[type].name, id)
        if stored is None:
            return None
        if self.viewer is not None:
            access = self._access()
            access.demand(stored.record)
            self._log_reading(access, stored.record)
        return stored.record

    # Who may see what

    def show(self, type: str, id: str) -> dict[str, str] | None:  # noqa: A002 - the contract's own words
        """A record as text, label → value, with what the viewer may not see masked; ``None`` if there is none.

        Personal and sensitive values that were shown are logged (个人信息查阅记录).

        Raises:
            Forbidden: If it lies outside the viewer's places.
        """
        with self.store.read(self.district) as snapshot:
            stored = snapshot.get(self.schema[type].name, id)
        if stored is None:
            return None
        access = self._access()
        row = access.row(stored.record)
        self._log_reading(access, stored.record)
        return row

    def _access(self) -> Access:
        """What the viewer may read; without one, everything, as the actor."""
        return Access(
            self.viewer or Viewer(self.actor, frozenset({Role.CUSTODIAN}), purpose="程序读取"), self._engine()
        )

    def _log_reading(self, access: Access, record: Record) -> None:
        seen = access.seen(record)
        if seen:
            self._keep_reading(access.reading(record.__record__.name, record.id, seen, records=1, at=self.now), "查阅")

    def _keep_reading(self, reading: Record, what: str) -> None:
        """Log a reading. What was read stays as it is: nothing that is counted has changed but the log itself."""
        with self.store.session(self.district, actor=self.actor, reason=f"{what}个人信息", at=self.now) as session:
            session.put(reading, ANY)

    def cards(
        self,
        kind: str,
        *,
        period: "Period | str",
        division: str | None = None,
        numbers: Iterable[str] = (),
        limit: int | None = None,
        purpose: str = "",
    ) -> CardPrint:
        """Cards to print; where they show personal values, that they were printed is logged.

        Args:
            kind: Name or Chinese label of the kind: ``appointment`` 聘请卡, ``registration`` 登记卡, ``record`` 记录卡,
                ``contact`` 联系卡, ``slip`` 温馨联系卡, or one that a plugin offers.
            period: The period that they are about.
            division: Code, id or name of a division; the whole district if none is given.
            numbers: Numbers of the cards that are wanted; all if none are given.
            limit: How many are printed at most.
            purpose: What for, for the log.

        Raises:
            Misuse: If there is no such kind.
            BadData: If the period or division cannot be read, the period has not begun, or a number is wanted that no
                card has.
        """
        kinds = self.host.by_name("shequ_cards", "kind of card")
        found = next((name for name, (_, one) in kinds.items() if kind in (name, cast("CardKind", one).label)), None)
        if found is None:
            known = "、".join(f"{name}（{one.label}）" for name, (_, one) in kinds.items())
            near = difflib.get_close_matches(kind, [*kinds, *(one.label for _, one in kinds.values())], n=1)
            raise Misuse(
                f"没有名为 {kind!r} 的卡片", remedy=f"是否指 {near[0]}？可用：{known}" if near else f"可用：{known}"
            )
        asked = Period.parse(period) if isinstance(period, str) else period
        if asked.start > self.today:
            raise BadData(f"{asked} 尚未开始，没有可打印的卡片", remedy=f"写出 {self.today} 或更早开始的时期")
        engine, access = self._engine(), self._access()
        place = engine.tree.root if division is None else engine.tree[division]
        context = CardContext(engine, access, place, asked)
        _, dealer = kinds[found]
        sheets = deal(found, dealer, context, day=self.today, numbers=frozenset(numbers), limit=limit)
        if sheets.cards and context.seen:
            kept = access.reading(
                dealer.subject,
                None,
                context.seen,
                records=len(sheets.cards),
                at=self.now,
                purpose=purpose or f"打印{asked}{dealer.label}",
            )
            self._keep_reading(kept, "打印")
        writers = {name: writer for name, (_, writer) in self.host.by_name("shequ_card_writers", "card format").items()}
        return CardPrint(sheets, writers)

    # History

    def history(self, type: str, id: str) -> tuple[Change, ...]:  # noqa: A002 - the contract's own words
        """Every change of one record, in order; none if there never was such a record.

        Args:
            type: Name or Chinese label of its type.
            id: Its id.

        Raises:
            Forbidden: If a viewer was given whose places it does not lie in. Values are as they were stored: whoever
                passes them on masks them (:func:`shequ.model.masked`).
        """
        name = self.schema[type].name
        changes = tuple(self.store.history(self.district, name, id))
        if self.viewer is not None and changes:
            record, access = self._engine().evaluator.table(name).get(id), self._access()
            if record is not None:
                access.demand(record, whole=False)
                self._log_reading(access, record)
            elif self.viewer.scope:
                raise Forbidden(f"{name} {id} 已不在册，无法判定属于哪个社区", remedy="由可查阅整个街道的人员查阅")
        return changes

    def changes(self, after: int = 0) -> Iterator[Change]:
        """Every change behind a number, in order; with the last number seen, a reader goes on where it ended."""
        return self.store.changes(self.district, after)

    def erase(self, keys: Iterable[tuple[str, str]], *, reason: str) -> int:
        """Erase the values of records from store and history where the law demands it; nothing brings them back.

        That it was done, by whom, when and why is kept for each record. Figures, of today and as known earlier, no
        longer count it. Other records are not touched: what they hold about a person, by reference or in words,
        and what was printed or exported before, has to be looked for.

        Args:
            keys: Type and id of each record.
            reason: Why, and by what right; it cannot be erased itself.

        Returns:
            How many states of the records were erased.

        Raises:
            Conflict: If there never was one of the records; then nothing was erased.
        """
        named = [(self.schema[type_].name, id_) for type_, id_ in keys]
        blanked = self.store.erase(self.district, named, actor=self.actor, reason=reason, at=self.now)
        self._forget()
        return blanked

    def restate(
        self,
        *,
        since: "datetime | date | str",
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        by: str | None = None,
        codes: Iterable[str] | None = None,
    ) -> Restatement:
        """What moved since a report: figures that are known otherwise now, with the changes that moved them.

        Both states of knowledge are asked as a report of that day asked: what was running then is counted to that day.

        Args:
            since: When the report was made; a day means the end of that day.
            at: The day that the figures are about.
            period: The period that they are about.
            by: ``community`` for each community as well.
            codes: Codes of metrics; the whole catalogue if none are given.

        Raises:
            Unsupported: If the store does not declare ``known_at``.
            BadData: If ``since`` lies in the future, or before the time asked about.
        """
        moment = since if isinstance(since, datetime) else parse_moment(str(since))
        day, asked = local_date(moment), self.asked(at, period)
        if day > self.today:
            raise BadData(f"{day} 在将来", remedy=f"写出上次报告的日期，{self.today} 或更早")
        if day < (asked.start if isinstance(asked, Period) else asked):
            raise BadData(f"{asked} 在 {day} 尚未开始，当时没有数字可比", remedy="核对时期和上次报告的日期")
        then, now = self._engine(known_at=moment), self._engine(today=day)
        places = {place.id: place for engine in (then, now) for place in _places(engine, by, now.when(asked).day)}
        wanted = tuple(self.catalogue) if codes is None else tuple(self.metric(code).code for code in codes)
        feed = learned_since(self.changes(), moment)
        return Restatement(moment, asked, tuple(restate(then, now, wanted, places, asked, feed)))

    def backup(self, path: "str | os.PathLike[str]", *, progress: Progress | None = None) -> Transfer:
        """Write the district's whole history to a file; see :func:`shequ.exchange.export_history`."""
        return export_history(self.store, self.district, Path(path), progress=progress)

    def restore(self, path: "str | os.PathLike[str]", *, progress: Progress | None = None) -> Transfer:
        """Take in a history from a file; see :func:`shequ.exchange.import_history`."""
        done = import_history(self.store, self.schema, Path(path), district=self._given, progress=progress)
        self._district = done.district
        self._forget()
        return done

    # Cards and pairs

    def apply(
        self,
        card_id: str,
        event: str,
        *,
        reason: str = "",
        type: str | None = None,  # noqa: A002 - the contract's own words
        values: Mapping[str, Any] | None = None,
    ) -> Record:
        """Take a card or case one step on, and keep the step.

        Args:
            card_id: Its id.
            event: What happens, by code or Chinese label (``accept`` or ``接收``).
            reason: Why, or on what paper.
            type: Name or Chinese label of its type, where ids of several types are the same.
            values: What is recorded with the step: field (or its Chinese label) → value. A lost badge that is replaced
                needs the new number, an appointment that is renewed its new end.

        Returns:
            The card as it stands now.

        Raises:
            BadData: If there is no such card, or several, or a value cannot be recorded with this step.
            IllegalStep: If the event is not allowed where it stands, something that must be given is missing, or a
                rule set refuses it; nothing is changed.
        """
        names = [self.schema[type].name] if type else list(self._lifecycles)
        if type and names[0] not in self._lifecycles:
            known = "、".join(cycle.label for cycle in self._lifecycles.values())
            raise BadData(f"{self.schema[type].label}没有办理步骤", remedy=f"有办理步骤的类型：{known}")
        now = self.now
        with self.store.session(self.district, actor=self.actor, reason=reason or event, at=now) as session:
            found = [(name, stored) for name in names if (stored := session.get(name, card_id)) is not None]
            if not found:
                what = self._lifecycles[names[0]].label if type else "卡或案件"
                raise BadData(f"没有编号为 {card_id} 的{what}", remedy="核对编号")
            if len(found) > 1:
                kinds = "、".join(f"{name}（{self._lifecycles[name].label}）" for name, _ in found)
                raise BadData(f"编号 {card_id} 对应多条记录：{kinds}", remedy="用 type= 指明其中一种类型")
            ((name, stored),) = found
            moved, taken = step(
                self._lifecycles[name],
                stored.record,
                event,
                at=now,
                actor=self.actor,
                reason=reason,
                values=values or {},
                guards=self._guards(stored.record, session, reason),
            )
            session.put(moved, stored.version)
            session.put(taken, ANY)
            if isinstance(moved, ContactCard) and taken.event == "send":
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
        """How every matter with a deadline stood on a day: in force, due soon, overdue, expired, met or late.

        Each is reckoned by the law of the day on which the matter began. The state of the day is what the steps say;
        where there are none, the dates decide. Nothing of it is stored.

        Args:
            at: The day.

        Yields:
            The record, as it is now, and a status of it, by type and id.
        """
        day = parse_date(at) if isinstance(at, str) else local_date(at) if isinstance(at, datetime) else at
        evaluator, tree = self._engine().evaluator, self._engine().tree
        book, _ = combine(self.rule_sets())
        taken: dict[tuple[str, str], list[Step]] = {}
        for step_ in evaluator.table("step").values():
            if isinstance(step_, Step):
                taken.setdefault((step_.subject_type, step_.subject), []).append(step_)

        @cache
        def terms(place: Place, begun: date) -> Terms:
            return terms_on(book, tree.above(place), begun)

        for name in DEADLINE_TYPES:
            for record in sorted(evaluator.table(name).values(), key=lambda record: record.id):
                steps, lifecycle = taken.get((name, record.id), []), self._lifecycles.get(name)
                then = record
                if steps and lifecycle is not None:
                    # Somebody corrected a state by hand between two steps: then the dates decide.
                    with contextlib.suppress(IllegalStep):
                        then = card_on(lifecycle, record, steps, day)
                place = tree.find(evaluator.place(record) or "") or tree.root
                for status in statuses_at(then, day, partial(terms, place)):
                    yield record, status

    def _disclosure(self, card: ContactCard, session: Snapshot) -> Record:
        """What is kept of the sending of a contact card."""
        member, employer = session.get("party_member", card.member), session.get("work_unit", card.employer)
        if member is None or employer is None:
            raise BadData(f"联系卡 {card.id} 的党员或单位没有记录", remedy="先登记党员和所在单位")
        about, to = cast("PartyMember", member.record), cast("WorkUnit", employer.record)
        sendings = (disclose(card, about, to, on=self.today, actor=self.actor, number=number) for number in count(1))
        return next(kept for kept in sendings if session.get("disclosure", kept.id) is None)

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
            wanted: Categories of residents whose households want help, by code or Chinese label, and the skills that
                each asks for. Besides the known ones a category can be any that a record of the district has.
            criteria: What counts how much.
            capacity: Households that one person helps at most.
            volunteers: Whether volunteers who are no members are candidates too.

        Raises:
            BadData: If there is no such category.
            MissingExtra: If the extra ``matching`` is not installed.
        """
        day = parse_date(at) if isinstance(at, str) else at
        evaluator = self._engine().evaluator
        recorded = {cast("ResidentCategory", row).category for row in evaluator.table("resident_category").values()}
        wanted = _categories(wanted, recorded)
        records = chain.from_iterable(evaluator.table(name).values() for name in _PAIRING_TYPES)
        candidates, needs = from_records(records, on=day, wanted=wanted, capacity=capacity, volunteers=volunteers)
        return pair(candidates, needs, criteria or Criteria())

    # Figures, findings, reports

    def rule_sets(self, known_at: datetime | None = None) -> tuple[RuleSet, ...]:
        """The rule sets in the order in which they override: plugins', then the store's, then those given.

        Args:
            known_at: The store's as they were known then.
        """
        plugged = tuple(rule_set for _, rule_set in self.host.collect("shequ_rule_sets"))
        with self.store.read(self.district, known_at) as snapshot:
            sources = [stored.record for stored in snapshot.scan(Select("rule_source"))]
        kept = tuple(self._read_rules(s.name, s.content) for s in sources if isinstance(s, RuleSource))
        return (*plugged, *kept, *self._rules)

    def _read_rules(self, name: str, content: str) -> RuleSet:
        """A rule file, which may make demands on the steps of every lifecycle that a plugin offers."""
        return read_rule_set(name, content, lifecycles=self._lifecycles.values())

    def _engine(self, law: date | None = None, known_at: datetime | None = None, today: date | None = None) -> Engine:
        """Measures over the records; as known at a time, it counts to the day of that time."""
        key = (law, known_at, today)
        if key not in self._engines:
            book, _ = combine(self.rule_sets(known_at))
            snapshot: Snapshot = self._snapshots.enter_context(self.store.read(self.district, known_at))
            last = self.today if known_at is None else min(self.today, local_date(known_at))
            self._engines[key] = Engine(
                snapshot,
                self.schema,
                self.catalogue,
                district=self.district,
                today=today or last,
                parameters=LawOn(book, law),
            )
        return self._engines[key]

    def _forget(self) -> None:
        """Drop what was read: the records have changed, or nobody wants them any more."""
        self._engines.clear()
        self._snapshots.close()

    def places(
        self, by: str | None = None, day: date | None = None, known_at: datetime | None = None
    ) -> tuple[Place, ...]:
        """The whole district, or with ``by="community"`` each of its communities and then the whole.

        A community that was renamed is one, by its name of the day; today if none is given.
        """
        return _places(self._engine(known_at=known_at), by, day or self.today)

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
            known_at: As it was known then, where the store can tell: by the records and rules of that time, and with
                what was running then counted to that day.

        Raises:
            UnknownMetric: If there is no such metric.
            BadData: If the date, period or division cannot be read.
        """
        metric = self.metric(code)
        engine = self._engine(known_at=known_at)
        place = engine.tree.root if division is None else engine.tree[division]
        found = engine.measure(metric.code, place, self.asked(at, period))
        return found if self.viewer is None else Access(self.viewer, engine).narrowed(found)

    def measure_all(
        self,
        *,
        at: "date | str | None" = None,
        period: "Period | str | None" = None,
        by: str | None = None,
        codes: Iterable[str] | None = None,
        known_at: datetime | None = None,
    ) -> list[Measurement]:
        """The whole catalogue, or some codes of it, for the district or by community; otherwise as :meth:`measure`."""
        engine = self._engine(known_at=known_at)
        wanted = tuple(self.metric(code).code for code in codes) if codes is not None else tuple(self.catalogue)
        asked = self.asked(at, period)
        return engine.measure_all(wanted, _places(engine, by, engine.when(asked).day), asked)

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
            A measurement for each place of the level on that day, and one for the whole if figures belong to none of
            them; see :func:`shequ.metrics.by_boundaries`.

        Raises:
            Misuse: If there is no such level, or no such time.
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
        known_at: datetime | None = None,
    ) -> tuple[Finding, ...]:
        """Judge the data of one day by the law of that day or of another; the worst findings first.

        Args:
            at: The day whose data are judged.
            law: The day whose law is used; the same day if none is given.
            known_at: By the records and rules as they were known then.
        """
        day = parse_date(at) if isinstance(at, str) else local_date(at) if isinstance(at, datetime) else at
        if day > self.today:
            raise BadData(f"{day} 在将来，没有可核查的数据", remedy=f"核查 {self.today} 或更早的日期")
        law_day = day if law is None else parse_date(law) if isinstance(law, str) else law
        book, rules = combine(self.rule_sets(known_at))
        judgement = Judgement(self._engine(law_day, known_at), book, at=day, law=law_day)
        return judgement.judge(rules)

    def report(
        self,
        name: str = "work",
        *,
        period: "Period | str",
        known_at: datetime | None = None,
        division: str | None = None,
        template: "str | os.PathLike[str] | None" = None,
        published: bool = False,
        threshold: int | None = None,
    ) -> Report:
        """Build a report over a period.

        Args:
            name: Its name.
            period: The period.
            known_at: As it would have been built then, by the records and rules known then.
            division: Code, id or name of a division; the whole district if none is given.
            template: TOML file of a template that says what stands in it; it may extend one that is there.
            published: Whether it is for the public: small counts of people are withheld.
            threshold: Counts of people below it are withheld; the parameter ``publication.smallest`` of the rules if none
                is given, and 5 where there is none.

        Raises:
            Misuse: If no plugin offers a report of this name, or it is for use in the office only.
            InvalidRules: If a template is not right.
            NothingToReport: If nothing at all is known about the period.
        """
        build = self._builder(name, template)
        asked = Period.parse(period) if isinstance(period, str) else period
        engine = self._engine(known_at=known_at)
        day = min(asked.last_day, engine.today)
        place = engine.tree.root if division is None else engine.tree[division]
        inside = None if division is None else frozenset(engine.tree.within(place))

        def here(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
            return findings if inside is None else tuple(f for f in findings if f.place.id in inside)

        context = ReportContext(
            engine=engine,
            place=place,
            period=asked,
            findings=here(self.check(at=day, known_at=known_at)),
            to_close=here(self.check(at=day, law=engine.today, known_at=known_at)),
            day=engine.today,
            rule_sets=tuple(f"{found.label} {found.version}" for found in self.rule_sets(known_at)),
            made_by=(f"shequ {__version__}", *(p.origin for p in self.host.plugins if p.distribution)),
        )
        if published:
            book, _ = combine(self.rule_sets(known_at))
            norm = book.find("publication.smallest", engine.tree.above(place), day)
            smallest = THRESHOLD if isinstance(norm, Answer) else int(norm.value)
            document = publish(build, context, threshold=threshold or smallest)
        else:
            document = build(context)
        renderers = {
            suffix: renderer for suffix, (_, renderer) in self.host.by_name("shequ_renderers", "format").items()
        }
        return Report(document, renderers)

    def _builder(self, name: str, template: "str | os.PathLike[str] | None") -> ReportBuilder:
        """What makes a report: a template of one's own, else a plugin's, else a builder of this name."""
        bases = built_in_templates()
        if template is not None:
            return templated(Path(template).name, _text_of(Path(template), "模板"), bases)
        templates = self.host.by_name("shequ_templates", "template")
        if name in templates:
            plugin, content = templates[name]
            return templated(f"{plugin.origin}:{name}", content, bases)
        builders = self.host.by_name("shequ_reports", "report")
        if name not in builders:
            known = sorted({*builders, *templates})
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"是否指 {near[0]}？" if near else ""
            raise Misuse(f"没有名为 {name!r} 的报告", remedy=f"{hint}可用：{'、'.join(known)}")
        builder: ReportBuilder = builders[name][1]
        return builder

    def file_report(self, name: str, document: Document) -> FiledReport:
        """Keep a report as it is handed in (已报报告), with every figure, to hold later figures against.

        Args:
            name: Name of the report.
            document: The report.
        """
        now = self.now
        figures = {
            "format": "shequ.metrics/1",
            "period": str(document.period),
            "known_at": None,
            "measurements": [found.as_json() for found in document.measurements()],
        }
        kept = FiledReport(
            id=derive_id("filed_report", (document.place.id, name, str(document.period), now.isoformat())),
            division=document.place.id,
            report=name,
            period=str(document.period),
            filed=now,
            actor=self.actor,
            measurements=json.dumps(figures, ensure_ascii=False, separators=(",", ":")),
        )
        self.put(kept, reason=f"留存已报报告 {name} {document.period}")
        return kept


def _places(engine: Engine, by: str | None, day: date) -> tuple[Place, ...]:
    tree = engine.tree
    if by is None:
        return (tree.root,)
    if by != "community":
        raise Misuse(f"不能按 {by!r} 分列", remedy="可用：community")
    communities = (place for place in tree if place.kind == "community" and tree.is_version_of(place, day))
    return (*sorted(communities, key=lambda place: place.code), tree.root)


def _categories(wanted: Mapping[str, frozenset[str]], recorded: set[str]) -> dict[str, frozenset[str]]:
    """The wanted categories by code.

    Raises:
        BadData: If one of them is neither listed nor recorded of anybody.
    """
    known = {**RESIDENT_CATEGORIES.labels, **{code: RESIDENT_CATEGORIES.label(code) for code in sorted(recorded)}}
    found: dict[str, frozenset[str]] = {}
    for said, skills in wanted.items():
        code = RESIDENT_CATEGORIES.find(said)
        if code not in known:
            options = "、".join(f"{code}（{label}）" if code != label else code for code, label in known.items())
            raise BadData(f"没有人员类别 {said!r}", remedy=f"可用：{options}")
        found[code] = found.get(code, frozenset()) | skills
    return found


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
    viewer: Viewer | None = None,
) -> Register:
    """Open a register over a store.

    Args:
        url: Where records are kept: ``memory:``, ``sqlite:///street.db``, or any scheme a plugin offers.
        district: The district; may be left out when the store holds exactly one, or none yet.
        actor: Who works with it; the login name if none is given.
        host: The plugins; those that are installed if none is given.
        clock: Gives the present moment; the system's if none is given.
        rules: TOML files of further rule sets, the last of which overrides.
        viewer: Whose rights decide what may be read; ``None`` for a program that answers for that itself.

    Raises:
        UnknownScheme: If no plugin offers a store for the URL.
        InvalidRules: If a rule file breaks its form.
    """
    host = host or host_from_environment()
    schemes = host.by_name("shequ_stores", "store scheme")
    scheme = url.partition(":")[0] if ":" in url else ""
    if scheme not in schemes:
        raise UnknownScheme(url, scheme, tuple(sorted(schemes)))
    cycles = [cycle for _, cycle in host.collect("shequ_lifecycles")]
    sets = [read_rule_set(Path(file).name, _text_of(Path(file), "规则"), lifecycles=cycles) for file in rules]
    schema = Schema(
        [*RECORD_TYPES, *(cls for _, cls in host.collect("shequ_record_types"))],
        [step for _, step in host.collect("shequ_migrations")],
    )
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
        viewer=viewer,
    )


def _login() -> str:
    for name in ("SHEQU_ACTOR", "LOGNAME", "USER", "USERNAME"):
        if os.environ.get(name):
            return os.environ[name]
    return "unknown"


def _text_of(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"无法读取{what}文件 {path}：{error}", remedy="核对路径；文件应为 UTF-8") from error
