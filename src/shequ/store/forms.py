"""What the history says of former times, in the form of today.

Entries stay as they were written, since the chain covers them. Which steps an entry has not taken follows from its
number: when a store takes a step it marks, for each district, the last entry from before it. A backup says the same of
the history that it holds (:func:`told`), so that a store of later declarations may take it in (:func:`marked`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import attrs

from shequ.errors import BadData, Misuse
from shequ.model import Migration, Schema
from shequ.store.chain import Entry, canonical

__all__ = ["Former", "Forms", "Marks", "marked", "raised", "told"]

Marks: TypeAlias = Mapping[tuple[str, int], int]
"""Type and version → number of the last entry of a district from before that version."""
Former: TypeAlias = Mapping[str, Sequence[int]]
"""Type → for each step of its declaration that a history has taken, from version 2: last number from before it."""


class Forms:
    """Reads entries in the form of today.

    Args:
        schema: The record types, with their steps.
        marks: Of the district whose entries are read.
    """

    def __init__(self, schema: Schema, marks: Marks) -> None:
        self.marks = marks
        self._steps = schema.migrations
        self._today = {was: name for name in schema.migrations for was in schema.former(name)}

    def today(self, type: str) -> str:  # noqa: A002 - the contract's own words
        """The name that a type has today."""
        return self._today.get(type, type)

    def legible(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Entries in the form of today; one that a step cannot read stays as it is."""
        for entry in entries:
            try:
                yield self.current(entry)
            except BadData:
                yield entry

    def current(self, entry: Entry) -> Entry:
        """An entry as it would be written today.

        Raises:
            BadData: If a step fails.
        """
        if not self._steps:
            return entry
        name = self.today(entry.type)
        after = self.values(name, entry.number, entry.after)
        if name == entry.type and after is entry.after:
            return entry
        return attrs.evolve(entry, type=name, after=after)

    def values(self, type: str, number: int, values: str | None) -> str | None:  # noqa: A002 - the contract's own words
        """What an entry of a type brought, as it would be written today: canonical JSON.

        Raises:
            BadData: If a step fails.
        """
        steps = self.pending(type, number)
        if values is None or not steps:
            return values
        made = json.loads(values)
        for step in steps:
            made = step.apply(made)
        return canonical(made)

    def pending(self, type: str, number: int) -> tuple[Migration, ...]:  # noqa: A002 - the contract's own words
        """The steps that an entry of a type has not taken."""
        steps = self._steps.get(self.today(type), ())
        taken = 0
        for step in steps:
            if self.marks.get((step.type, step.to), 0) >= number:
                break
            taken += 1
        return steps[taken:]


def told(schema: Schema, marks: Marks, end: int) -> dict[str, list[int]]:
    """What is to be said of a history that ends with a number, so that any later declaration can read it.

    Steps that none of its entries has taken are not said, and each type has the name that it had then: so it is what
    the declaration said that wrote the last entry.
    """
    found = {}
    for steps in schema.migrations.values():
        numbers = [min(marks.get((step.type, step.to), 0), end) for step in steps]
        while numbers and numbers[-1] == end:
            numbers.pop()
        if numbers:
            found[steps[len(numbers) - 1].type] = numbers
    return found


def marked(schema: Schema, former: Former, end: int) -> dict[tuple[str, int], int]:
    """The marks of a history of which something was told; the steps that it does not tell of, no entry has taken.

    Args:
        schema: The record types, with their steps.
        former: What was told.
        end: Number of the last entry; no mark is beyond it.

    Raises:
        Misuse: If it has taken steps that are not known.
    """
    today = {was: name for name in schema.migrations for was in schema.former(name)}
    taken = {today.get(type_, type_): list(numbers) for type_, numbers in former.items()}
    for name, numbers in taken.items():
        if name in schema.types and len(numbers) >= schema.version(name):
            raise Misuse(
                f"历史由 {name} 的第 {len(numbers) + 1} 版声明写出，本程序只认识到第 {schema.version(name)} 版",
                remedy="升级 shequ 或提供该类型的插件后再导入",
            )
    marks: dict[tuple[str, int], int] = {}
    for name, steps in schema.migrations.items():
        numbers = taken.get(name, [])
        numbers += [end] * (len(steps) - len(numbers))
        marks |= {(step.type, step.to): min(number, end) for step, number in zip(steps, numbers, strict=True)}
    return marks


def raised(kept: Marks, given: Marks) -> dict[tuple[str, int], int]:
    """The marks of a history to which entries are added that come with marks of their own."""
    return {key: max(kept.get(key, 0), given.get(key, 0)) for key in {**kept, **given}}
