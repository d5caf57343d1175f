"""The tree of divisions that a register knows, stubs among them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import attrs

from shequ.codes import division_level, parent_division
from shequ.effective import Span
from shequ.errors import BadData
from shequ.model import Community, CommunityStatus, Division, Record, SubDistrict

__all__ = ["DivisionTree", "Place"]


@attrs.frozen
class Place:
    """A division in the tree.

    Args:
        id: Id of its record; for a stub, what figures call it.
        code: Division code.
        name: Name; for a stub its code.
        kind: ``sub_district``, ``community``, ``division`` or ``stub`` (named by figures, without a record).
        parent: Id of the place above, if it is known.
        status: For a community, whether it operates.
        span: When it existed.
    """

    id: str
    code: str
    name: str
    kind: str
    parent: str | None = None
    status: CommunityStatus | None = None
    span: Span = Span()  # noqa: RUF009 - frozen, and so safe to share

    def operates(self, day: date) -> bool:
        """Whether it works on a day; everything but a community does while it exists."""
        return day in self.span and self.status in (None, CommunityStatus.OPERATING)


def _beginning(place: Place) -> tuple[date, date]:
    return place.span.since or date.min, place.span.until or date.max


class DivisionTree:
    """Places by id, with what lies above and below.

    A place that was renamed or went to another superior has a record for each of its versions, one beginning on the day
    on which the other ended, all of one code. They are one place: what belongs to any of them belongs to all, and what
    lies above it on a day is said by the version of that day. A code that was free for a while and then given again
    stands for another place.

    Args:
        district: Id of the district; the root if it names a place.
        records: All records of the types ``sub_district``, ``community`` and ``division``.
        named: Further divisions that are only named (by figures).
    """

    def __init__(self, district: str, records: Iterable[Record], named: Iterable[str] = ()) -> None:
        self._places: dict[str, Place] = {}
        # Communities and sub-districts are more than reference data: where both stand, they win.
        for found in sorted(records, key=lambda record: not isinstance(record, Division)):
            if isinstance(found, SubDistrict):
                place = Place(found.id, found.code, found.name, "sub_district", span=Span(found.since, found.until))
            elif isinstance(found, Community):
                span = Span(found.since, found.until)
                place = Place(found.id, found.code, found.name, "community", found.sub_district, found.status, span)
            elif isinstance(found, Division):
                span = Span(found.since, found.until)
                place = Place(found.id, found.code, found.name, "division", found.parent, None, span)
            else:
                continue
            self._places[place.id] = place
        self._codes: dict[str, list[str]] = {}
        for place in sorted(self._places.values(), key=_beginning):
            self._codes.setdefault(place.code, []).append(place.id)
        self._versions = {id_: chain for ids in self._codes.values() for chain in self._chains(ids) for id_ in chain}
        for name in dict.fromkeys(named):
            if self.find(name) is None:
                self._add(Place(name, name, name, "stub"))
        self._above = {place.id: self._parent(place) for place in self._places.values()}
        self.root = self._root(district)
        for place in self.stubs:
            # A local key that nothing else places lies in the district it was loaded into.
            if place != self.root and self._above[place.id] is None and division_level(place.code) is None:
                self._above[place.id] = self.root.id
        self._below: dict[str, list[str]] = {}
        self._moved: list[str] = []
        self._inside: dict[tuple[str, date], tuple[str, ...]] = {}
        for id_, chain in self._versions.items():
            if id_ == chain[0]:
                parents = {self.identity(above) if (above := self._above[one]) else None for one in chain}
                if len(parents) > 1:
                    self._moved.append(id_)
                elif (parent := parents.pop()) is not None:
                    self._below.setdefault(parent, []).append(id_)

    def _add(self, place: Place) -> None:
        self._places[place.id] = place
        self._codes.setdefault(place.code, []).append(place.id)
        self._versions[place.id] = (place.id,)

    def _chains(self, ids: list[str]) -> Iterator[tuple[str, ...]]:
        """Places of one code, by their beginning: those that follow on one another are versions of one place."""
        chain: list[str] = []
        for id_ in ids:
            if chain and self._places[chain[-1]].span.until != self._places[id_].span.since:
                yield tuple(chain)
                chain = []
            chain.append(id_)
        yield tuple(chain)

    def _parent(self, place: Place) -> str | None:
        if place.parent is not None and place.parent in self._places:
            return place.parent
        code: str | None = place.code
        while code is not None and division_level(code) is not None:
            code = parent_division(code)
            if code in self._codes:
                together = [id_ for id_ in self._codes[code] if self._places[id_].span.overlaps(place.span)]
                return (together or self._codes[code])[-1]
        return None

    def _root(self, district: str) -> Place:
        found = self.find(district)
        if found is not None:
            return found
        tops = [place for place in self._places.values() if self._above[place.id] is None]
        sub_districts = [place for place in tops if place.kind == "sub_district"]
        if len(sub_districts or tops) == 1:
            return (sub_districts or tops)[0]
        place = Place(district, district, district, "stub")
        self._add(place)
        self._above[district] = None
        for top in tops:
            self._above[top.id] = district
        return place

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places.values())

    def __contains__(self, id_: object) -> bool:
        return id_ in self._places

    def __getitem__(self, name: str) -> Place:
        found = self.find(name)
        if found is None:
            raise BadData(f"没有区划 {name!r}", remedy="用区划代码、编号或名称指明；先装载区划、街道或社区")
        return found

    def find(self, name: str, day: date | None = None) -> Place | None:
        """The place of this id, code or unique name; ``None`` if there is none.

        Of several that bear or bore a code, the one of the day, or the latest.
        """
        if name in self._places:
            return self._places[name] if day is None else self.version(self._places[name], day)
        if name in self._codes:
            borne = [self._places[id_] for id_ in self._codes[name]]
            return next((place for place in borne if day is not None and day in place.span), borne[-1])
        called = {self.identity(place.id): place for place in self._places.values() if place.name == name}
        return next(iter(called.values())) if len(called) == 1 else None

    def identity(self, id_: str) -> str:
        """Id of the first version of a place: what all its versions have in common."""
        return self._versions[id_][0]

    def versions(self, place: Place) -> tuple[str, ...]:
        """Ids of all versions of a place, by their beginning."""
        return self._versions[place.id]

    def version(self, place: Place, day: date) -> Place:
        """The version of a place on a day: the one in force, else the last before it, else the first."""
        chain = [self._places[id_] for id_ in self._versions[place.id]]
        begun = [one for one in chain if one.span.since is None or one.span.since <= day]
        return begun[-1] if begun else chain[0]

    def is_version_of(self, place: Place, day: date) -> bool:
        """Whether a place is the version of itself that stands for it on a day."""
        return self.version(place, day) is place

    def above(self, place: Place, day: date = date.max) -> tuple[Place, ...]:
        """The place itself and those above it on a day, the narrowest first."""
        chain, found = [place], self._higher(place, day)
        seen = {place.id}
        while found is not None and found.id not in seen:
            seen.add(found.id)
            chain.append(found)
            found = self._higher(found, day)
        return tuple(chain)

    def _higher(self, place: Place, day: date) -> Place | None:
        above = self._above[self.version(place, day).id]
        return None if above is None else self.version(self._places[above], day)

    def _children(self, identity: str, day: date) -> Iterator[str]:
        """Identities of the places right below one on a day."""
        yield from self._below.get(identity, ())
        for moved in self._moved:
            above = self._above[self.version(self._places[moved], day).id]
            if above is not None and self.identity(above) == identity:
                yield moved

    def children(self, place: Place, day: date = date.max) -> tuple[Place, ...]:
        """The places right below on a day, in the versions of that day."""
        below = self._children(self.identity(place.id), day)
        return tuple(self.version(self._places[id_], day) for id_ in below)

    def within(self, place: Place, day: date = date.max) -> tuple[str, ...]:
        """Ids of the place and of everything below it on a day, in all their versions.

        A place that ended without becoming another still lies where it lay: what happened there is not lost.
        """
        key = self.identity(place.id), day if self._moved else date.max
        if key not in self._inside:
            found, pending = dict[str, None](), [key[0]]
            while pending:
                id_ = pending.pop()
                if id_ not in found:  # data may say that two divisions lie in each other
                    found[id_] = None
                    pending += self._children(id_, day)
            self._inside[key] = tuple(version for id_ in found for version in self._versions[id_])
        return self._inside[key]

    def communities(self, day: date, within: Place | None = None) -> tuple[Place, ...]:
        """The communities that operate on a day, by code."""
        inside = set(self.within(within or self.root, day))
        return tuple(
            sorted(
                (p for p in self if p.kind == "community" and p.id in inside and p.operates(day)),
                key=lambda p: p.code,
            )
        )

    @property
    def stubs(self) -> tuple[Place, ...]:
        """Divisions that figures name without a record of their own."""
        return tuple(place for place in self if place.kind == "stub")

    @property
    def as_mapping(self) -> Mapping[str, Place]:
        """Places by id."""
        return self._places
