"""Bringing a database into the form of today, forwards and without loss.

One process does it under the database's lock and the others wait (:meth:`Database.alone`), look again and find nothing
to do. On SQLite and PostgreSQL all of it is one transaction. MariaDB and MySQL commit each change to a table at once;
there everything is decided and tried before the first change, changes to tables come first and are such that what is
done already is not done again, and what the database says of itself changes last, with the values, in one transaction.
So a migration that was killed goes on from where it stood when the database is opened again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, bindparam, delete, insert, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError

from shequ.errors import BackendError, MissingExtra, ShequError
from shequ.model import Schema
from shequ.store.chain import Entry, restore
from shequ.store.forms import Forms
from shequ.store.sql.database import Database
from shequ.store.sql.found import Found, FoundColumn, look
from shequ.store.sql.history import History
from shequ.store.sql.plan import FORMAT, LIBRARY, Plan, TypePlan, plan, release
from shequ.store.sql.reading import Reading
from shequ.store.sql.tables import CHUNK, PREFIX, RecordTable, Tables

if TYPE_CHECKING:
    from alembic.operations import Operations

__all__ = ["bring_up"]

_NO_BOUND = 2**63 - 1


def bring_up(database: Database, tables: Tables, schema: Schema) -> tuple[str, ...]:
    """Bring a database into the form of today; one that is in it already is not written to.

    Returns:
        Tables (``shequ_pile``) and columns (``shequ_pile.sockets``) that nobody declares any more.

    Raises:
        BackendError: If it cannot be opened, was written by a newer version, or a step is missing or fails.
    """
    migration = _Migration(database, tables, schema)
    with database.reading() as connection:
        _, wanted = migration.plan(connection)
    if not wanted.empty:
        try:
            with database.writing() as connection, database.alone(connection):
                migration.carry_out(connection)
        except (BackendError, SQLAlchemyError, database.driver) as error:
            fault = database.read_only(error)
            if fault is None:
                raise
            if not wanted.legible(tables):
                raise BackendError(
                    f"{database.place}：{fault.what}，而库中缺少本版本所需的表或列，须先升级",
                    remedy=f"{fault.remedy}；打开一次即自动升级",
                ) from error
        else:
            with database.reading() as connection:
                _, wanted = migration.plan(connection)
    return wanted.undeclared


class _Migration:
    """Looks at a database and changes it.

    Args:
        database: The database.
        tables: All tables.
        schema: The record types.
    """

    def __init__(self, database: Database, tables: Tables, schema: Schema) -> None:
        self._database = database
        self._tables = tables
        self._schema = schema
        self._reading = Reading(database)
        self._history = History(tables, self._reading)

    def plan(self, connection: Connection) -> tuple[Found, Plan]:
        """What is there, and what is to be done."""
        found = self._database.call(lambda: look(connection, self._tables))

        def used(name: str) -> bool:
            change = self._tables.change.c
            if self._tables.change.name not in found.tables:
                return False
            query = select(change.number).where(self._tables.is_of(name), change.after.is_not(None)).limit(1)
            return bool(self._reading.rows(connection, query))

        return found, plan(self._tables, self._schema, found, self._database.place, used)

    def carry_out(self, connection: Connection) -> None:
        """Do what is to be done, unless somebody else has."""
        found, wanted = self.plan(connection)
        if wanted.empty:
            return
        rewritten = [made for made in wanted.types if made.rewrites]
        if rewritten and not self._database.transactional_ddl:
            heads = self._heads(connection, found, lock=False)
            forms = self._forms(found, wanted, heads)
            for made in rewritten:  # tried, before anything is changed that could not be undone
                for _ in self._rewritten(connection, forms, made, heads):
                    pass
        self._change_tables(connection, found, wanted)
        heads = self._heads(connection, found, lock=True)
        forms = self._forms(found, wanted, heads)
        self._mark(connection, wanted, heads)
        for made in rewritten:
            self._rewrite(connection, forms, made, heads)
        for made in wanted.types:
            self._declare(connection, made)
        library = max(found.library, LIBRARY, key=release)
        self._state(connection, {"schema_version": str(FORMAT), "library": library})

    # --- tables ---------------------------------------------------------------------------------------------

    def _change_tables(self, connection: Connection, found: Found, wanted: Plan) -> None:
        """Rename, make and change tables."""
        changed = [made for made in wanted.types if made.reads_otherwise or made.released]
        operations = _operations(connection) if changed else None
        for made in changed:
            assert operations is not None
            name = f"{PREFIX}{made.type.name}"
            was = f"{PREFIX}{made.stored}"
            if was != name and was in found.tables and name not in found.tables:
                operations.rename_table(was, name)
        self._tables.metadata.create_all(connection)
        for made in changed:
            assert operations is not None
            name = f"{PREFIX}{made.type.name}"
            at = name if name in found.columns else f"{PREFIX}{made.stored}"
            if at in found.columns:
                self._change_columns(connection, operations, made, dict(found.columns[at]))

    def _change_columns(
        self, connection: Connection, operations: "Operations", made: TypePlan, present: dict[str, FoundColumn]
    ) -> None:
        table = self._tables.records[made.type.name].table
        for was, now in made.renamed:
            _rename(operations, table.name, was, now, present[was], table.columns[now])
            present[now] = present.pop(was)
        for column, name in made.aside.items():
            if name not in present:
                _rename(operations, table.name, column, name, present[column], None)
        for column in made.added:
            plain = table.columns[column]
            default: Any = None if plain.server_default is None else plain.server_default.arg  # type: ignore[attr-defined]
            operations.add_column(table.name, Column(column, plain.type, server_default=default))
        if made.released:
            with operations.batch_alter_table(table.name, table_kwargs={"sqlite_with_rowid": False}) as batch:
                for column in made.released:
                    batch.alter_column(column, existing_type=present[column].type, nullable=True)
        declared = {str(index.name): index for index in table.indexes}
        there = {index["name"] for index in inspect(connection).get_indexes(table.name)}
        for name in sorted(found for found in there if found is not None and found.startswith(f"ix_{PREFIX}")):
            if name not in declared:
                operations.drop_index(name, table_name=table.name)
        for name, index in declared.items():
            if name not in there:
                index.create(connection)

    # --- values ---------------------------------------------------------------------------------------------

    def _heads(self, connection: Connection, found: Found, *, lock: bool) -> dict[str, int]:
        """The last number of each district; locked, so that nobody writes what would have to be migrated too."""
        if self._tables.head.name not in found.tables:
            return {}
        head = self._tables.head.c
        query = select(head.district, head.number).order_by(head.district)
        rows = self._reading.rows(connection, query.with_for_update() if lock else query)
        return {row[0]: row[1] for row in rows}

    def _forms(self, found: Found, wanted: Plan, heads: Mapping[str, int]) -> dict[str, Forms]:
        """Reads the entries of each district, once all that is there is marked as from before the pending steps."""
        marks: dict[str, dict[tuple[str, int], int]] = {district: {} for district in heads}
        for (district, type_, version), number in {**found.marks, **dict(_marks(wanted, heads))}.items():
            marks.setdefault(district, {})[type_, version] = number
        return {district: Forms(self._schema, of_district) for district, of_district in marks.items()}

    def _mark(self, connection: Connection, wanted: Plan, heads: Mapping[str, int]) -> None:
        rows = [(*key, number) for key, number in _marks(wanted, heads)]
        for start in range(0, len(rows), CHUNK):
            self._database.insert(connection, self._tables.migration, rows[start : start + CHUNK])

    def _rewrite(
        self, connection: Connection, forms: Mapping[str, Forms], made: TypePlan, heads: Mapping[str, int]
    ) -> None:
        """Write the records of a type anew from the history; columns that nobody declares keep what they have."""
        table = self._tables.records[made.type.name].table
        names = table.columns.keys()
        key = (table.c.district == bindparam("to_district"), table.c.id == bindparam("to_id"))
        values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names[3:]}
        if not values:
            return
        for _, rows in self._rewritten(connection, forms, made, heads):
            given = [{f"to_{name}": value for name, value in zip(names, row, strict=True)} for row in rows]
            connection.execute(update(table).where(*key).values(values), given)

    def _rewritten(
        self, connection: Connection, forms: Mapping[str, Forms], made: TypePlan, heads: Mapping[str, int]
    ) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
        """The records of a type as they will be, a page of rows at a time, each with its district.

        Raises:
            BackendError: If a step fails, or leaves what is no record.
        """
        table = self._tables.records[made.type.name]
        for district in heads:
            entries = self._history.latest(connection, district, made.type.name, _NO_BOUND)
            rows: list[tuple[Any, ...]] = []
            for row in self._rows(table, district, forms[district], entries):
                rows.append(row)
                if len(rows) == CHUNK:
                    yield district, rows
                    rows = []
            if rows:
                yield district, rows

    def _rows(
        self, table: RecordTable, district: str, forms: Forms, entries: Iterable[Entry]
    ) -> Iterator[tuple[Any, ...]]:
        for entry in entries:
            try:
                stored = restore(table.type.cls, forms.current(entry))
            except (ShequError, ValueError, TypeError, KeyError) as error:
                raise BackendError(
                    f"{self._database.place}：{district} 的 {table.type.name} {entry.id} 无法升级（{error}），未作任何修改",
                    remedy="请提供该记录类型的插件作者更正其 Migration，再打开",
                ) from error
            if stored is not None:
                yield table.values(district, stored.version, stored.record)

    # --- what the database says of itself --------------------------------------------------------------------

    def _declare(self, connection: Connection, made: TypePlan) -> None:
        declaration, name = self._tables.declaration, made.type.name
        connection.execute(delete(declaration).where(declaration.c.type.in_([name, made.stored])))
        version = self._schema.version(name)
        connection.execute(insert(declaration), {"type": name, "version": version, "fields": made.declaration})

    def _state(self, connection: Connection, facts: Mapping[str, str]) -> None:
        meta = self._tables.meta
        connection.execute(delete(meta).where(meta.c.name.in_(list(facts))))
        connection.execute(insert(meta), [{"name": name, "value": value} for name, value in facts.items()])


def _marks(wanted: Plan, heads: Mapping[str, int]) -> Iterator[tuple[tuple[str, str, int], int]]:
    """For each district and step that is taken now: the number of the last entry from before it."""
    for made in wanted.types:
        for step in made.pending:
            for district, number in heads.items():
                if number > 0:
                    yield (district, step.type, step.to), number


def _operations(connection: Connection) -> "Operations":
    try:
        from alembic.migration import MigrationContext
        from alembic.operations import Operations
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "alembic":
            raise
        raise MissingExtra("升级旧版本的库", "sql") from error
    return Operations(MigrationContext.configure(connection))


def _rename(
    operations: "Operations", table: str, was: str, now: str, found: FoundColumn, wanted: Column[Any] | None
) -> None:
    """Give a column another name; databases that want to be told its whole definition again are told it."""
    default: Any = None
    if wanted is not None and wanted.server_default is not None:
        default = wanted.server_default.arg  # type: ignore[attr-defined]
    operations.alter_column(
        table,
        was,
        new_column_name=now,
        existing_type=found.type if wanted is None else wanted.type,
        existing_nullable=True,
        existing_server_default=default,
    )
