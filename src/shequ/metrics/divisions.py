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


class DivisionTree:
    """Places by id, with what lies above and below.

    Args:
        district: Id of the district; the root if it names a place.
        records: All records of the types ``sub_district``, ``community`` and ``division``.
        named: Further divisions that are only named (by figures).
    """

    def __init__(self, district: str, records: Iterable[Record], named: Iterable[str] = ()) -> None:
        self._places: dict[str, Place] = {}
        self._codes: dict[str, str] = {}
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
            self._codes[place.code] = place.id
        for name in dict.fromkeys(named):
            if self.find(name) is None:
                self._places[name] = Place(name, name, name, "stub")
        self._above = {place.id: self._parent(place) for place in self._places.values()}
        self._below: dict[str, list[str]] = {}
        for id_, parent in self._above.items():
            if parent is not None:
                self._below.setdefault(parent, []).append(id_)
        self.root = self._root(district)
        for place in self.stubs:
            # A local key that nothing else places lies in the district it was loaded into.
            if place != self.root and self._above[place.id] is None and division_level(place.code) is None:
                self._above[place.id] = self.root.id
                self._below.setdefault(self.root.id, []).append(place.id)

    def _parent(self, place: Place) -> str | None:
        if place.parent is not None and place.parent in self._places:
            return place.parent
        code: str | None = place.code
        while code is not None and division_level(code) is not None:
            code = parent_division(code)
            if code in self._codes or code in self._places:
                return self._codes.get(code, code)
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
        self._places[district] = place
        self._above[district] = None
        for top in tops:
            self._above[top.id] = district
        self._below[district] = [top.id for top in tops]
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

    def find(self, name: str) -> Place | None:
        """The place of this id, code or unique name; ``None`` if there is none."""
        if name in self._places:
            return self._places[name]
        if name in self._codes:
            return self._places[self._codes[name]]
        called = [place for place in self._places.values() if place.name == name]
        return called[0] if len(called) == 1 else None

    def above(self, place: Place) -> tuple[Place, ...]:
        """The place itself and those above it, the narrowest first."""
        chain, id_ = [], place.id
        seen: set[str] = set()
        while id_ is not None and id_ not in seen:
            seen.add(id_)
            chain.append(self._places[id_])
            id_ = self._above[id_]  # type: ignore[assignment] # None ends the loop
        return tuple(chain)

    def children(self, place: Place) -> tuple[Place, ...]:
        """The places right below."""
        return tuple(self._places[id_] for id_ in self._below.get(place.id, ()))

    def within(self, place: Place) -> tuple[str, ...]:
        """Ids of the place and of everything below it."""
        found, pending = dict[str, None](), [place.id]
        while pending:
            id_ = pending.pop()
            if id_ not in found:  # data may say that two divisions lie in each other
                found[id_] = None
                pending += self._below.get(id_, ())
        return tuple(found)

    def communities(self, day: date, within: Place | None = None) -> tuple[Place, ...]:
        """The communities that operate on a day, by code."""
        inside = set(self.within(within or self.root))
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
