"""The record types that a register knows, the library's own and those that plugins add, and how they came to be."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

from shequ.errors import Misuse, UnknownRecordType
from shequ.model.migration import Migration
from shequ.model.record import Record, RecordType, Sensitivity

__all__ = ["Schema"]


class Schema:
    """Record types by name and by label.

    Args:
        types: The classes, in the order in which they should be loaded and listed.
        migrations: The steps from former declarations of them to these, in any order.

    Raises:
        Misuse: If two types have the same name or label, one refers to a type that is not there, or the steps of one
            leave a version out, give one twice, or are of no type.
    """

    def __init__(self, types: Iterable[type[Record]], migrations: Iterable[Migration] = ()) -> None:
        by_name: dict[str, RecordType] = {}
        by_label: dict[str, RecordType] = {}
        for cls in types:
            declared = cls.__record__
            for names, name in ((by_name, declared.name), (by_label, declared.label)):
                if name in names:
                    raise Misuse(f"two record types are called {name!r}")
                names[name] = declared
        for declared in by_name.values():
            for spec in declared.references:
                if spec.to not in by_name:
                    raise Misuse(f"{declared.name}.{spec.name} refers to {spec.to!r}, which is no record type")
        self.types: Mapping[str, RecordType] = MappingProxyType(by_name)
        self._labels = by_label
        self.migrations: Mapping[str, tuple[Migration, ...]] = MappingProxyType(_by_type(by_name, migrations))
        """The steps of each type that has any, in order."""

    def __iter__(self) -> Iterator[RecordType]:
        return iter(self.types.values())

    def __contains__(self, name: object) -> bool:
        return name in self.types

    @cached_property
    def private(self) -> frozenset[str]:
        """Types whose records are about people in private life: counts of them may be of few.

        A type is if one of its fields is personal or sensitive, or refers to a type that is; not one of people in their
        public office (``office``), nor what only refers to those.
        """
        open_types = [declared for declared in self if not declared.office]
        found = {
            declared.name
            for declared in open_types
            if any(spec.sensitivity is not Sensitivity.PUBLIC for spec in declared.fields.values())
        }
        while more := {
            declared.name
            for declared in open_types
            if declared.name not in found and any(spec.to in found for spec in declared.references)
        }:
            found |= more
        return frozenset(found)

    def version(self, name: str) -> int:
        """Version of a type's declaration: 1, and one more for each step."""
        return 1 + len(self.migrations.get(name, ()))

    def former(self, name: str) -> tuple[str, ...]:
        """Names that a type had before, the oldest first."""
        return tuple(step.was for step in self.migrations.get(name, ()) if step.was)

    def find(self, name: str) -> RecordType | None:
        """The type of this code name or Chinese label, plural and case forgiven; ``None`` if there is none."""
        plain = name.strip()
        lowered = plain.lower().replace("-", "_")
        for candidate in (
            lowered,
            lowered.removesuffix("s"),
            f"{lowered.removesuffix('ies')}y",
            _ALIASES.get(lowered, ""),
        ):
            if candidate in self.types:
                return self.types[candidate]
        return self._labels.get(plain)

    def __getitem__(self, name: str) -> RecordType:
        found = self.find(name)
        if found is None:
            close = difflib.get_close_matches(name, [*self.types, *self._labels], n=3)
            raise UnknownRecordType(name, tuple(close))
        return found


_ALIASES = {"figures": "reported_figure", "figure": "reported_figure"}


def _by_type(types: Mapping[str, RecordType], migrations: Iterable[Migration]) -> dict[str, tuple[Migration, ...]]:
    """The steps of each type, in order, those under its former names first."""
    given: dict[str, list[Migration]] = {}
    for step in migrations:
        given.setdefault(step.type, []).append(step)
    found: dict[str, tuple[Migration, ...]] = {}
    for name in types:
        steps: list[Migration] = []
        now = name
        while now in given:
            steps = sorted(given.pop(now), key=lambda step: step.to) + steps
            now = steps[0].was
            if now in types:
                raise Misuse(f"{name} cannot have been called {now!r}: that is a record type")
        if [step.to for step in steps] != list(range(2, len(steps) + 2)) or any(
            step.was and step.was != before.type for before, step in pairwise(steps)
        ):
            raise Misuse(
                f"the migrations of {name} lead to the versions {[step.to for step in steps]}",
                remedy="give one step for each version from 2, each under the name that the type had from then on",
            )
        if steps:
            found[name] = tuple(steps)
    if given:
        raise Misuse(f"there are migrations of {', '.join(sorted(given))}, which is no record type")
    return found
