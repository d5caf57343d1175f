"""The tree of divisions that a register knows, stubs among them."""

import difflib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

import attrs

from shequ.codes import division_level, parent_division
from shequ.effective import Span
from shequ.errors import BadData
from shequ.lifecycle.successions import Successions
from shequ.model import BoundaryChange, Community, CommunityStatus, Division, Record, SubDistrict

__all__ = ["TREE_TYPES", "DivisionTree", "Place"]

TREE_TYPES = ("sub_district", "community", "division", "boundary_change")
"""Names of the types of record that a tree is made of."""


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


_DAY = timedelta(days=1)
_SECOND_DAY = date.min + _DAY


@attrs.frozen
class _Layout:
    """Over a stretch of days: in what the places that move lie, by identities, and which of them went into another."""

    parents: dict[str, str] = attrs.field(factory=dict)
    children: dict[str, list[str]] = attrs.field(factory=dict)
    gone: set[str] = attrs.field(factory=set)


def _one_place(known: Place, other: Place) -> bool:
    """Whether two places of one code are one: the later follows on the earlier, or one is the other's reference."""
    if (known.kind == "division") != (other.kind == "division") and known.span.overlaps(other.span):
        return True
    return known.span.until is not None and known.span.until == other.span.since


def _beginning(place: Place) -> tuple[date, date]:
    return place.span.since or date.min, place.span.until or date.max


class DivisionTree:
    """Places by id, with what lies above and below.

    A place that was renamed or went to another superior has a record for each of its versions, one beginning on the day
    on which the other ended, all of one code. They are one place: what belongs to any of them belongs to all, and what
    lies above it on a day is said by the version of that day. A code that was free for a while and then given again
    stands for another place. While a community or sub-district stands under a code, it speaks for the division of that
    code beside it.

    A place that ended and has one successor lies in that successor from the day of its end, and everything that lay in
    it: what nobody assigned anew has gone there. Where several or none stand for it, it still lies where it lay. When
    the district itself ends, its successor lies in it: the register goes on under its name.

    Args:
        district: Id of the district; the root if it names a place.
        records: All records of the types in :data:`TREE_TYPES`.
        named: Further divisions that are only named (by figures).
    """

    def __init__(self, district: str, records: Iterable[Record], named: Iterable[str] = ()) -> None:
        self._places: dict[str, Place] = {}
        records = tuple(records)
        self.successions = Successions(record for record in records if isinstance(record, BoundaryChange))
        """What became of which code, by the recorded changes."""
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
        heirs = self._heirs_of_root()
        self._below: dict[str, list[str]] = {}
        self._moving: list[str] = []
        for id_, chain in self._versions.items():
            if id_ == chain[0]:
                parents = {self.identity(above) if (above := self._above[one]) else None for one in chain}
                if len(parents) > 1 or id_ in heirs or self._may_go(chain):
                    self._moving.append(id_)
                elif (parent := parents.pop()) is not None:
                    self._below.setdefault(parent, []).append(id_)
        ends = {day for place in self for day in (place.span.since, place.span.until) if day is not None}
        self._turns = sorted({*ends, *self.successions.days}) if self._moving else []
        self._layouts: dict[int, _Layout] = {}
        self._inside: dict[tuple[str, int], tuple[str, ...]] = {}

    def _add(self, place: Place) -> None:
        self._places[place.id] = place
        self._codes.setdefault(place.code, []).append(place.id)
        self._versions[place.id] = (place.id,)

    def _chains(self, ids: list[str]) -> Iterator[tuple[str, ...]]:
        """Places of one code, by their beginning: those that follow on one another are versions of one place."""
        chain: list[str] = []
        for id_ in ids:
            if chain and not any(_one_place(self._places[known], self._places[id_]) for known in chain):
                yield tuple(chain)
                chain = []
            chain.append(id_)
        yield tuple(chain)

    def _may_go(self, chain: tuple[str, ...]) -> bool:
        """Whether a place ended and some change says what became of it."""
        versions = [self._places[id_] for id_ in chain]
        return all(one.span.until is not None for one in versions) and self.successions.ended(versions[0].code)

    def _heirs_of_root(self) -> set[str]:
        """What the district became, and lies in it."""
        heirs = (self.heir(self.root, day) for day in self.successions.days)
        return {self.identity(heir.id) for heir in heirs if heir is not None}

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
            known = dict.fromkeys(said for place in self for said in (place.name, place.code, place.id))
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
            meant = f"是否指 {'、'.join(near)}？" if near else "先装载区划、街道或社区"
            raise BadData(f"没有区划 {name!r}", remedy=f"用区划代码、编号或名称指明；{meant}")
        return found

    def find(self, name: str, day: date | None = None) -> Place | None:
        """The place of this id, code or unique name; ``None`` if there is none.

        Of several that bear or bore a code, the one of the day, or the latest.
        """
        if name in self._places:
            return self._places[name] if day is None else self.version(self._places[name], day)
        if name in self._codes:
            borne = [self._places[id_] for id_ in self._codes[name]]
            found = next((place for place in borne if day is not None and day in place.span), borne[-1])
            return self.version(found, day or date.max)
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
        ids = self._versions[place.id]
        if len(ids) == 1:
            return self._places[ids[0]]
        begun = [one for id_ in ids if (one := self._places[id_]).span.since is None or one.span.since <= day]
        standing = [one for one in begun if day in one.span]
        own = [one for one in standing if one.kind != "division"]
        return next((found[-1] for found in (own, standing, begun) if found), self._places[ids[0]])

    def heir(self, place: Place, day: date) -> Place | None:
        """The one place that stands on a day for one that has ended; ``None`` if it has not, or several or none do."""
        found = self.version(place, day)
        until = found.span.until
        if until is None or day < until or not self.successions.ended(found.code):
            return None
        codes = self.successions.successor(found.code, day, since=max(until, _SECOND_DAY) - _DAY).codes
        if len(codes) != 1:
            return None
        standing = (self._places[id_] for id_ in self._codes.get(codes[0], ()) if day in self._places[id_].span)
        heir = next(standing, None)
        # Data may say that a place went into one that lies in it.
        return None if heir is None or self._lies_below(heir, found) else self.version(heir, day)

    def _lies_below(self, place: Place, other: Place) -> bool:
        above: str | None = place.id
        seen = set[str]()
        while above is not None and above not in seen:
            if self.identity(above) == self.identity(other.id):
                return True
            seen.add(above)
            above = self._above[above]
        return False

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
        """The place right above on a day; one that went into another is passed over."""
        layout = self._layout(day)
        above, seen = self._parent_of(place, layout, day), set[str]()
        while above is not None and above in layout.gone and above not in seen:
            seen.add(above)
            above = layout.parents.get(above)
        return None if above is None else self.version(self._places[above], day)

    def _parent_of(self, place: Place, layout: "_Layout", day: date) -> str | None:
        identity = self.identity(place.id)
        if identity in layout.parents:
            return layout.parents[identity]
        above = self._above[self.version(place, day).id]
        return None if above is None else self.identity(above)

    def _turn(self, day: date) -> int:
        """Number of the stretch of days, all alike in what lies in what, to which a day belongs."""
        return bisect_right(self._turns, day)

    def _layout(self, day: date) -> "_Layout":
        """Where those places lie on a day that do not always lie in the same one."""
        turn = self._turn(day)
        if turn not in self._layouts:
            self._layouts[turn] = layout = _Layout()
            root = self.identity(self.root.id)
            heir_of_root = self.heir(self.root, day)
            for id_ in self._moving:
                place = self.version(self._places[id_], day)
                heir = None if id_ == root else self.heir(place, day)
                above = heir.id if heir is not None else self._above[place.id]
                if heir is not None:
                    layout.gone.add(id_)
                if heir_of_root is not None and id_ == self.identity(heir_of_root.id):
                    above = root
                if above is not None:
                    layout.parents[id_] = self.identity(above)
                    layout.children.setdefault(layout.parents[id_], []).append(id_)
        return self._layouts[turn]

    def _children(self, identity: str, day: date) -> Iterator[str]:
        """Identities of the places right below one on a day, those among them that went into it."""
        yield from self._below.get(identity, ())
        yield from self._layout(day).children.get(identity, ())

    def children(self, place: Place, day: date = date.max) -> tuple[Place, ...]:
        """The places right below on a day, in the versions of that day."""
        gone = self._layout(day).gone
        found, pending = dict[str, None](), list(self._children(self.identity(place.id), day))
        for id_ in pending:
            if id_ in gone:
                pending += self._children(id_, day)
            else:
                found[id_] = None
        return tuple(self.version(self._places[id_], day) for id_ in found)

    def within(self, place: Place, day: date = date.max) -> tuple[str, ...]:
        """Ids of the place and of everything below it on a day, in all their versions.

        A place that ended without becoming another still lies where it lay: what happened there is not lost. One that
        went into another has nothing below it any more.
        """
        key = self.identity(place.id), self._turn(day)
        if key not in self._inside:
            found, pending = dict[str, None](), [key[0]]
            while pending:
                id_ = pending.pop()
                if id_ not in found:  # data may say that two divisions lie in each other
                    found[id_] = None
                    pending += self._children(id_, day) if key[0] not in self._layout(day).gone else ()
            self._inside[key] = tuple(version for id_ in found for version in self._versions[id_])
        return self._inside[key]

    def communities(self, day: date, within: Place | None = None) -> tuple[Place, ...]:
        """The communities that operate on a day, by code."""
        inside = (self._places[id_] for id_ in self.within(within or self.root, day))
        return tuple(sorted((p for p in inside if p.kind == "community" and p.operates(day)), key=lambda p: p.code))

    @property
    def stubs(self) -> tuple[Place, ...]:
        """Divisions that figures name without a record of their own."""
        return tuple(place for place in self if place.kind == "stub")

    @property
    def as_mapping(self) -> Mapping[str, Place]:
        """Places by id."""
        return self._places
