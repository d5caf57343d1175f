"""What must be done with a database before it can be used: decided here, done in :mod:`shequ.store.sql.migration`.

``shequ_meta`` says in which form the store's own tables are and which version of the library changed them last,
``shequ_declaration`` by which version of its declaration each record type was written, and what its fields were. From
that and from the columns that are there follows what is to be made, renamed, added and rewritten; or that the
database cannot be opened, and why.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from sqlalchemy import Boolean, Integer, String
from sqlalchemy.types import TypeEngine

from shequ import __version__
from shequ.errors import BackendError
from shequ.model import Migration, RecordType, Schema
from shequ.store.sql.found import Declaration, Found, FoundColumn
from shequ.store.sql.shapes import UNKNOWN, Shape, joined, obstacle, shapes_of, written
from shequ.store.sql.tables import PREFIX, RecordTable, Tables, column_name, field_name

__all__ = ["FORMAT", "LIBRARY", "Plan", "TypePlan", "plan", "release"]

FORMAT = 2
"""Version of the store's own tables; 1 had neither declarations nor migrations."""
LIBRARY = __version__
"""Version of the library."""

_UPGRADE = "升级 shequ 后再打开（pip install -U shequ）"


@attrs.frozen
class TypePlan:
    """What is to be done with one record type.

    Args:
        type: The type.
        stored: The name under which it is there.
        pending: The steps that were not taken yet.
        aside: Columns of another type than is wanted → names under which they stay.
        renamed: Pairs of columns, in this order.
        added: Columns that are not there.
        released: Columns that are no longer declared, and yet demand a value.
        rewrites: Whether the records are to be written anew from the history.
        declaration: What the database is to say of it.
    """

    type: RecordType
    stored: str
    pending: tuple[Migration, ...] = ()
    aside: Mapping[str, str] = attrs.field(factory=dict)
    renamed: tuple[tuple[str, str], ...] = ()
    added: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    rewrites: bool = False
    declaration: str = ""

    @property
    def reads_otherwise(self) -> bool:
        """Whether records cannot be read before it is done."""
        return bool(self.pending or self.aside or self.renamed or self.added or self.rewrites)


@attrs.frozen
class Plan:
    """What is to be done with a database.

    Args:
        created: Names of tables that are not there.
        types: What is to be done with record types.
        states_form: Whether it does not say yet in which form it is.
        undeclared: Tables and columns that nobody declares any more; they stay as they are.
    """

    created: tuple[str, ...]
    types: tuple[TypePlan, ...]
    states_form: bool
    undeclared: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.created or self.types or self.states_form)

    def legible(self, tables: Tables) -> bool:
        """Whether all that is there can be read as it is."""
        own = {tables.declaration.name, tables.migration.name}
        return own.issuperset(self.created) and not any(made.reads_otherwise for made in self.types)


def plan(tables: Tables, schema: Schema, found: Found, place: str, used: Callable[[str], bool]) -> Plan:
    """Decide what must be done.

    Args:
        tables: All tables, as they are to be.
        schema: The record types, with their steps.
        found: What is there.
        place: The database, for messages.
        used: Whether the history has values of a type.

    Raises:
        BackendError: If the database was written by newer declarations, is damaged, or a step is missing.
    """
    if found.format > FORMAT:
        raise BackendError(f"{place}：库的格式版本为 {found.format}，本程序只认识到 {FORMAT}", remedy=_UPGRADE)
    types, undeclared, taken = [], [], set()
    for table in tables.records.values():
        made, left = _of_type(table, schema, found, place, used)
        undeclared += left
        taken.add(f"{PREFIX}{made.stored}")
        before = found.declarations.get(table.type.name)
        current = before is not None and written(before.shapes) == made.declaration
        if not current or made.pending or made.reads_otherwise or made.released:
            types.append(made)
    if undeclared and release(found.library) > release(LIBRARY):
        raise BackendError(
            f"{place}：由 shequ {found.library} 升级过，有 shequ {LIBRARY} 不认识的列：{'、'.join(undeclared)}",
            remedy=_UPGRADE,
        )
    gone = sorted(found.tables - set(tables.metadata.tables) - taken)
    renamed = {f"{PREFIX}{made.type.name}" for made in types if f"{PREFIX}{made.stored}" in found.tables}
    created = tuple(name for name in tables.metadata.tables if name not in found.tables and name not in renamed)
    return Plan(created, tuple(types), found.format < FORMAT, (*gone, *undeclared))


def _of_type(
    table: RecordTable, schema: Schema, found: Found, place: str, used: Callable[[str], bool]
) -> tuple[TypePlan, list[str]]:
    """What is to be done with one type, and which of its columns nobody declares."""
    declared, name = table.type, table.type.name
    steps, today = schema.migrations.get(name, ()), shapes_of(declared)
    stored, declaration = _stored(name, schema, found)
    if declaration is None:
        return TypePlan(declared, name, declaration=written(today)), []
    if declaration.version > 1 + len(steps):
        raise BackendError(
            f"{place}：记录类型 {name}（{declared.label}）的版本为 {declaration.version}，本程序只认识到 {1 + len(steps)}",
            remedy="升级提供该类型的插件，或升级 shequ，再打开",
        )
    pending = steps[declaration.version - 1 :]
    names = _names_now(pending, declaration.shapes)
    shapes = {now: declaration.shapes[was] for was, now in names.items()}
    changed = {field: why for field in today if field in shapes and (why := obstacle(shapes[field], today[field]))}
    if changed and not pending:
        raise _missing_step(place, declared, *next(iter(changed.items())))
    made = TypePlan(declared, stored, pending, declaration=written(joined(shapes, today)))
    at = next((f"{PREFIX}{each}" for each in (name, stored) if f"{PREFIX}{each}" in found.columns), None)
    if at is None:  # somebody took it away; it is made anew, and verify tells
        return attrs.evolve(made, stored=name), []
    moves = {column_name(was): column_name(now) for was, now in names.items() if was != now}
    if not declaration.shapes:  # the database said nothing of its fields yet: what is renamed shows in the steps alone
        moves = _moves(pending)
    made, present, stuck = _columns(made, table, found.columns[at], moves, shapes, declaration.version)
    lost = [field for field in today if field in shapes and column_name(field) not in present]
    if any(shapes[field].declared for field in lost) and not pending:
        raise BackendError(
            f"{place}：表 {at} 缺少列 {'、'.join(column_name(field) for field in lost)}",
            remedy="从备份恢复，或用写入该库的版本导出，再载入新库",
        )
    needed = [field for field, spec in declared.fields.items() if spec.required and column_name(field) in made.added]
    if needed and not pending and used(name):
        raise _missing_step(place, declared, needed[0], "新增，必须有值，而库中已有的记录没有")
    undeclared = [column for column in present if column not in table.table.columns]
    if not declaration.shapes:
        shapes = {field_name(column): UNKNOWN for column in undeclared}
    made = attrs.evolve(
        made,
        declaration=written(joined(shapes, today)),
        released=tuple(column for column in undeclared if present[column].demands),
        rewrites=bool(changed or made.aside or lost or stuck or (needed and pending))
        or any(step.makes_values for step in pending)
        or any(_was_away(shapes[field], today[field]) for field in today if field in shapes),
    )
    return made, [f"{PREFIX}{name}.{column}" for column in (*undeclared, *made.aside.values())]


def _columns(
    made: TypePlan,
    table: RecordTable,
    there: Mapping[str, FoundColumn],
    moves: Mapping[str, str],
    shapes: Mapping[str, Shape],
    version: int,
) -> tuple[TypePlan, dict[str, FoundColumn], bool]:
    """What is to be done with the columns of one type.

    Returns:
        The plan; the columns as they are after renaming; and whether some could not be renamed.
    """
    columns = {column.name: column for column in table.table.columns}
    renamed, stuck = _renames(moves, there, columns)
    present = dict(there)
    for was, now in renamed:
        present[now] = present.pop(was)
    strangers = {column_name(field) for field, shape in shapes.items() if shape == UNKNOWN}
    aside = {
        column: f"{column}_v{version}"
        for column in columns
        if column in present
        and (made.pending or column in strangers)
        and not _alike(present[column].type, columns[column].type)
    }
    added = tuple(column for column in columns if column not in present or column in aside)
    return attrs.evolve(made, aside=aside, renamed=tuple(renamed), added=added), present, stuck


def _was_away(before: Shape, now: Shape) -> bool:
    """Whether records written while a field was not declared may hold something else than its default of today."""
    return not before.declared and (before.absent, now.absent) != ("null", "null")


def _stored(name: str, schema: Schema, found: Found) -> tuple[str, Declaration | None]:
    """The name under which a type is there, and what the database says of it; ``None`` if it is new."""
    names = (name, *reversed(schema.former(name)))
    for each in names:
        if each in found.declarations:
            return each, found.declarations[each]
    for each in names:
        if f"{PREFIX}{each}" in found.tables:
            return each, Declaration(1, {})
    return name, None


def _moves(pending: tuple[Migration, ...]) -> dict[str, str]:
    """Old name of each column that steps rename → its name after all of them."""
    fields: dict[str, str] = {}
    for step in pending:
        fields = {was: step.renamed.get(now, now) for was, now in fields.items()}
        fields.update({was: now for was, now in step.renamed.items() if was not in fields})
    return {column_name(was): column_name(now) for was, now in fields.items() if was != now}


def _names_now(pending: tuple[Migration, ...], fields: Mapping[str, Any]) -> dict[str, str]:
    """Name of each field at the time → its name after the steps."""
    names = {field: field for field in fields}
    for step in pending:
        names = {was: step.renamed.get(now, now) for was, now in names.items()}
    return names


def _renames(
    moves: Mapping[str, str], present: Mapping[str, Any], columns: Mapping[str, Any]
) -> tuple[list[tuple[str, str]], bool]:
    """Columns that can simply be given their new names, in an order in which no two meet; and whether some cannot."""
    here, done, todo = set(present), [], dict(moves)
    while True:
        free = next((was for was, now in todo.items() if was in here and now in columns and now not in here), None)
        if free is None:
            break
        done.append((free, todo.pop(free)))
        here = (here - {free}) | {done[-1][1]}
    return done, any(was in here for was in todo)


def _alike(found: TypeEngine[Any], wanted: TypeEngine[Any]) -> bool:
    """Whether a column as it is can hold what one of this type holds."""
    kinds = {_affinity(found), _affinity(wanted)}
    if kinds == {Integer, Boolean}:
        return type(found).__name__ == "TINYINT" and _affinity(wanted) is Boolean  # as MariaDB and MySQL call it
    return len(kinds) == 1 and (kinds != {String} or _size(found) == _size(wanted))


def _affinity(type_: TypeEngine[Any]) -> Any:
    found = type_._type_affinity  # it has no public name
    return String if found is not None and issubclass(found, String) else found


def _size(type_: TypeEngine[Any]) -> int | None:
    """Length of a short text, ``None`` for a text that may be long."""
    size = getattr(type_, "length", None)
    return size if isinstance(size, int) and size < 2**16 else None


def _missing_step(place: str, declared: RecordType, field: str, why: str) -> BackendError:
    label = declared.fields[field].label
    return BackendError(
        f"{place}：{declared.name}.{field}（{declared.label}的{label}）{why}，未作任何修改",
        remedy="请插件作者用 shequ_migrations 提供一个 Migration，说明旧记录的该字段如何取值；或为字段声明缺省值",
    )


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, for comparing; none of a text that is no version."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(number) for number in found.group().split(".")) if found else ()
