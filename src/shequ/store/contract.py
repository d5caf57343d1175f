"""The storage contract: few primitives, everything else is built on them.

Clauses, by the number that tests and documents cite:

1. **Atomic.** A session commits all of its changes on a clean exit and none on an exception.
2. **Versions.** Each stored record has a version; a version is never used twice for a record, not even after the
   record was deleted and made again. A write that expects another version than is stored raises
   :class:`~shequ.errors.Conflict` and the session changes nothing.
3. **Snapshots.** What a reader sees does not move while it reads.
4. **History.** Every change that was committed, and no other, is in the history: who, when, why, before, after.
   Changes are numbered per district without gaps, in the order of their commits, in the same transaction.
5. **Chain.** Each entry is hashed together with the one before. The hash covers salted hashes of values, not the
   values, so that values can be erased where the law demands it and the chain still verifies.
6. **Districts.** Everything is kept by district; two districts in one store never see each other.
7. **Text** comes back as it was sent; what some store would alter is refused by the model for all of them.
8. **Powers** that a store has are declared; asking for an undeclared one raises
   :class:`~shequ.errors.Unsupported`.
9. **No clock.** A store reads no clock: the time of a change comes with the session.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, Self, TypeAlias

import attrs

from shequ.errors import Unsupported
from shequ.model import Record, Schema
from shequ.query import Select

__all__ = ["ABSENT", "ANY", "Change", "Expect", "Session", "Snapshot", "Store", "StoreFactory", "Stored"]


class Expectation(Enum):
    """What a writer may expect to find besides a version."""

    ABSENT = "absent"
    ANY = "any"


ABSENT: Final = Expectation.ABSENT
"""There is no such record."""
ANY: Final = Expectation.ANY
"""Whatever is stored is replaced."""
Expect: TypeAlias = int | Literal[Expectation.ABSENT, Expectation.ANY]


@attrs.frozen
class Stored:
    """A record as it is stored, with its version: the number of the change that wrote it."""

    record: Record
    version: int


@attrs.frozen
class Change:
    """One entry of the history.

    Args:
        number: Place in the district's feed, from 1, without gaps.
        commit: Number of the commit it belongs to.
        at: When, as the session said.
        actor: Who.
        reason: Why.
        type: Name of the record type.
        id: Id of the record.
        before: The record before, as plain values; ``None`` if there was none, or its values were erased.
        after: The record after, as plain values; ``None`` if it was deleted, or its values were erased.
        digest: The entry's hash in the chain.
    """

    number: int
    commit: int
    at: datetime
    actor: str
    reason: str
    type: str
    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    digest: str


class Snapshot(ABC):
    """One state of one district, for reading."""

    @abstractmethod
    def get(self, type: str, id: str) -> Stored | None:  # noqa: A002 - the contract's own words
        """The record, or ``None`` if there is none."""

    @abstractmethod
    def scan(self, query: Select) -> Iterator[Stored]:
        """The records of a type, in order of id; with a condition only where ``filter`` is declared."""


class Session(Snapshot):
    """A snapshot in which changes can be made; they are committed together."""

    @abstractmethod
    def put(self, record: Record, expect: Expect) -> None:
        """Store a record.

        Args:
            record: The record.
            expect: The version that must be stored, ``ABSENT`` or ``ANY``.

        Raises:
            Conflict: If something else is stored; then, or at the commit.
        """

    @abstractmethod
    def delete(self, type: str, id: str, expect: Expect) -> None:  # noqa: A002 - the contract's own words
        """Delete a record; ``expect`` as for :meth:`put`.

        Raises:
            Conflict: If something else is stored, or nothing is.
        """


class Store(ABC):
    """Where records are kept: see the module's clauses."""

    capabilities: frozenset[str] = frozenset()
    """Declared powers: ``durable``, ``multi_process``, ``known_at``, ``filter``, …"""

    @abstractmethod
    def session(self, district: str, *, actor: str, reason: str, at: datetime) -> AbstractContextManager[Session]:
        """Changes to one district, committed on a clean exit, rolled back on an exception."""

    @abstractmethod
    def read(self, district: str, known_at: datetime | None = None) -> AbstractContextManager[Snapshot]:
        """One state of a district: as it is, or (where ``known_at`` is declared) as it was known at a time."""

    @abstractmethod
    def changes(self, district: str, after: int = 0) -> Iterator[Change]:
        """The district's feed behind number ``after``, in order."""

    @abstractmethod
    def history(self, district: str, type: str, id: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        """Every change of one record, in order."""

    @abstractmethod
    def districts(self) -> tuple[str, ...]:
        """The districts that the store holds, in order."""

    @abstractmethod
    def verify(self, district: str) -> int | None:
        """Check the hash chain: ``None`` if it holds, else the number of the first entry that does not fit."""

    @abstractmethod
    def close(self) -> None:
        """Release what the store holds; it cannot be used afterwards."""

    def require(self, capability: str) -> None:
        """Raise :class:`~shequ.errors.Unsupported` unless the power is declared."""
        if capability not in self.capabilities:
            raise Unsupported(capability, type(self).__name__)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


StoreFactory = Callable[[str, Schema], Store]
"""Opens the store behind a URL for the record types of a schema."""
