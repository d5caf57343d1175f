"""What somebody may read of a district's records: within the places they work for, masked as their roles demand."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import attrs

from shequ.errors import Forbidden, Misuse
from shequ.metrics import Engine, Measurement
from shequ.model import FieldSpec, Reading, Record, Sensitivity, Viewer, derive_id

__all__ = ["Access"]

_OF_PERSONS = ("household_membership", "party_member", "volunteer", "community_worker")
"""Types whose records say to which places a resident belongs."""


class Access:
    """What a viewer may read.

    Args:
        viewer: Who looks.
        engine: Has the records and the tree of divisions.

    Raises:
        Misuse: If the viewer's scope names a division that there is not.
    """

    def __init__(self, viewer: Viewer, engine: Engine) -> None:
        self.viewer, self._evaluator = viewer, engine.evaluator
        self._tree = engine.tree
        self._places: set[str] = set()
        for name in viewer.scope:
            place = engine.tree.find(name)
            if place is None:
                raise Misuse(f"查阅范围中没有区划 {name!r}", remedy="写区划代码、编号或名称")
            self._places.update(engine.tree.within(place))

    def covers(self, record: Record) -> bool:
        """Whether a record lies in the viewer's places.

        A person lies in every place where they belong to a household, serve or work; what is about a person or a card
        lies where that does. What belongs to no place is everybody's if nothing in it is about a person, and otherwise
        for those only who may see the whole district.
        """
        if not self.viewer.scope:
            return True
        declared = record.__record__
        if declared.division:
            return self._here(self._evaluator.place(record))
        if declared.name == "resident":
            return any(self._here(place) for place in self._belongs[record.id])
        values: Any = record
        if "resident" in declared.fields:
            return any(self._here(place) for place in self._belongs[values.resident])
        if "subject_type" in declared.fields:
            about = self._evaluator.table(values.subject_type).get(values.subject or "")
            return about is not None and self.covers(about)
        return all(spec.sensitivity is Sensitivity.PUBLIC for spec in declared.fields.values())

    def _here(self, place: str | None) -> bool:
        found = self._tree.find(place) if place else None
        return found is not None and found.id in self._places

    @cached_property
    def _belongs(self) -> Mapping[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for name in _OF_PERSONS:
            for record in self._evaluator.table(name).values():
                resident, place = getattr(record, "resident", None), self._evaluator.place(record)
                if resident and place:
                    found[resident].add(place)
        return found

    def demand(self, record: Record, *, whole: bool = True) -> None:
        """See to it that a record may be read.

        Args:
            record: The record.
            whole: Whether unmasked, so that every value in it must be one that the viewer may see.

        Raises:
            Forbidden: If it lies elsewhere, or holds something that the viewer may not see.
        """
        declared = record.__record__
        if not self.covers(record):
            raise Forbidden(
                f"{declared.label} {record.id} 不在 {self.viewer.name} 的查阅范围内", remedy="由该社区的人员或街道查阅"
            )
        hidden = [spec.label for spec in self.told(record) if not self.viewer.may_see(spec)] if whole else []
        if hidden:
            raise Forbidden(
                f"{self.viewer.name} 无权查阅{declared.label}的{'、'.join(hidden)}",
                remedy="用 register.show 查阅打码后的内容，或以有权限的角色并写明目的查阅",
            )

    def told(self, record: Record) -> Iterator[FieldSpec]:
        """The fields of a record that hold something about a person."""
        for spec in record.__record__.fields.values():
            if spec.sensitivity is not Sensitivity.PUBLIC and getattr(record, spec.name) is not None:
                yield spec

    def row(self, record: Record) -> dict[str, str]:
        """A record as the viewer sees it: label → text.

        Raises:
            Forbidden: If it lies elsewhere.
        """
        self.demand(record, whole=False)
        return {
            spec.label: self.viewer.shown(spec, getattr(record, spec.name))
            for spec in record.__record__.fields.values()
        }

    def seen(self, record: Record) -> tuple[str, ...]:
        """Labels of the personal and sensitive values of a record that the viewer sees."""
        return tuple(spec.label for spec in self.told(record) if self.viewer.may_see(spec))

    def narrowed(self, found: Measurement) -> Measurement:
        """A measurement that lists, and pages through, only the rows that lie in the viewer's places.

        The figure itself is of all rows.
        """
        if not self.viewer.scope:
            return found

        @cache
        def rows() -> tuple[tuple[str, str], ...]:
            return tuple((name, id_) for name, id_ in found.rows() if self._is_within(name, id_))

        # attrs takes the argument's public name; type checkers know the attribute's.
        return attrs.evolve(  # type: ignore[call-arg,unused-ignore]
            found,
            rows=lambda: iter(rows()),
            listed=lambda: len(rows()),
            operands=tuple(map(self.narrowed, found.operands)),
            parts=tuple(map(self.narrowed, found.parts)),
        )

    def _is_within(self, type_: str, id_: str) -> bool:
        record = self._evaluator.table(type_).get(id_)
        return record is not None and self.covers(record)

    def reading(
        self,
        type_: str,
        subject: str,
        contents: tuple[str, ...],
        *,
        at: datetime,
        purpose: str = "",
    ) -> Reading:
        """What is kept of a reading.

        Args:
            type_: Name of the type of what was read.
            subject: Its id.
            contents: Labels of the values that were seen.
            at: When.
            purpose: What for; the viewer's purpose if it is left out.
        """
        viewer = self.viewer
        return Reading(
            id=derive_id("reading", (viewer.name, at.isoformat(), type_, subject)),
            actor=viewer.name,
            at=at,
            subject_type=type_,
            subject=subject,
            records=1,
            contents=contents,
            purpose=purpose or viewer.purpose or None,
            roles=tuple(role.label for role in sorted(viewer.roles)),
            scope=viewer.scope,
        )
