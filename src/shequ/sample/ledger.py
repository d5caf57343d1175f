"""Where the sample's records are written down: each with the id that follows from its key."""

import random
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, TypeVar, cast

import attrs

from shequ.effective import SHANGHAI
from shequ.errors import Misuse
from shequ.model import RECORD_TYPES, Record, RuleSource, derive_id

__all__ = ["FIRST_DAY", "LAST_DAY", "RECORDED_TO", "Ledger", "moment", "random_day", "random_source"]

FIRST_DAY = date(2024, 1, 1)
"""First day of the two years that the sample covers."""
LAST_DAY = date(2025, 12, 31)
"""Last day of the two years that the sample covers."""
RECORDED_TO = date(2026, 1, 5)
"""Where the demonstration's clock stands: nothing is recorded after it."""

R = TypeVar("R", bound=Record)


def random_source(seed: int, theme: str) -> random.Random:
    """A source of its own for each theme, so that a change in one leaves the others as they were."""
    return random.Random(f"{seed}/{theme}")  # noqa: S311 - made-up people, no secrets


def random_day(rng: random.Random, first: date, last: date) -> date:
    """A day from ``first`` to ``last``, both included."""
    return first + timedelta(days=rng.randint(0, (last - first).days))


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A point in time by the local clock."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "、".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


@attrs.define
class Ledger:
    """The records made so far, by type and id, in the order in which they were written."""

    _books: dict[str, dict[str, Record]] = attrs.field(factory=dict)

    @staticmethod
    def draft(cls: type[R], **values: Any) -> R:
        """A record with the id that follows from its natural key, not yet written down.

        Args:
            cls: Its type.
            values: Its fields, without the id.
        """
        declared = cls.__record__
        # The declaration of the fields is what `record` read; type checkers see only the base class here.
        declared_class: Any = cls
        key = tuple(_as_text(values.get(name, declared.fields[name].default)) for name in declared.key)
        made: R = declared_class(id=derive_id(declared.name, key), **values)
        return made

    def keep(self, made: R) -> R:
        """Write a record down as it is.

        Raises:
            Misuse: If a record of the same id is there already.
        """
        declared = made.__record__
        book = self._books.setdefault(declared.name, {})
        if made.id in book:
            key = tuple(_as_text(getattr(made, name)) for name in declared.key)
            raise Misuse(f"the sample has two records {declared.name} of the key {key}")
        book[made.id] = made
        return made

    def add(self, cls: type[R], **values: Any) -> R:
        """Write a record down; see :meth:`draft` and :meth:`keep`."""
        return self.keep(self.draft(cls, **values))

    def put(self, made: R) -> R:
        """Write a record down, in the place of the one of the same id where there is one."""
        self._books.setdefault(made.__record__.name, {})[made.id] = made
        return made

    def drop(self, old: Record) -> None:
        """Take a record out again."""
        del self._books[old.__record__.name][old.id]

    def replace(self, old: R, **changes: Any) -> R:
        """Write a record anew with some fields changed; its id follows from its key again."""
        values = {name: getattr(old, name) for name in old.__record__.fields if name != "id"}
        made = self.draft(type(old), **(values | changes))
        if made.id == old.id:
            return self.put(made)
        self.drop(old)
        return self.keep(made)

    def all(self, cls: type[R]) -> tuple[R, ...]:
        """The records of a type, in the order in which they were written."""
        return tuple(cast("R", record) for record in self._books.get(cls.__record__.name, {}).values())

    def records(self) -> Mapping[str, tuple[Record, ...]]:
        """All records by the name of their type, in the order in which types are loaded.

        Rule files are left out: a register writes them itself.
        """
        return MappingProxyType({cls.__record__.name: self.all(cls) for cls in RECORD_TYPES if cls is not RuleSource})
