"""Who is meant: the ids of rows, and the records that their references name.

A cell names a record by its id, by its natural key (an identity number, a division code), by its name, or by
a path of names (``大桥社区/一片区/3号楼``). A name must be unique; where it is not, the record is meant that
lies in the same place as the row that names it. What a load brings goes before what is stored under the same
id.

A reference to a division is special: any place is one, and a code or local key without a record is let stand.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from shequ.effective import SHANGHAI
from shequ.exchange.cells import narrow
from shequ.exchange.problems import Problem, near
from shequ.exchange.rows import Draft
from shequ.model import FieldSpec, Kind, Record, RecordType, Schema, derive_id

__all__ = ["References", "Row", "is_plain_id", "natural_key"]

_DIVISION = "division"
# In this order: the same code may stand in the reference data and be a community.
_PLACES = ("community", "sub_district", _DIVISION)
_MOST_NAMES = 500


def is_plain_id(text: str) -> bool:
    """Whether a text can be an id as it is (and is no person's number)."""
    return derive_id(_DIVISION, (text,)) == text


def _key_text(spec: FieldSpec, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    if spec.kind is Kind.MEASURE:
        return f"{value:.{spec.scale}f}"
    return "、".join(value) if isinstance(value, tuple) else str(value)


def natural_key(type_: RecordType, get: Callable[[str], Any]) -> tuple[str, ...]:
    """The natural key as the texts from which an id is derived.

    Args:
        type_: The record type.
        get: Gives the value of a field.
    """
    return tuple(_key_text(type_.fields[name], get(name)) for name in type_.key)


@attrs.define(eq=False)
class Row:
    """A draft while it is being settled.

    Args:
        draft: The draft, which is left as it is.
        values: Its values, in which ids take the place of what reference cells say.
        id: Its id, once known.
        bad: Whether it cannot become a record.
        record: The record it became.
        links: The references found: field, type and id.
    """

    draft: Draft
    values: dict[str, Any]
    id: str | None = None
    bad: bool = False
    record: Record | None = None
    links: list[tuple[str, str, str]] = attrs.field(factory=list)
    settled: set[str] = attrs.field(factory=set)

    @property
    def type(self) -> RecordType:
        """Its record type."""
        return self.draft.table.type

    def get(self, field: str) -> Any:
        """The value of a field, its default where the cell was blank."""
        if field in self.values:
            return self.values[field]
        default = self.type.fields[field].default
        return None if default is attrs.NOTHING else default


Target = Row | Record


def _value(target: Target, field: str) -> Any:
    return target.get(field) if isinstance(target, Row) else getattr(target, field)


class References:
    """Gives rows their ids and finds whom their references name.

    Args:
        rows: The rows of the load by type.
        schema: The record types.
        stored: Gives the stored records of a type by id; asked once for each type, and only where needed.
    """

    def __init__(
        self,
        rows: Mapping[str, list[Row]],
        schema: Schema,
        stored: Callable[[str], Mapping[str, Record]],
    ) -> None:
        self.problems: list[Problem] = []
        self._rows = rows
        self._schema = schema
        self._ask = stored
        self._known: dict[str, Mapping[str, Record]] = {}
        self._ids: dict[str, dict[str, Row]] = {}
        self._keys: dict[str, dict[str, list[Target]]] = {}
        self._names: dict[str, dict[str, list[Target]]] = {}
        self._stored_keys: dict[str, dict[tuple[str, ...], str | None]] = {}
        self._begun: set[str] = set()

    def stored(self, name: str) -> Mapping[str, Record]:
        """The stored records of a type by id."""
        if name not in self._known:
            self._known[name] = self._ask(name)
        return self._known[name]

    def settle(self) -> None:
        """Give every row its id and resolve every reference; what cannot be is a problem, and its row bad."""
        for type_ in self._schema:
            self._identify(type_)
        for type_ in self._schema:
            for row in self._rows.get(type_.name, ()):
                for spec in type_.references:
                    self._settle_field(row, spec)

    # --- ids ------------------------------------------------------------------------------------------

    def _identify(self, type_: RecordType) -> None:
        """Give ids to the rows of a type, after the types on whose ids theirs depend."""
        if type_.name in self._begun:
            return
        self._begun.add(type_.name)
        first = sorted(
            (spec for spec in type_.references if spec.name in type_.key or spec.to in _PLACES),
            key=lambda spec: spec.to not in _PLACES,
        )
        first = [spec for spec in first if spec.to != type_.name]
        if type_.name in self._rows:
            for spec in first:
                for name in _PLACES if spec.to == _DIVISION else (spec.to or "",):
                    if name in self._schema:
                        self._identify(self._schema[name])
        ids = self._ids.setdefault(type_.name, {})
        for row in self._rows.get(type_.name, ()):
            for spec in first:
                self._settle_field(row, spec)
            row.id = self._id(row)
            if row.id is not None:
                ids.setdefault(row.id, row)

    def _id(self, row: Row) -> str | None:
        type_ = row.type
        given: str | None = row.values.get("id")
        if given is not None:
            return given
        if row.draft.refused.intersection(("id", *type_.key)):
            return None
        key = natural_key(type_, row.get)
        specs = [type_.fields[name] for name in type_.key]
        lacking = [spec for spec, part in zip(specs, key, strict=True) if not part and spec.required]
        if lacking:
            return None
        if not any(key):
            labels = "、".join(spec.label for spec in specs)
            self._fault(row, "id", None, "no-id", f"没有编号，也没有可生成编号的“{labels}”", f"填写编号或“{labels}”")
            return None
        derived = derive_id(type_.name, key)
        stored = self.stored(type_.name)
        if not stored or derived in stored:
            return derived
        return self._stored_key(type_).get(key) or derived

    def _stored_key(self, type_: RecordType) -> Mapping[tuple[str, ...], str | None]:
        """Natural key → id of the stored record that has it; ``None`` where several have."""
        if type_.name not in self._stored_keys:
            index: dict[tuple[str, ...], str | None] = {}
            for identity, record in self.stored(type_.name).items():
                key = natural_key(type_, lambda name, record=record: getattr(record, name))  # type: ignore[misc]
                index[key] = None if key in index else identity
            self._stored_keys[type_.name] = index
        return self._stored_keys[type_.name]

    # --- references
    # ------------------------------------------------------------------------------------------

    def _settle_field(self, row: Row, spec: FieldSpec) -> None:
        """Put the id in place of what the cell says, once."""
        if spec.name in row.settled:
            return
        row.settled.add(spec.name)
        text = row.values.get(spec.name)
        if text is None or spec.to is None:
            return
        found = self._place(text, row) if spec.to == _DIVISION else self._find(self._schema[spec.to], text, row)
        identities = {target.id for target in found}
        if isinstance(text, str) and not found and spec.to == _DIVISION and is_plain_id(narrow(text)):
            row.values[spec.name] = narrow(text)
            return
        if len(identities) == 1 and (identity := identities.pop()) is not None:
            row.values[spec.name] = identity
            (target, *_) = found
            # A division may do without a record, so that a cell which says its id needs none.
            if isinstance(target, Row) and (spec.to != _DIVISION or identity != narrow(text)):
                row.links.append((spec.name, spec.to, identity))
            return
        del row.values[spec.name]
        self._not_found(row, spec, text, found)

    def _find(self, type_: RecordType, text: str, row: Row) -> list[Target]:
        """Whom a text names among the records of a type: nobody, one, or several."""
        plain = narrow(text)
        for spelling in dict.fromkeys((text, plain, plain.upper())):
            found = self._exactly(type_, spelling)
            if found:
                return found
        for spelling in dict.fromkeys((text, plain)):
            named = self._by_name(type_).get(spelling)
            if named:
                return self._nearest(type_, named, row)
        return self._by_path(type_, plain, row) if "/" in plain else []

    def _exactly(self, type_: RecordType, text: str) -> list[Target]:
        """By id, or by a natural key of one part."""
        found = self._by_id(type_.name, text)
        if found is not None:
            return [found]
        return self._by_key(type_).get(text, []) if len(type_.key) == 1 else []

    def _by_id(self, name: str, identity: str) -> Target | None:
        """What the load brings, else what is stored."""
        return self._ids.get(name, {}).get(identity) or self.stored(name).get(identity)

    def _by_path(self, type_: RecordType, text: str, row: Row) -> list[Target]:
        """By ``owner/name``, where the owner is the first part of the natural key."""
        owner_field = type_.fields[type_.key[0]] if type_.key else None
        if owner_field is None or owner_field.to is None:
            return []
        owner, _, name = text.rpartition("/")
        owner, name = owner.strip(), name.strip()
        if owner_field.to == _DIVISION:
            owners = {target.id for target in self._place(owner, row)} or {owner}
        else:
            owners = {target.id for target in self._find(self._schema[owner_field.to], owner, row)}
        named = self._by_name(type_).get(name, [])
        return [target for target in named if _value(target, owner_field.name) in owners]

    def _place(self, text: str, row: Row) -> list[Target]:
        """The place of this id, code or name. In reference data names repeat and are none."""
        types = [self._schema[name] for name in _PLACES if name in self._schema]
        for spelling in dict.fromkeys((text, narrow(text))):
            for type_ in types:
                if found := self._exactly(type_, spelling):
                    return found
        if is_plain_id(narrow(text)):
            return []
        return [target for type_ in types if type_.name != _DIVISION for target in self._find(type_, text, row)]

    def _nearest(self, type_: RecordType, named: list[Target], row: Row) -> list[Target]:
        """Those of one name that lie where the row does.

        A record of another community than the row's own is not meant by its mere name.
        """
        leading = [
            name
            for name in type_.key[:-1]
            if name in row.settled
            and row.values.get(name) is not None
            and type_.fields[name].to == row.type.fields[name].to
        ]
        closest = [t for t in named if leading and all(_value(t, name) == row.values[name] for name in leading)]
        if closest:
            return closest
        own = {field: row.values[field] for field in _PLACES if field in row.settled and row.values.get(field)}
        if not own or not type_.division:
            return named
        places = [(target, self._place_of(type_, target)) for target in named]
        same = [target for target, place in places if place in own.values()]
        if same:
            return same
        elsewhere = "community" in own and type_.division.rpartition(".")[2] == "community"
        return [] if elsewhere else named

    def _place_of(self, type_: RecordType, target: Target) -> str | None:
        """The division in which a record lies, as far as it is known by now."""
        *steps, last = type_.division.split(".")
        current = target
        for step in steps:
            spec = (current.type if isinstance(current, Row) else current.__record__).fields[step]
            above = self._by_id(spec.to or "", _value(current, step))
            if above is None:
                return None
            current = above
        place: str | None = _value(current, last)
        return place

    # --- indexes ------------------------------------------------------------------------------------------

    def _targets(self, type_: RecordType) -> Iterator[Target]:
        """All that the load brings, and what is stored beside it."""
        yield from self._rows.get(type_.name, ())
        brought = self._ids.get(type_.name, {})
        for identity, record in self.stored(type_.name).items():
            if identity not in brought:
                yield record

    def _by_key(self, type_: RecordType) -> Mapping[str, list[Target]]:
        if type_.name not in self._keys:
            self._keys[type_.name] = _index(self._targets(type_), type_.key[0])
        return self._keys[type_.name]

    def _by_name(self, type_: RecordType) -> Mapping[str, list[Target]]:
        if type_.name not in self._names:
            last = type_.key[-1] if len(type_.key) > 1 else ""
            named = "name" if "name" in type_.fields else last
            textual = named in type_.fields and type_.fields[named].kind is Kind.TEXT
            self._names[type_.name] = _index(self._targets(type_), named) if textual else {}
        return self._names[type_.name]

    # --- problems ------------------------------------------------------------------------------------------

    def _fault(self, row: Row, field: str, value: object, code: str, message: str, remedy: str) -> None:
        self.problems.append(row.draft.table.problem(row.draft.row, field, value, code, message, remedy))
        row.bad = True

    def _not_found(self, row: Row, spec: FieldSpec, text: str, found: list[Target]) -> None:
        target = self._schema[spec.to or ""]
        label = "社区或街道" if spec.to == _DIVISION else target.label
        if not found:
            names = self._by_name(target)
            hints = near(text, names) if spec.to != "resident" and len(names) <= _MOST_NAMES else ()
            self._fault(
                row,
                spec.name,
                text,
                "reference-to-nobody",
                f"本次数据和库中都没有此值所指的{label}",
                f"是否指 {'、'.join(hints)}？否则先补上该{label}" if hints else f"更正此值，或补上该{label}",
            )
        elif len(found) == 1 and isinstance(found[0], Row):
            self._fault(row, spec.name, text, "reference-to-bad-row", _bad_row(found[0]), "先更正所指的那一行")
        else:
            self._fault(
                row,
                spec.name,
                text,
                "reference-to-several",
                f"有 {len(found)} 个{label}都叫此名",
                "改填编号，或写成“上级/名称”，如 大桥社区/一片区/3号楼",
            )

    def drop_dangling(self, rows: Iterable[Row]) -> None:
        """Mark as bad the rows that refer to a bad row which is not stored either, and so on."""
        waiting: dict[tuple[str, str], list[tuple[Row, str]]] = {}
        fallen: list[Row] = []
        for row in rows:
            if row.bad:
                fallen.append(row)
            for field, name, identity in row.links:
                waiting.setdefault((name, identity), []).append((row, field))
        while fallen:
            lost = fallen.pop()
            if lost.id is None or lost.id in self.stored(lost.type.name):
                continue
            for row, field in waiting.pop((lost.type.name, lost.id), ()):
                already = row.bad
                value = row.draft.values.get(field)
                self._fault(row, field, value, "reference-to-bad-row", _bad_row(lost), "先更正所指的那一行")
                if not already:
                    fallen.append(row)


def _bad_row(target: Row) -> str:
    return f"所指的 {target.draft.table.file} 第 {target.draft.row} 行有错误，不能载入"


def _index(targets: Iterable[Target], field: str) -> dict[str, list[Target]]:
    index: dict[str, list[Target]] = {}
    for target in targets:
        text = _value(target, field)
        if text:
            index.setdefault(text, []).append(target)
    return index
