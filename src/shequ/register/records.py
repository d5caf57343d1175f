"""Records in and out of a register: loading, storing, history, erasure, backup."""

import contextlib
import os
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path

from shequ.codec import from_plain
from shequ.errors import Conflict, DistrictRequired, Forbidden
from shequ.exchange import Returns, Transfer, export_history, import_history, read_returns
from shequ.exchange.archive import Progress
from shequ.exchange.loading import LoadResult, coverage_hints
from shequ.lifecycle.adoption import adopt
from shequ.lifecycle.successions import DerivedChanges
from shequ.metrics import TREE_TYPES
from shequ.model import Division, Record, RuleSource
from shequ.query import Select
from shequ.register.holding import rule_sets_of
from shequ.register.viewing import Viewing
from shequ.rules import read_rule_set
from shequ.store import ABSENT, ANY, Change, faults

__all__ = ["Records"]

_LOADS = 3
"""How often a load compares its rows with what is stored, when others commit meanwhile."""


class Records(Viewing):
    """Records in and out: loading, storing, history, erasure, backup."""

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
            Every problem, and how many records were stored. Where somebody else stored some of them meanwhile, the
            rows are compared anew, so each is new or changed for one of the two only.

        Raises:
            BadData: If the source cannot be read at all.
            DistrictRequired: If it is not clear which district it is for.
            Conflict: If others go on storing the same records.
        """
        path = Path(source)
        returns = read_returns(
            path,
            self.schema,
            check_rules=self._rules_check(),
            progress=progress,
            today=self.today,
            lifecycles=self._lifecycles.values(),
        )
        district = self._district_for(returns.districts, returns.sub_districts)
        for _ in range(_LOADS - 1):
            with contextlib.suppress(Conflict):
                return self._take_in(path, returns, district, keep_good, progress)
        return self._take_in(path, returns, district, keep_good, progress)

    def _take_in(
        self, path: Path, returns: Returns, district: str, keep_good: bool, progress: Progress | None
    ) -> LoadResult:
        versions: dict[tuple[str, str], int] = {}
        with self.store.session(district, actor=self.actor, reason=f"装载 {path.name}", at=self.now) as session:

            def stored(name: str) -> dict[str, Record]:
                found = {stored.record.id: stored for stored in session.scan(Select(name))}
                versions.update({(name, id_): one.version for id_, one in found.items()})
                return {id_: one.record for id_, one in found.items()}

            settled = returns.settle(
                stored, metric=self.catalogue.find, faults=partial(faults, self.host), keep_good=keep_good
            )
            for number, record in enumerate(settled.records, 1):
                session.put(record, versions.get((record.__record__.name, record.id), ABSENT))
                if progress is not None and number % 5000 == 0:
                    progress("写入", number)
            hints = coverage_hints(settled.records, session, self.schema)
        self.refresh()
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

    def _rules_check(self) -> Callable[[str, str], None]:
        """What a load asks of each rule file: that it can be meant, and that its set has a name of its own."""
        taken = {rule_set.name: f"插件 {rule_set.plugin}" for rule_set in rule_sets_of(self.host)}
        files: dict[str, str] = {}
        if self._given in (held := self.store.districts()) or (self._given is None and len(held) == 1):
            with self.store.read(self._given or held[0]) as snapshot:
                kept = [stored.record for stored in snapshot.scan(Select("rule_source"))]
            files = {source.name: source.content for source in kept if isinstance(source, RuleSource)}

        def check(name: str, content: str) -> None:
            others = {
                read_rule_set(file, text, lifecycles=self._lifecycles.values()).name: file
                for file, text in files.items()
                if file != name
            }
            read_rule_set(
                name,
                content,
                lifecycles=self._lifecycles.values(),
                metrics=self.catalogue,
                taken={**others, **taken},
            )
            files[name] = content

        return check

    def put(self, *records: Record, reason: str) -> None:
        """Store records, whatever was stored under their ids, in one commit."""
        with self.store.session(self.district, actor=self.actor, reason=reason, at=self.now) as session:
            for record in records:
                session.put(record, ANY)
        self.refresh()

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
        self.refresh()
        return derived

    def get(self, type: str, id: str) -> Record | None:  # noqa: A002 - the contract's own words
        """A record by type name and id; ``None`` if there is none.

        Raises:
            Forbidden: If a viewer was given who may not see it, or not all of it.
        """
        record = self._stored(type, id)
        if record is not None and self.viewer is not None:
            access = self._access()
            access.demand(record)
            self._log_reading(access, record)
        return record

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
            elif self.viewer.scope:
                raise Forbidden(f"{name} {id} 已不在册，无法判定属于哪个社区", remedy="由可查阅整个街道的人员查阅")
            else:
                last = next((change.before for change in reversed(changes) if change.before is not None), None)
                record = None if last is None else from_plain(self.schema[type].cls, last)
            if record is not None:
                self._log_reading(access, record)
        return changes

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
        self.refresh()
        return blanked

    def backup(self, path: "str | os.PathLike[str]", *, progress: Progress | None = None) -> Transfer:
        """Write the district's whole history to a file; see :func:`shequ.exchange.export_history`."""
        return export_history(self.store, self.district, Path(path), progress=progress)

    def restore(self, path: "str | os.PathLike[str]", *, progress: Progress | None = None) -> Transfer:
        """Take in a history from a file; see :func:`shequ.exchange.import_history`."""
        done = import_history(self.store, self.schema, Path(path), district=self._given, progress=progress)
        self._district = done.district
        self.refresh()
        return done
