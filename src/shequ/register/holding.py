"""What an application holds: a store, plugins, rule sets, an actor and a clock."""

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

import attrs

from shequ import __version__
from shequ.effective import SHANGHAI, local_date
from shequ.errors import BadData, DistrictRequired, PluginConflict
from shequ.lifecycle import Labels, Lifecycle
from shequ.metrics import Catalogue, Engine
from shequ.model import RECORD_TYPES, RuleSource, Schema, Viewer
from shequ.plugins import PluginHost
from shequ.query import Select
from shequ.rules import LawOn, RuleSet, combine, read_rule_set
from shequ.store import Change, Snapshot, Store
from shequ.system_faults import cause

__all__ = ["Holding", "declared", "read_rule_file", "rule_sets_of"]


class Holding:
    """A store with plugins, rule sets, an actor and a clock, and the engine that counts over its records.

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
        _, self.catalogue = declared(host)
        self._lifecycles: dict[str, Lifecycle] = {
            lifecycle.name: lifecycle for _, lifecycle in host.collect("shequ_lifecycles")
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the store."""
        self.refresh()
        self.store.close()

    def discard(self) -> None:
        """Release the store; one that was made for this register, and into which nothing came, is taken away again."""
        self.refresh()
        self.store.discard()

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
    def labels(self) -> Labels:
        """What types, steps and states are called that records name by their codes."""
        return Labels(self.schema, self._lifecycles.values())

    @property
    def now(self) -> datetime:
        """The present moment by the register's clock."""
        return self._clock()

    @property
    def today(self) -> date:
        """The present day in Asia/Shanghai."""
        return self.now.astimezone(SHANGHAI).date()

    def rule_sets(self, known_at: datetime | None = None) -> tuple[RuleSet, ...]:
        """The rule sets in the order in which they override: plugins', then the store's, then those given.

        One that is given stands in place of one of the same name.

        Args:
            known_at: The store's as they were known then.

        Raises:
            PluginConflict: If two plugins offer rule sets of one name.
            BadData: If that time is still to come.
        """
        if known_at is not None and local_date(known_at) > self.today:
            raise BadData(
                f"{local_date(known_at)} 在将来，那时所知的还不知道",
                remedy=f"以 known_at 或 --known-at 写出 {self.today} 或更早的日期",
            )
        with self.store.read(self.district, known_at) as snapshot:
            sources = [stored.record for stored in snapshot.scan(Select("rule_source"))]
        # What a metric is called is checked when a file is loaded: a plugin may be gone since, which fails one rule only.
        cycles = self._lifecycles.values()
        kept = [read_rule_set(s.name, s.content, lifecycles=cycles) for s in sources if isinstance(s, RuleSource)]
        given = {rule_set.name for rule_set in self._rules}
        before = (rule_set for rule_set in (*rule_sets_of(self.host), *kept) if rule_set.name not in given)
        return (*before, *self._rules)

    def _engine(
        self,
        law: date | None = None,
        known_at: datetime | None = None,
        today: date | None = None,
        sets: tuple[RuleSet, ...] | None = None,
    ) -> Engine:
        """Measures over the records; as known at a time, it counts to the day of that time.

        Its parameters are those of ``sets``; of the rule sets in force if none are given.
        """
        sets = self.rule_sets(known_at) if sets is None else sets
        last = self.today if known_at is None else min(self.today, local_date(known_at))
        key = (law, known_at, today or last, sets)
        if key not in self._engines:
            book, _ = combine(sets)
            if law is not None and book.begins is not None and law < book.begins:
                raise BadData(
                    f"{law} 早于规则集中最早的规定（{book.begins}），无从核查",
                    remedy="用 law= 或 --law 指明另一天的规定，或在规则集中补充当时的规定",
                )
            parameters = LawOn(book, law, {found.name: found.version for found in sets})
            same = (other for (_, *about), other in self._engines.items() if about[:2] == [known_at, today or last])
            if (engine := next(same, None)) is not None:
                self._engines[key] = engine.under(parameters)
                return self._engines[key]
            snapshot: Snapshot = self._snapshots.enter_context(self.store.read(self.district, known_at))
            self._engines[key] = Engine(
                snapshot,
                self.schema,
                self.catalogue,
                district=self.district,
                today=today or last,
                parameters=parameters,
            )
        return self._engines[key]

    def refresh(self) -> None:
        """Let go of the state that questions were answered from: the next one reads what is stored by then.

        A register's own changes need no word. What others commit it does not see until then, so that all that it says
        in between is about one state. Rows of a measurement from before can no longer be listed.
        """
        self._engines.clear()
        self._snapshots.close()

    def changes(self, after: int = 0) -> Iterator[Change]:
        """Every change behind a number, in order; with the last number seen, a reader goes on where it ended."""
        return self.store.changes(self.district, after)


def declared(host: PluginHost) -> tuple[Schema, Catalogue]:
    """The record types and the metrics of all plugins; a plugin with whom they make no whole has failed.

    Raises:
        PluginConflict: If two plugins declare the same, and none of them is preferred.
    """
    return host.admit(lambda host: (_schema(host), _catalogue(host)))


def _schema(host: PluginHost) -> Schema:
    own = {cls.__record__.name for cls in RECORD_TYPES}
    added = host.collect("shequ_record_types")
    for plugin, cls in added:
        if cls.__record__.name in own:
            raise PluginConflict("record type", cls.__record__.name, f"shequ {__version__}", plugin.origin)
    return Schema([*RECORD_TYPES, *(cls for _, cls in added)], [step for _, step in host.collect("shequ_migrations")])


def _catalogue(host: PluginHost) -> Catalogue:
    return Catalogue(attrs.evolve(metric, plugin=plugin.origin) for plugin, metric in host.collect("shequ_metrics"))


def rule_sets_of(host: PluginHost) -> tuple[RuleSet, ...]:
    """The rule sets of all plugins; each knows its plugin.

    Raises:
        PluginConflict: If two of them have one name, and neither plugin is preferred.
    """
    return tuple(
        attrs.evolve(rule_set, plugin=plugin.name, plugin_version=plugin.release)
        for plugin, rule_set in host.collect("shequ_rule_sets")
    )


def read_rule_file(
    path: "str | os.PathLike[str]", lifecycles: Iterable[Lifecycle], metrics: Collection[str]
) -> RuleSet:
    """A rule set from a file.

    Raises:
        BadData: If it cannot be read.
        InvalidRules: If it breaks its form.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"无法读取规则文件 {file}：{cause(error)}", remedy="核对路径；文件应为 UTF-8") from error
    return read_rule_set(file.name, text, lifecycles=lifecycles, metrics=metrics)
