"""Records as canonical text and as rows, each class by a function of its own, generated when it is first wanted."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from json.encoder import encode_basestring as _text
from typing import Any

from shequ.codec.forms import Hook, plain_hooks, row_hooks
from shequ.model import FieldSpec, Kind, Record
from shequ.model.checks import generate

__all__ = ["canonical_writer", "row_writer", "to_canonical", "to_row"]


def _json_text(spec: FieldSpec, names: dict[str, Any]) -> str:
    """What stands in an f-string for a value ``v`` that is not ``None``: the JSON that :mod:`json` writes of it."""
    match spec.kind:
        case Kind.REF:
            return '"{v}"'  # an id needs no escapes
        case Kind.DAY:
            return '"{v.isoformat()}"'
        case Kind.COUNT | Kind.MONEY:
            return "{v:d}"
        case Kind.FLAG:
            return "{truth[v]}"
        case Kind.TEXTS:
            return "[{joined(map(text, v))}]"
        case _:
            outgoing = names[f"hook_{spec.name}"] = plain_hooks(spec)[0]
            return "{text(v)}" if outgoing is None else f"{{text(hook_{spec.name}(v))}}"


class _Pieces(dict[Any, str]):
    """What is written of a field, by its value, where it has few values."""

    def __init__(self, values: Iterable[Any], write: Callable[[Any], str]) -> None:
        super().__init__({value: write(value) for value in values})
        self._write = write

    def __missing__(self, value: Any) -> str:
        return self._write(value)


def _canonical_writer(cls: type[Record]) -> Callable[[Any], str]:
    """Generate the function that writes a record as canonical JSON.

    The id is always written, so each other field brings the comma between itself and the id.
    """
    names: dict[str, Any] = {"text": _text, "joined": ",".join, "truth": {False: "false", True: "true"}}
    steps, pieces = [], []
    for name, spec in sorted(cls.__record__.fields.items()):
        start, end = f"{',' * (name > 'id')}{_text(name)}:", "," * (name < "id")
        step = f"f{f'{start}{_json_text(spec, names)}{end}'!r}" if name != "id" else 'f\'"id":"{v}"\''
        if spec.optional:
            none = "" if spec.default is None else f"{start}null{end}"
            step = f"{none!r} if v is None else {step}"
        if spec.default == ():
            step = f"'' if v == () else {step}"
        if spec.terms is not None or (spec.table is not None and not spec.table.open and spec.kind is Kind.CODE):
            write = generate("write", [f"def write(v): return {step}"], dict(names))
            values = [*(spec.terms or spec.choices), *([None] if spec.optional else [])]
            names[f"pieces_{name}"] = _Pieces(values, write)
            steps.append(f"p_{name} = pieces_{name}[record.{name}]")
        else:
            steps.append(f"v = record.{name}; p_{name} = {step}")
        pieces.append(f"{{p_{name}}}")
    lines = ["def write(record):", *(f"    {step}" for step in steps), f"    return f'{{{{{''.join(pieces)}}}}}'"]
    return generate("write", lines, names)


def _row_writer(cls: type[Record]) -> Callable[[Any], tuple[Any, ...]]:
    """Generate the function that makes a row of a record."""
    names: dict[str, Any] = {}
    values = _row_values(cls, names, {})
    return generate("row", ["def row(record):", f"    return ({', '.join(values)},)"], names)


def _row_values(cls: type[Record], names: dict[str, Any], driver: Mapping[str, Hook]) -> list[str]:
    """Expressions for the values of a row, in the order of the fields."""
    values = []
    for name, spec in cls.__record__.fields.items():
        converted = "v"
        for kind, hook in (("hook", row_hooks(spec)[0]), ("driver", driver.get(name))):
            if hook is not None:
                names[f"{kind}_{name}"] = hook
                converted = f"{kind}_{name}({converted})"
        value = f"record.{name}"
        values.append(value if converted == "v" else f"(None if (v := {value}) is None else {converted})")
    return values


def row_writer(cls: type[Record], driver: Mapping[str, Hook]) -> Callable[..., tuple[Any, ...]]:
    """Generate the function that makes a table's rows as a database driver takes them.

    Args:
        cls: The class.
        driver: How a value of :func:`to_row` becomes the driver's, by field; the others stay as they are.

    Returns:
        A function of district, version and record that gives a row of district, id, version and the other fields.
    """
    names: dict[str, Any] = {}
    id_, *others = _row_values(cls, names, driver)
    values = ", ".join(["district", id_, "version", *others])
    return generate("row", ["def row(district, version, record):", f"    return ({values},)"], names)


canonical_writer: Callable[[Any], Callable[[Any], str]] = cache(_canonical_writer)
"""The function that writes the records of a class as :func:`to_canonical` does."""
_ROWS: Callable[[Any], Callable[[Any], tuple[Any, ...]]] = cache(_row_writer)


def to_canonical(record: Record) -> str:
    """What :func:`to_plain` gives, as JSON that is always the same for the same values: sorted, without blanks."""
    text: str = canonical_writer(type(record))(record)
    return text


def to_row(record: Record) -> tuple[Any, ...]:
    """A record as one value a column, in the order of its fields."""
    row: tuple[Any, ...] = _ROWS(type(record))(record)
    return row
