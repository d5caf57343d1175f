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
7. **Text** comes back as it was sent, and is equal only to itself: not to text of other case, accent, width or
   trailing blanks. What some store would alter (NUL, lone surrogates) every store refuses with
   :class:`~shequ.errors.TextRefused`, in a record as in the words that come with a session.
8. **Powers** that a store has are declared; asking for an undeclared one raises
   :class:`~shequ.errors.Unsupported`.
9. **No clock.** A store reads no clock: the time of a change comes with the session.
10. **Erasure.** :meth:`Store.erase` takes the values of records out of the store and out of all of its history: what
    is stored is deleted, the values and salts of every entry are blanked, and one entry a record is appended that says
    who, when and why. Hashes and digests stay, so the chain still verifies. No state of any time shows the values
    again: a read ``known_at`` a time before shows the record as absent.
11. **Known at.** A store that declares ``known_at`` shows a district as it was known at a time: as all commits left it
    whose own time, and that of all commits before them, had come by then.
12. **Errors** are of the library's families. What the caller did wrong is :class:`~shequ.errors.Misuse` (a closed
    store, a time without zone, an unknown type); a value that no store can hold :class:`~shequ.errors.BadData`;
    another version :class:`~shequ.errors.Conflict`; a failure of database, disk or network
    :class:`~shequ.errors.BackendError`, with place and remedy. After any of them nothing of the session is stored, and
    the store works again once the cause is gone. The one exception says so itself: where the connection broke while
    the answer to a commit was awaited and the store cannot find out whether it was made.
13. **Retry.** What a database asks to be tried again (a deadlock, a serialization failure, a lock not got in time, a
    connection found dead before anything was sent) the store itself tries again, a bounded number of times, and each
    time looks anew at what is stored; then it raises :class:`~shequ.errors.BackendError`. Nobody has to repeat a
    session for that. A :class:`~shequ.errors.Conflict` is never tried again by the store: its caller reads again and
    decides again.
14. **Replay.** A store that declares ``replay`` gives its history as it is kept (:meth:`Store.log`) and takes whole
    commits as another store kept them (:meth:`Store.replay`), also such as former declarations of the record types
   wrote (:meth:`Store.former`): same numbers, times, salts and digests. Afterwards it
    answers everything, at any time, as the other one does. It is not tried again by the store (13), since entries may
    be drawn only once: run again, an import goes on from where the store stands.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias

import attrs

from shequ.errors import Unsupported
from shequ.model import Record, Schema
from shequ.query import Question, Select, Tally

if TYPE_CHECKING:
    from shequ.store.chain import Entry
    from shequ.store.forms import Former

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
        erased: Whether the values that it brought were erased; then ``after`` is ``None`` though nothing was deleted.
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
    erased: bool = False


class Snapshot(ABC):
    """One state of one district, for reading."""

    @abstractmethod
    def get(self, type: str, id: str) -> Stored | None:  # noqa: A002 - the contract's own words
        """The record, or ``None`` if there is none."""

    @abstractmethod
    def scan(self, query: Select) -> Iterator[Stored]:
        """The records of a type, in order of id; with a condition only where ``filter`` is declared."""

    def aggregate(self, questions: Sequence[Question]) -> Sequence[Tally | None]:  # noqa: ARG002 - for stores that declare it
        """Find answers where the records are, those to questions over one type together.

        Returns:
            For each question, in order, what gives the reference evaluator's answers; ``None`` for one that the store
            cannot say in this state: the library answers it over :meth:`scan`.

        Raises:
            Unsupported: Unless ``aggregate`` is declared.
        """
        raise Unsupported("aggregate", type(self).__name__)


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
    """Declared powers: ``durable``, ``multi_process``, ``known_at``, ``replay``, ``filter``, ``aggregate``, …"""

    @abstractmethod
    def session(self, district: str, *, actor: str, reason: str, at: datetime) -> AbstractContextManager[Session]:
        """Changes to one district, committed on a clean exit, rolled back on an exception."""

    @abstractmethod
    def read(self, district: str, known_at: datetime | None = None) -> AbstractContextManager[Snapshot]:
        """One state of a district: as it is, or (where ``known_at`` is declared) as it was known at a time.

        Raises:
            Unsupported: If a time is given and ``known_at`` is not declared.
        """

    @abstractmethod
    def changes(self, district: str, after: int = 0) -> Iterator[Change]:
        """The district's feed behind number ``after``, in order."""

    @abstractmethod
    def history(self, district: str, type: str, id: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        """Every change of one record, in order."""

    def deletions(self, district: str, type: str) -> Iterator[Change]:  # noqa: A002 - the contract's own words
        """The part of the feed that took records of a type away, by its name, in order (clause 4.8).

        A store that can find them without reading the whole feed overrides this.
        """
        return (change for change in self.changes(district) if change.type == type and change.after is None)

    @abstractmethod
    def districts(self) -> tuple[str, ...]:
        """The districts that the store holds, in order."""

    @abstractmethod
    def verify(self, district: str) -> int | None:
        """Check the hash chain: ``None`` if it holds, else the number of the first entry that does not fit."""

    @abstractmethod
    def erase(self, district: str, keys: Iterable[tuple[str, str]], *, actor: str, reason: str, at: datetime) -> int:
        """Erase the values of records from store and history, in one commit (clause 10).

        What is in the history may be erased, whether or not it is still stored, and again later; each time an entry
        says so. A reason or actor cannot be erased: the chain covers them.

        Args:
            district: The district.
            keys: Type and id of each record; one that is given twice counts once, and none at all is no commit.
            actor: Who.
            reason: Why, and by what right.
            at: When.

        Returns:
            How many entries were blanked; those that had been blanked before, or tell of a deletion, do not count.

        Raises:
            Conflict: If the history knows nothing of one of the records; then nothing was erased.
        """

    def log(self, district: str, after: int = 0) -> Iterator["Entry"]:  # noqa: ARG002 - for stores that declare it
        """The history as it is kept, behind a number, up to where it stands when this is called.

        Raises:
            Unsupported: Unless ``replay`` is declared.
        """
        raise Unsupported("replay", type(self).__name__)

    def former(self, district: str) -> "Former":  # noqa: ARG002 - for stores that declare it
        """What former declarations of record types wrote of the district's history; a store that keeps none says so.

        Raises:
            Unsupported: Unless ``replay`` is declared.
        """
        self.require("replay")
        return {}

    def replay(self, district: str, entries: Iterable["Entry"], former: "Former | None" = None) -> None:  # noqa: ARG002 - for stores that declare it
        """Append whole commits as another store kept them, all or none.

        Args:
            district: The district that they are of.
            entries: Entries in order, which follow upon what the store holds and begin a new commit. They may be
                drawn from a file as they are asked for: if that raises an error, nothing is stored. None at all is
                no commit.
            former: What :meth:`former` said of them: they are read in the form of today, and stay as they are in
                the history. ``None`` if they are of today's declarations; it is not given where no type has steps.

        Raises:
            Unsupported: Unless ``replay`` is declared.
            BrokenChain: If an entry does not follow upon the one before.
            UnknownRecordType: If an entry is of a type that the store was not opened for.
        """
        raise Unsupported("replay", type(self).__name__)

    @abstractmethod
    def close(self) -> None:
        """Release what the store holds; it cannot be used afterwards."""

    def discard(self) -> None:
        """Close it; a place that opening it made, and in which nothing was stored, is taken away again.

        Unless a store does better it is closed, and no more.
        """
        self.close()

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
