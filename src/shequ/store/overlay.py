"""Sessions for any store: what is written lies over a snapshot until all of it is committed at once.

A store that can give a snapshot and take a list of writes in one transaction has a session by
:class:`OverlaySession`: on a clean exit it asks for :meth:`OverlaySession.writes`, and under its lock
compares each with what is stored by then (:meth:`Write.changes`). One that is loaded with very many records asks for
:meth:`OverlaySession.pending` instead.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime
from typing import Any

import attrs

from shequ.codec import to_plain
from shequ.effective import SHANGHAI
from shequ.errors import (
    Conflict,
    InvalidRecord,
    Misuse,
    StoreClosed,
    TextRefused,
    UnknownRecordType,
)
from shequ.model import Kind, Record, RecordType, Schema
from shequ.query import Question, Select, Tally
from shequ.store.conditions import record_test, types_read
from shequ.store.contract import ABSENT, ANY, Expect, Session, Snapshot, Stored

__all__ = ["OverlaySession", "Write", "checked_district", "checked_time", "checked_words"]

_DISTRICT_LENGTH = 64
_INT64 = 2**63
_SAFE = datetime(2, 1, 1, tzinfo=UTC), datetime(MAXYEAR, 1, 1, tzinfo=SHANGHAI)


@attrs.define
class Write:
    """What a session does to one record, all in all; it changes until the session ends.

    Args:
        type: The record type.
        id: Id of the record.
        record: What is to be stored; ``None`` if nothing.
        expect: What the session relied on finding stored.
        required: Whether it relied on finding anything at all (it deleted before it put).
        version: Provisional version of the record, below 0, as nothing stored ever has.
    """

    type: RecordType
    id: str
    record: Record | None
    expect: Expect
    required: bool
    version: int

    @property
    def stored(self) -> Stored | None:
        """The record as the session sees it."""
        return None if self.record is None else Stored(self.record, self.version)

    def changes(self, stored: Stored | None) -> bool:
        """Whether it changes what is stored; an equal record is no change.

        Raises:
            Conflict: If the session relied on finding something else.
        """
        nothing_expected = (self.expect is ABSENT or self.expect is ANY) and not self.required
        if stored is None and nothing_expected and self.record is not None:
            return True
        expected = self.expect if isinstance(self.expect, int) else None
        found = None if stored is None else stored.version
        if (self.expect is not ANY and found != expected) or (self.required and found is None):
            raise Conflict(self.type.name, self.id, expected=expected, found=found)
        if self.record is None or stored is None:
            return (self.record is None) != (stored is None)
        return to_plain(self.record) != to_plain(stored.record)


class OverlaySession(Session):
    """Writes over a snapshot.

    What the first write to a record expects is checked at the commit, against what is stored by then; what a
    further one expects is checked at once, against what the session sees. A session in which a conflict came
    up is not committed, even if the conflict was caught.

    Args:
        schema: The record types there are.
        snapshot: What lies below.
    """

    def __init__(self, schema: Schema, snapshot: Snapshot) -> None:
        self._schema = schema
        self._below = snapshot
        self._pending: dict[tuple[str, str], Record | Write] = {}
        self._known: dict[type[Record], tuple[RecordType, Callable[[Record], None] | None]] = {}
        self._provisional = 0
        self._conflict: Conflict | None = None
        self._open = True

    def get(self, type: str, id: str) -> Stored | None:  # noqa: A002 - the contract's own words
        """The record as the session left it."""
        self._check_open()
        key = self._schema[type].name, id
        return self.write_of(key).stored if key in self._pending else self._below.get(type, id)

    def scan(self, query: Select) -> Iterator[Stored]:
        """The records of a type as the session had left them when the scan began, in order of id."""
        self._check_open()
        name = self._schema[query.type].name
        below = self._below.scan(query)
        over = sorted((key[1], self.write_of(key).stored) for key in self._pending if key[0] == name)
        if query.where is None:
            return self._merged(below, over)
        seen = {key: self.write_of(key).record for key in self._pending}
        meets = record_test(self._schema, query, lambda type_, id_: self._referred(seen, type_, id_))
        if types_read(self._schema, query).isdisjoint(type_ for type_, _ in seen):
            left = [(id_, stored if stored is not None and meets(stored.record) else None) for id_, stored in over]
            return self._merged(below, left)
        # What lies below does not know of the records that were written here and that others refer to.
        return filter(lambda stored: meets(stored.record), self._merged(self._below.scan(Select(name)), over))

    def aggregate(self, questions: Sequence[Question]) -> Sequence[Tally | None]:
        """What lies below answers as long as nothing was written here; then nobody does."""
        self._check_open()
        below = self._below.aggregate(questions)
        return [None] * len(questions) if self._pending else below

    def _referred(self, seen: Mapping[tuple[str, str], Record | None], type_: str, id_: str) -> Record | None:
        """A record as the session had left it."""
        if (type_, id_) in seen:
            return seen[type_, id_]
        found = self._below.get(type_, id_)
        return None if found is None else found.record

    def _merged(self, below: Iterator[Stored], over: list[tuple[str, Stored | None]]) -> Iterator[Stored]:
        at = 0
        for stored in below:
            while at < len(over) and over[at][0] < stored.record.id:
                yield from self._shown(over[at][1])
                at += 1
            if at < len(over) and over[at][0] == stored.record.id:
                yield from self._shown(over[at][1])
                at += 1
            else:
                self._check_open()
                yield stored
        for _, pending in over[at:]:
            yield from self._shown(pending)

    def _shown(self, pending: Stored | None) -> Iterator[Stored]:
        self._check_open()
        if pending is not None:
            yield pending

    def put(self, record: Record, expect: Expect) -> None:
        """Store a record at the commit; see :meth:`shequ.store.Session.put`.

        Raises:
            InvalidRecord: If a value is beyond what every store can hold.
        """
        self._check_open()
        known = self._known.get(type(record))
        if known is None:
            declared = self._schema.types.get(record.__record__.name)
            if declared is None or declared.cls is not type(record):
                raise UnknownRecordType(record.__record__.name)
            known = self._known[type(record)] = declared, _limits(declared)
        declared, limits = known
        if limits is not None:
            limits(record)
        key = declared.name, record.id
        if expect is ABSENT and key not in self._pending:
            self._pending[key] = record
        else:
            self._write(declared, record.id, record, expect)

    def delete(self, type: str, id: str, expect: Expect) -> None:  # noqa: A002 - the contract's own words
        """Delete a record at the commit; see :meth:`shequ.store.Session.delete`."""
        self._check_open()
        self._write(self._schema[type], id, None, expect)

    def _write(self, declared: RecordType, id: str, record: Record | None, expect: Expect) -> None:  # noqa: A002 - the contract's own words
        if expect is not ABSENT and expect is not ANY and (not isinstance(expect, int) or isinstance(expect, bool)):
            raise Misuse(f"expect={expect!r} is no version", remedy="pass a version, ABSENT or ANY")
        self._provisional -= 1
        write = Write(declared, id, record, expect, record is None, self._provisional)
        key = declared.name, id
        if key not in self._pending:
            self._pending[key] = write
            return
        pending = self.write_of(key)
        try:
            changed = write.changes(pending.stored)
        except Conflict as conflict:
            self._conflict = conflict
            raise
        if changed:
            pending.record, pending.version = record, write.version

    def write_of(self, key: tuple[str, str]) -> Write:
        """What the session does to a record that it wrote, by type and id; made when it is first asked for."""
        told = self._pending[key]
        if not isinstance(told, Write):
            self._provisional -= 1
            told = Write(self._schema.types[key[0]], key[1], told, ABSENT, False, self._provisional)
            self._pending[key] = told
        return told

    def writes(self) -> list[Write]:
        """What is to be committed, in the order in which the records were first written.

        Raises:
            Conflict: If one came up in the session.
        """
        return [self.write_of(key) for key in self.pending()]

    def pending(self) -> Mapping[tuple[str, str], "Record | Write"]:
        """What :meth:`writes` gives, by type and id, for who takes records by the ten thousand.

        Where the session did no more than put a record and expected :data:`~shequ.store.ABSENT`, there is that record
        instead of a :class:`Write`, which :meth:`write_of` makes of it.

        Raises:
            Conflict: If one came up in the session.
        """
        if self._conflict is not None:
            raise self._conflict
        return self._pending

    def close(self) -> None:
        """End the session; it cannot be used afterwards."""
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise StoreClosed("the session")


def _limits(declared: RecordType) -> Callable[[Record], None] | None:
    """A check that a record's numbers and times lie within what every store can hold; ``None`` if it has none."""
    numbers = [
        (spec, _INT64 // 10**spec.scale)
        for spec in declared.fields.values()
        if spec.kind in (Kind.COUNT, Kind.MONEY, Kind.MEASURE)
    ]
    times = [spec for spec in declared.fields.values() if spec.kind in (Kind.MOMENT, Kind.TIME)]

    def refuse(field: str, value: Any) -> InvalidRecord:
        return InvalidRecord(declared.name, field, value, "超出可存储的范围", code="out-of-range", remedy="更正该值")

    def check(record: Record) -> None:
        for spec, limit in numbers:
            value = getattr(record, spec.name)
            if value is not None and not -limit < value < limit:
                raise refuse(spec.name, value)
        for spec in times:
            value = getattr(record, spec.name)
            if isinstance(value, datetime):
                # It is kept in UTC and read in Asia/Shanghai, so the limit holds for its year in either.
                if not _SAFE[0] <= value < _SAFE[1]:
                    raise refuse(spec.name, value)
            elif value is not None and value.tzinfo is not None:
                raise refuse(spec.name, value)

    return check if numbers or times else None


def checked_district(district: str) -> str:
    """The name of a district, if it can be one: 1 to 64 characters.

    Raises:
        Misuse: If it cannot.
    """
    if not isinstance(district, str) or not 0 < len(district) <= _DISTRICT_LENGTH:
        raise Misuse(f"{district!r} cannot name a district", remedy="pass a division code or a short key")
    return checked_words("district", district)


def checked_words(name: str, words: str) -> str:
    """Words that come with a session, if every store can hold them.

    Raises:
        Misuse: If they are no text.
        TextRefused: If they contain NUL or lone surrogates.
    """
    if not isinstance(words, str):
        raise Misuse(f"{name}={words!r} is no text", remedy="pass a str")
    if "\x00" in words or any("\ud800" <= character <= "\udfff" for character in words):
        raise TextRefused("session", name, words)
    return words


def checked_time(name: str, moment: datetime) -> datetime:
    """A point in time, if it is one.

    Raises:
        Misuse: If it has no time zone.
    """
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise Misuse(f"{name}={moment!r} is no point in time", remedy="pass a datetime with a time zone")
    return moment
