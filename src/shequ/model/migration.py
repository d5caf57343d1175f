"""How the declaration of a record type came to be what it is: the steps from one version of it to the next.

What is only added or no longer declared needs no step: stores find that out themselves. A step is declared where
somebody must say what old values mean now: a field or a type has another name, a field holds another kind of thing, or
every record must have a value that old ones lack. The first declaration of a type is version 1.

Steps work on plain values (see :mod:`shequ.codec`), never on rows of some store. So the same step serves the records
that are stored and what the history says of former times.
"""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from shequ.errors import BadData, Misuse

__all__ = ["Migration"]

_NOTHING: Mapping[str, Any] = {}


@attrs.frozen(eq=False)
class Migration:
    """One step of a record type, from version ``to - 1`` to version ``to``.

    One that says nothing but type and version changes no value; it makes programs with an older declaration refuse the
    store instead of dropping fields that they do not know.

    Args:
        type: Name of the record type, as it is from this version on.
        to: The version that it leads to, from 2.
        was: The name before, if the step renames the type.
        renamed: Old name of a field → new name.
        filled: Field → plain value for the records that have none.
        rewrite: Makes new plain values of old ones, after renaming and filling; always the same of the same.

    Raises:
        Misuse: If the version is below 2, or the step renames what it also fills.
    """

    type: str
    to: int
    was: str = ""
    renamed: Mapping[str, str] = _NOTHING
    filled: Mapping[str, Any] = _NOTHING
    rewrite: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None

    def __attrs_post_init__(self) -> None:
        if self.to < 2:
            raise Misuse(f"a migration of {self.type} to version {self.to}", remedy="the first step leads to version 2")
        names = [*self.renamed.values()]
        if "id" in (*names, *self.renamed) or len(set(names)) < len(names) or self.was == self.type:
            raise Misuse(f"the migration of {self.type} to version {self.to} renames the id, or gives a name twice")

    @property
    def makes_values(self) -> bool:
        """Whether it does more to values than to give them other names."""
        return bool(self.filled) or self.rewrite is not None

    def apply(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The plain values of a record as they are from this version on.

        Raises:
            BadData: If ``rewrite`` fails.
        """
        named = {self.renamed.get(name, name): value for name, value in values.items()}
        made = {**self.filled, **named}
        if self.rewrite is None:
            return made
        try:
            return dict(self.rewrite(made))
        except Exception as error:
            raise BadData(
                f"{self.type} {values.get('id')}：改写到版本 {self.to} 的步骤出错（{error!r}）",
                remedy="请提供该记录类型的插件作者更正其 Migration",
            ) from error
