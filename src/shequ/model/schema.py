"""The record types that a register knows: the library's own and those that plugins add."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from shequ.errors import Misuse, UnknownRecordType
from shequ.model.record import Record, RecordType

__all__ = ["Schema"]


class Schema:
    """Record types by name and by label.

    Args:
        types: The classes, in the order in which they should be loaded and listed.

    Raises:
        Misuse: If two types have the same name or label, or one refers to a type that is not there.
    """

    def __init__(self, types: Iterable[type[Record]]) -> None:
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

    def __iter__(self) -> Iterator[RecordType]:
        return iter(self.types.values())

    def __contains__(self, name: object) -> bool:
        return name in self.types

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
