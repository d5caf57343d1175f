"""The history as it is kept, and the hash chain that ties its entries together.

An entry's digest is the SHA-256 of the previous digest and of everything in the entry but the values
themselves, for which a salted hash stands in. So a changed, missing, added or moved entry shows, and yet a
person's values can be erased where the law demands it: salt and values go, the hash stays, and the chain
still holds. Without the salt nobody can find the values again by trying.

Two stores that were given the same changes and the same salts keep the same chain.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring as _text
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import attrs

from shequ.codec import canonical_writer, from_plain, to_canonical
from shequ.effective import SHANGHAI
from shequ.errors import BadData, BrokenChain, Conflict, UnknownRecordType
from shequ.model import Record, Schema
from shequ.store.contract import Change, Stored
from shequ.store.overlay import checked_words

if TYPE_CHECKING:
    from shequ.store.forms import Forms

__all__ = [
    "Entropy",
    "Entry",
    "Head",
    "Link",
    "Revision",
    "Told",
    "canonical",
    "entries",
    "erasures",
    "first_misfit",
    "first_strange_record",
    "following",
    "linked",
    "links",
    "restore",
]

Entropy = Callable[[int], bytes]
"""Gives so many random bytes."""
_SALT_BYTES = 16
_SALTS = 512
"""Salts that are drawn at once, at most."""
_VALUES = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_FACTS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@attrs.frozen
class Head:
    """Where a district's history stands.

    Args:
        number: Number of the last entry.
        commit: Number of the last commit.
        digest: Digest of the last entry.
    """

    number: int
    commit: int
    digest: str

    @classmethod
    def origin(cls, district: str) -> "Head":
        """The head of a district that has no history yet; each district's chain starts from its own."""
        return cls(0, 0, _sha256(f"shequ.chain/1 {district}"))


class Revision(NamedTuple):
    """A change to one record that is to be entered; a tuple, because a load makes very many.

    Args:
        type: Name of the record type.
        id: Id of the record.
        before: Version of the record that is stored; ``None`` if there is none.
        after: What will be stored; ``None`` if nothing.
    """

    type: str
    id: str
    before: int | None
    after: Record | None


Told: TypeAlias = tuple[str, str, int | None, Record | None]
"""A :class:`Revision`, or a bare tuple of the same."""
Link: TypeAlias = tuple[int, int, str, str, int | None, str | None, str | None, str | None, str]
"""An entry without what its commit says: number, commit, type, id, before, after, salt, value hash, digest."""


@attrs.frozen
class Entry:
    """One entry of the history, as stores keep it.

    Args:
        number: Place in the district's feed, from 1, without gaps; it is the version of what it wrote.
        commit: Number of the commit it belongs to.
        at: When, as the session said.
        actor: Who.
        reason: Why.
        type: Name of the record type.
        id: Id of the record.
        before: Version of the record before: number of the entry that holds it; ``None`` if there was none.
        after: Canonical JSON of the values after; ``None`` if it was deleted, or the values were erased.
        salt: Hexadecimal salt of their hash; ``None`` if it was deleted, or the values were erased.
        value_hash: Salted hash of the values; ``None`` if the record was deleted.
        digest: Hash of the entry, with the one before.
    """

    number: int
    commit: int
    at: datetime
    actor: str
    reason: str
    type: str
    id: str
    before: int | None
    after: str | None
    salt: str | None
    value_hash: str | None
    digest: str

    @property
    def deletes(self) -> bool:
        """Whether it says that the record is gone, rather than what it holds."""
        return self.value_hash is None

    @property
    def erased(self) -> bool:
        """Whether its values were erased."""
        return self.value_hash is not None and self.salt is None

    @property
    def link(self) -> Link:
        """The entry without what its commit says."""
        return (
            self.number, self.commit, self.type, self.id, self.before, self.after, self.salt, self.value_hash,
            self.digest,
        )  # fmt: skip

    @property
    def time(self) -> str:
        """When, as the chain covers it: ISO text in UTC."""
        return _iso(self.at)

    def change(self, before: str | None) -> Change:
        """The entry as readers see it.

        Args:
            before: Canonical JSON of the record before, ``None`` if there was none or it was erased.
        """
        return Change(
            number=self.number,
            commit=self.commit,
            at=self.at.astimezone(SHANGHAI),
            actor=self.actor,
            reason=self.reason,
            type=self.type,
            id=self.id,
            before=None if before is None else json.loads(before),
            after=None if self.after is None else json.loads(self.after),
            digest=self.digest,
            erased=self.erased,
        )

    def blanked(self) -> "Entry":
        """The entry without its values; all that the chain covers stays."""
        return attrs.evolve(self, after=None, salt=None)


def canonical(values: dict[str, Any]) -> str:
    """Plain values as JSON that is always the same for the same values."""
    return _VALUES.encode(values)


def restore(cls: type[Record], entry: Entry) -> Stored | None:
    """The record that an entry left behind; ``None`` if it was deleted or its values were erased."""
    return None if entry.after is None else Stored(from_plain(cls, json.loads(entry.after)), entry.number)


def entries(
    head: Head, revisions: Iterable[Told], *, at: datetime, actor: str, reason: str, entropy: Entropy
) -> Iterator[Entry]:
    """The entries of one commit, chained to the head."""
    moment = at.astimezone(UTC)
    made = links(head, revisions, at=at, actor=actor, reason=reason, entropy=entropy)
    for number, commit, type_, id_, before, after, salt, value_hash, digest in made:
        yield Entry(number, commit, moment, actor, reason, type_, id_, before, after, salt, value_hash, digest)


def links(
    head: Head, revisions: Iterable[Told], *, at: datetime, actor: str, reason: str, entropy: Entropy
) -> Iterator[Link]:
    """The entries of one commit as bare tuples, for who writes them by the ten thousand."""
    number, commit, last, sha256 = head.number, head.commit + 1, _text(head.digest), hashlib.sha256
    facts = f"{commit},{_text(_iso(at))},{_text(actor)},{_text(reason)}"
    salts, type_now, type_text = _salts(entropy), None, ""
    cls: type[Record] | None = None
    for type_, id_, before, record in revisions:
        number += 1
        if type_ is not type_now:
            type_now, type_text = type_, _text(type_)
        if record is None:
            after, salt, value_hash, hashed = None, None, None, "null"
        else:
            if record.__class__ is not cls:
                cls = record.__class__
                write = canonical_writer(cls)
            after, (plain_salt, salt) = write(record), next(salts)
            value_hash = sha256(plain_salt + after.encode()).hexdigest()
            hashed = f'"{value_hash}"'
        told = "null" if before is None else before
        # As JSON writes it; an id needs no escapes.
        digest = sha256(f'[{last},{number},{facts},{type_text},"{id_}",{told},{hashed}]'.encode()).hexdigest()
        last = f'"{digest}"'
        yield number, commit, type_, id_, before, after, salt, value_hash, digest


def linked(head: Head, given: Iterable[Entry]) -> Iterator[Entry]:
    """Whole commits that follow upon a head, checked one by one.

    Raises:
        BrokenChain: If an entry does not follow upon the one before, or its values are not those that were hashed.
    """
    last: Entry | None = None
    for entry in given:
        if not _follows(head, entry) or not _same_commit(last, entry, head):
            raise BrokenChain(head.number + 1)
        yield entry
        last, head = entry, Head(entry.number, entry.commit, entry.digest)


def following(
    head: Head, given: Iterable[Entry], schema: Schema, forms: "Forms"
) -> Iterator[tuple[Entry, Stored | None]]:
    """Whole commits that another store kept, checked, each entry with the record that it left behind.

    Args:
        head: What they are to follow upon.
        given: The entries.
        schema: The record types there are.
        forms: Reads the entries in the form of today.

    Raises:
        BrokenChain: If an entry does not follow upon the one before.
        BadData: If an entry does not hold the record that it says.
        UnknownRecordType: If there is no such record type.
    """
    for entry in linked(head, given):
        checked_words("actor", entry.actor)
        checked_words("reason", entry.reason)
        name = forms.today(entry.type)
        if name not in schema.types:
            raise UnknownRecordType(entry.type)
        if name in schema.migrations and not forms.pending(name, entry.number):
            _refuse_former(entry, schema.types[name].fields)
        stored = restore(schema.types[name].cls, forms.current(entry))
        if stored is not None and stored.record.id != entry.id:
            raise BadData(
                f"历史第 {entry.number} 条说的是 {entry.id}，内容却是 {stored.record.id}", remedy="换用另一份完好的备份"
            )
        yield entry, stored


def _refuse_former(entry: Entry, fields: Mapping[str, Any]) -> None:
    """Refuse an entry that is said to be of today and has fields that are not declared: they would be dropped in silence.

    Raises:
        BadData: If it has a field that is not declared.
    """
    unknown = [name for name in json.loads(entry.after or "{}") if name not in fields]
    if unknown:
        raise BadData(
            f"历史第 {entry.number} 条是 {entry.type} 的旧版声明所写，有今天没有的字段 {'、'.join(unknown)}",
            remedy="用 shequ export 导出后再导入：备份会写明哪些条目出自旧版声明",
        )


def _same_commit(last: Entry | None, entry: Entry, head: Head) -> bool:
    """Whether an entry begins a commit, or agrees with the rest of the commit that is being replayed."""
    if entry.commit != head.commit:
        return True
    return last is not None and (last.at, last.actor, last.reason) == (entry.at, entry.actor, entry.reason)


def erasures(keys: Iterable[tuple[str, str]], latest: Mapping[tuple[str, str], Entry]) -> list[Revision]:
    """What is to be entered when records are erased: that none of them is there any more.

    Args:
        keys: Type and id of each record.
        latest: The last entry of each that has one.

    Raises:
        Conflict: If one of them has none.
    """
    revisions = []
    for type_, id_ in dict.fromkeys(keys):
        last = latest.get((type_, id_))
        if last is None:
            raise Conflict(type_, id_, expected=None, found=None)
        revisions.append(Revision(type_, id_, None if last.deletes else last.number, None))
    return revisions


def first_misfit(district: str, kept: Iterable[Entry | None], head: Head | None) -> int | None:
    """Check a chain.

    Args:
        district: The district.
        kept: Its entries, in order of number; ``None`` for one that cannot be read.
        head: Its head as it is kept; ``None`` if there is none.

    Returns:
        The number of the first entry that does not fit; where the head knows of more or fewer entries than
        there are, that of the first one missing or in excess. ``None`` if all fit.
    """
    last = Head.origin(district)
    for entry in kept:
        if entry is None or not _follows(last, entry):
            return last.number + 1
        last = Head(entry.number, entry.commit, entry.digest)
    known = head or Head.origin(district)
    if known == last:
        return None
    return max(min(known.number, last.number) + (known.number != last.number), 1)


def first_strange_record(
    cls: type[Record], latest: Iterable[Entry], stored: Iterable[tuple[str, int, Record | None]]
) -> int | None:
    """Compare what is stored of one type with what the history says.

    Args:
        cls: The record type.
        latest: The last entry of each record of the type, in order of id.
        stored: Id, version and record of each that is stored, in order of id; ``None`` for an unreadable one.

    Returns:
        The lowest number of an entry that says otherwise than what is stored; ``None`` if all agree. A record
        whose values were erased agrees with anything.
    """
    strange: list[int] = []
    rows = iter(stored)
    row = next(rows, None)
    for entry in latest:
        while row is not None and row[0] < entry.id:
            strange.append(row[1])
            row = next(rows, None)
        found = row if row is not None and row[0] == entry.id else None
        if found is None:
            if not entry.deletes and not entry.erased:
                strange.append(entry.number)
            continue
        row = next(rows, None)
        if found[1] != entry.number or entry.deletes or not (entry.erased or _same(cls, entry, found[2])):
            strange.append(max(found[1], entry.number))
    while row is not None:
        strange.append(row[1])
        row = next(rows, None)
    return min(strange, default=None)


def _same(cls: type[Record], entry: Entry, record: Record | None) -> bool:
    """Whether an entry holds this record; fields that were declared since then have their defaults."""
    if record is None or entry.after is None:
        return False
    if to_canonical(record) == entry.after:
        return True
    try:
        return from_plain(cls, json.loads(entry.after)) == record
    except (BadData, ValueError, TypeError, KeyError):
        return False


def _follows(last: Head, entry: Entry) -> bool:
    """Whether an entry is the one behind the head."""
    try:
        expected = _digest(
            last.digest, last.number + 1, entry.commit, _iso(entry.at), entry.actor, entry.reason,
            entry.type, entry.id, entry.before, entry.value_hash,
        )  # fmt: skip
        return (
            entry.number == last.number + 1
            and entry.digest == expected
            and (entry.before is None or 0 < entry.before < entry.number)
            and entry.commit in ({1} if last.number == 0 else {last.commit, last.commit + 1})
            and _values_fit(entry)
        )
    except (AttributeError, TypeError, ValueError):
        return False  # somebody wrote what is not even of the right kind


def _values_fit(entry: Entry) -> bool:
    if entry.salt is None or entry.after is None or entry.value_hash is None:
        return entry.salt is None and entry.after is None
    return _value_hash(entry.salt, entry.after) == entry.value_hash


def _digest(*facts: str | int | None) -> str:
    return _sha256(_FACTS.encode(facts))


def _value_hash(salt: str, values: str) -> str:
    return hashlib.sha256(bytes.fromhex(salt) + values.encode()).hexdigest()


def _salts(entropy: Entropy) -> Iterator[tuple[bytes, str]]:
    """Salts without end, each as bytes and in hexadecimal; more and more are drawn at once."""
    count = 1
    while True:
        drawn = entropy(count * _SALT_BYTES)
        written = drawn.hex()
        for start in range(0, len(drawn), _SALT_BYTES):
            yield drawn[start : start + _SALT_BYTES], written[2 * start : 2 * (start + _SALT_BYTES)]
        count = min(2 * count, _SALTS)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
