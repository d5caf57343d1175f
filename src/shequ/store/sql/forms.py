"""What the history says of former times, in the form of today.

Entries stay as they were written, since the chain covers them. Which steps an entry has not taken follows from its
number: when a store takes a step it marks, for each district, the last entry from before it.
"""

import json
from collections.abc import Mapping

import attrs

from shequ.model import Migration, Schema
from shequ.store.chain import Entry, canonical

__all__ = ["Forms"]


class Forms:
    """Reads entries in the form of today.

    Args:
        schema: The record types, with their steps.
        marks: District, type and version → number of the last entry from before that version.
    """

    def __init__(self, schema: Schema, marks: Mapping[tuple[str, str, int], int]) -> None:
        self._marks = marks
        self._steps = schema.migrations
        self._today = {was: name for name in schema.migrations for was in schema.former(name)}

    def current(self, district: str, entry: Entry) -> Entry:
        """An entry as it would be written today.

        Raises:
            BadData: If a step fails.
        """
        if not self._steps:
            return entry
        name = self._today.get(entry.type, entry.type)
        after = self.values(district, name, entry.number, entry.after)
        if name == entry.type and after is entry.after:
            return entry
        return attrs.evolve(entry, type=name, after=after)

    def values(self, district: str, type: str, number: int, values: str | None) -> str | None:  # noqa: A002 - the contract's own words
        """What an entry of a type brought, as it would be written today: canonical JSON.

        Raises:
            BadData: If a step fails.
        """
        steps = self._pending(district, self._today.get(type, type), number)
        if values is None or not steps:
            return values
        made = json.loads(values)
        for step in steps:
            made = step.apply(made)
        return canonical(made)

    def _pending(self, district: str, name: str, number: int) -> tuple[Migration, ...]:
        """The steps that an entry has not taken."""
        steps = self._steps.get(name, ())
        taken = 0
        for step in steps:
            if self._marks.get((district, step.type, step.to), 0) >= number:
                break
            taken += 1
        return steps[taken:]
