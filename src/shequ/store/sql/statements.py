"""What the passes of an evaluation share: the tables of one district, and the transaction in which they are read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Executable, false, func, or_

from shequ.store.sql.cells import Cells, Steps
from shequ.store.sql.database import Database
from shequ.store.sql.reach import Reach
from shequ.store.sql.tables import CHUNK, Tables

__all__ = ["Statements"]

_PAGE = 10_000


@attrs.frozen(eq=False)
class Statements:
    """Makes and runs the statements about one district.

    Args:
        tables: All tables.
        district: The district.
        rows: Runs a statement in the snapshot's transaction.
        database: What is special about the database.
        steps: Gives the steps of each card and case, in order.
    """

    tables: Tables
    district: str
    rows: Callable[[Executable], Sequence[Any]]
    database: Database
    steps: Callable[[], Steps]

    def reach(self, name: str) -> tuple[Reach, Cells]:
        """The records of a type, and what makes cells of them."""
        reach = Reach(self.tables, self.tables.schema[name], self.district)
        return reach, Cells(self.tables, reach, self.district, self.rows, self.steps)

    def place(self, reach: Reach) -> ColumnElement[Any] | None:
        """Where a record belongs; ``None`` if its type belongs to no division."""
        path = reach.declared.division
        return reach.column(path)[1] if path else None

    def placed(self, reach: Reach) -> tuple[ColumnElement[Any] | None, list[ColumnElement[bool]]]:
        """Where a record belongs, for a pass over all records, and the condition that this is known.

        No index is of use to such a pass: following it, SQLite would look up each row for itself.
        """
        place = self.place(reach)
        if place is None:
            return None, []
        path = reach.declared.division
        known = [] if "." not in path and not reach.declared.fields[path].optional else [func.coalesce(place, "") != ""]
        return func.coalesce(place, ""), known

    def grouped(self, statement: Executable) -> Sequence[Any]:
        """The rows of a statement that groups whole tables."""
        return self.database.grouped(self.rows, statement)

    def lying_in(self, reach: Reach, places: Iterable[str] | None) -> list[ColumnElement[bool]]:
        """The condition that a record belongs to one of some places; none where it may lie anywhere."""
        place = None if places is None else self.place(reach)
        if place is None:
            return []
        wanted = sorted({one for one in places or () if one})
        return [or_(false(), *(place.in_(wanted[at : at + CHUNK]) for at in range(0, len(wanted), CHUNK)))]

    def paged(
        self,
        reach: Reach,
        columns: list[ColumnElement[Any]],
        key: ColumnElement[Any],
        *conditions: ColumnElement[bool],
        distinct: bool = False,
    ) -> Iterator[Any]:
        """Rows in order of their first column, a key that is theirs alone, page by page."""
        plain = reach.select(columns, *conditions)
        whole = (plain.distinct() if distinct else plain).order_by(key).limit(_PAGE)
        after: Any = None
        while True:
            page = self.rows(whole if after is None else whole.where(key > after))
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1][0]
