"""Records to plain values and back, generated from the declarations; the only user of cattrs.

Two forms, each with the same two functions:

* **plain**: what JSON can hold. Dates and times are ISO text, measures decimal text, amounts whole fen. Fields that
  are ``None`` or ``()`` by default and in fact are left out.
* **row**: what a typed SQL column holds, as a tuple in the order of the fields. Dates stay dates, moments are naive
  UTC, measures are integers scaled by their declared places (so that every store adds them exactly), several texts
  are one JSON text.

Besides, :func:`to_canonical` writes the plain form as text straight from the record, since a store hashes that of
every record that it is given.

Reading is what registers spend their time on, so each class gets one function of its own for it, written as source
text from the declaration and compiled when it is first wanted, as attrs does with ``__init__``. For a membership it
reads, shortened::

    def read(given):
        try:
            v_household = given["household"]
            v_kind = meanings_kind[given["kind"]]
            if (type(v_household) is str and matches_id(v_household)) and v_kind is not None and ...:
                made = Draft()
                made.household = v_household
                made.kind = v_kind
                made.__class__ = Record
                return made
        except Exception:
            pass
        return read_by_reference(given)

* Code tables and terms are dictionaries from text to the one text or member, so equal values are one object, which
  saves memory too. Partial dates are remembered (:class:`_Memory`). Whole dates are not: Python reads one faster than
  it finds one among the tens of thousands of birthdays of a district.
* The conditions are those of :mod:`shequ.model.checks`, so a record is checked once, here, and not in ``__init__``.
* ``Draft`` is a subclass without fields and without the ban on assignment; nobody else sees the record before it
  becomes what it should be. That takes a third of the time of ``object.__setattr__`` for each slot.
* What the function does not accept at once goes to cattrs and the constructor. They are the reference: they decide,
  and every error comes from them. Types that a draft would bypass (an ``__init__`` or ``__attrs_post_init__`` of
  their own, defaults from factories) always go there.
"""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, partial
from json.encoder import encode_basestring as _text
from typing import Any, TypeVar

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from shequ.effective import SHANGHAI, PartialDate
from shequ.model import FieldSpec, Kind, Record
from shequ.model.checks import condition, fault, generate, span_condition, vocabulary

__all__ = [
    "bulk",
    "from_column",
    "from_plain",
    "from_plain_by_reference",
    "from_row",
    "from_row_by_reference",
    "row_reader",
    "row_writer",
    "to_canonical",
    "to_column",
    "to_plain",
    "to_row",
]

R = TypeVar("R", bound=Record)
_Hook = Callable[[Any], Any]
_Hooks = tuple[_Hook | None, _Hook | None]
_Reader = Callable[[Any], Any]


def _plain_hooks(spec: FieldSpec) -> _Hooks:
    """How a value goes out and comes in; ``None`` where it stays as it is."""
    match spec.kind:
        case Kind.TERM:
            return str, spec.terms
        case Kind.TEXTS:
            return list, tuple
        case Kind.DAY:
            return date.isoformat, date.fromisoformat
        case Kind.PARTIAL_DAY:
            return str, PartialDate.parse
        case Kind.MOMENT:
            return lambda value: value.astimezone(SHANGHAI).isoformat(), _moment
        case Kind.TIME:
            return time.isoformat, time.fromisoformat
        case Kind.MEASURE:
            return lambda value: f"{value + 0:.{spec.scale}f}", Decimal  # + 0: there is no negative nought
        case _:
            return None, None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(SHANGHAI)


def _row_hooks(spec: FieldSpec) -> _Hooks:
    scale = spec.scale
    match spec.kind:
        case Kind.TERM:
            return str, spec.terms
        case Kind.TEXTS:
            return lambda value: json.dumps(value, ensure_ascii=False), lambda text: tuple(json.loads(text))
        case Kind.PARTIAL_DAY:
            return str, PartialDate.parse
        case Kind.MOMENT:
            return (
                lambda value: value.astimezone(UTC).replace(tzinfo=None),
                lambda value: value.replace(tzinfo=UTC).astimezone(SHANGHAI),
            )
        case Kind.MEASURE:
            return lambda value: int(value.scaleb(scale)), lambda value: Decimal(value).scaleb(-scale)
        case _:
            return None, None


def _unless_none(hook: _Hook | None) -> _Hook:
    if hook is None:
        return lambda value: value
    return lambda value: None if value is None else hook(value)


def _given_type(hook: _Hook | None) -> Callable[[Any, Any], Any]:
    convert = _unless_none(hook)
    return lambda value, _type: convert(value)


_converter = cattrs.Converter(detailed_validation=False)


_Mapper = tuple[Callable[[Any], dict[str, Any]], Callable[[Mapping[str, Any], Any], Any]]


def _mapper(cls: type[Record], hooks: Callable[[FieldSpec], _Hooks], *, sparse: bool) -> _Mapper:
    out: dict[str, Any] = {}
    into: dict[str, Any] = {}
    for spec in cls.__record__.fields.values():
        outgoing, incoming = hooks(spec)
        out[spec.name] = override(
            unstruct_hook=_unless_none(outgoing),
            omit_if_default=sparse and (spec.default is None or spec.default == ()),
        )
        into[spec.name] = override(struct_hook=_given_type(incoming))
    return (
        make_dict_unstructure_fn(cls, _converter, _cattrs_omit_if_default=False, **out),
        make_dict_structure_fn(cls, _converter, _cattrs_detailed_validation=False, **into),
    )


class _Mappers(dict[type[Record], _Mapper]):
    """The two functions that cattrs makes for each class, generated when they are first wanted."""

    def __init__(self, hooks: Callable[[FieldSpec], _Hooks], *, sparse: bool) -> None:
        super().__init__()
        self._hooks, self._sparse = hooks, sparse

    def __missing__(self, cls: type[Record]) -> _Mapper:
        made = self[cls] = _mapper(cls, self._hooks, sparse=self._sparse)
        return made


_PLAIN = _Mappers(_plain_hooks, sparse=True)
_ROW = _Mappers(_row_hooks, sparse=False)


def from_plain_by_reference(cls: type[R], data: Mapping[str, Any]) -> R:
    """What :func:`from_plain` must give or raise: by cattrs and the constructor, slower."""
    made: R = _PLAIN[cls][1](data, cls)
    return made


def from_row_by_reference(cls: type[R], row: Sequence[Any]) -> R:
    """What :func:`from_row` must give or raise: by cattrs and the constructor, slower."""
    made: R = _ROW[cls][1](dict(zip(cls.__record__.fields, row, strict=True)), cls)
    return made


class _Memory(dict[str | None, Any]):
    """What texts mean that are dear to read and come up again and again; when full, it starts anew.

    The bound holds every day of 44 years. What is no text, or means nothing, raises and is not remembered.
    """

    bound = 16_384

    def __init__(self, meaning: _Hook) -> None:
        super().__init__({None: None})
        self._meaning = meaning

    def __missing__(self, text: Any) -> Any:
        if type(text) is not str:
            raise TypeError
        found = self._meaning(text)
        if len(self) >= self.bound:
            self.clear()
            self[None] = None
        self[text] = found
        return found


_PARTIAL_DAYS = _Memory(PartialDate.parse)


def _meanings(spec: FieldSpec) -> Mapping[Any, Any] | None:
    """The right values of a field by what stands for them; ``None`` where no dictionary can tell."""
    if spec.kind is Kind.CODE and spec.table is not None and not spec.table.open:
        codes = [code for code in spec.table.labels if fault(spec, code) is None and code.isprintable()]
        return {None: None, **dict(zip(codes, codes, strict=True))}
    if spec.terms is not None:
        return {None: None, **{str(term): term for term in spec.terms}}
    return _PARTIAL_DAYS if spec.kind is Kind.PARTIAL_DAY else None


def _may_draft(cls: type[Record]) -> bool:
    """Whether records of a class can be made without its constructor and come out the same."""
    return (
        cls.__record__.cls is cls
        and cls.__attrs_post_init__ is Record.__attrs_post_init__
        and cls.__new__ is object.__new__
        and not hasattr(cls, "__attrs_init__")  # that is what attrs calls its own where the class has an __init__
        and not hasattr(cls, "__attrs_pre_init__")
        and all(
            spec.default is None or spec.required or fault(spec, spec.default) is None
            for spec in cls.__record__.fields.values()
        )
    )


def _draft(cls: type[Record]) -> type:
    """A class of the same layout whose instances can be filled by assignment."""
    methods = {"__init__": object.__init__, "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(f"{cls.__name__}Draft", (cls,), {"__slots__": (), **methods})


def _reader(
    cls: type[Record],
    hooks: Callable[[FieldSpec], _Hooks],
    reference: _Reader,
    *,
    keyed: bool,
    driver: Mapping[str, _Hook] | None = None,
) -> _Reader:
    """Generate the function that reads a record from a mapping (``keyed``) or from one value a field.

    Args:
        cls: The class.
        hooks: How values come in.
        reference: What decides where the function does not accept something at once.
        keyed: Whether it is given a mapping.
        driver: How a database driver's values become those of a row, by field; such rows begin with a version.
    """
    names = {**vocabulary(), "Draft": _draft(cls), "Record": cls, "read_by_reference": reference}
    fields = cls.__record__.fields
    version = "" if driver is None else "_, "
    driver = driver or {}
    steps: list[str] = [] if keyed else [f"{version}{', '.join(f'v_{name}' for name in fields)}, = given"]
    conditions: list[str] = []
    for name, spec in fields.items():
        variable = f"v_{name}"
        given = f"given[{name!r}]" if keyed else variable
        convert = hooks(spec)[1]
        if name in driver:
            names[f"driver_{name}"] = driver[name]
            given = f"driver_{name}({given})"
        meanings = _meanings(spec)
        if meanings is not None:
            names[f"meanings_{name}"] = meanings
            value = f"meanings_{name}[{given}]"
            conditions += [] if spec.optional else [f"{variable} is not None"]
        else:
            names[f"convert_{name}"] = convert
            value = (
                given if convert is None else f"None if ({variable} := {given}) is None else convert_{name}({variable})"
            )
            conditions.append(condition(spec, variable, names))
        if keyed and not spec.required:
            names[f"default_{name}"] = spec.default
            value = f"({value}) if {name!r} in given else default_{name}"
        if value != variable:
            steps.append(f"{variable} = {value}")
    conditions += [span_condition(f"v_{start}", f"v_{end}") for start, end in cls.__record__.spans]
    lines = [
        "def read(given):",
        "    try:",
        *(f"        {step}" for step in steps),
        "        if (",
        "            " + "\n            and ".join(conditions),
        "        ):",
        "            made = Draft()",
        *(f"            made.{name} = v_{name}" for name in fields),
        "            made.__class__ = Record",
        "            return made",
        "    except Exception:",
        "        pass",  # the reference meets the same value again, and says what is wrong with it
        "    return read_by_reference(given)",
    ]
    return generate("read", lines, names)


class _Readers(dict[type[Record], _Reader]):
    """The function that reads records of each class, generated when it is first wanted."""

    def __init__(
        self, hooks: Callable[[FieldSpec], _Hooks], reference: Callable[[type[Any], Any], Any], *, keyed: bool
    ) -> None:
        super().__init__()
        self._hooks, self._reference, self._keyed = hooks, reference, keyed

    def __missing__(self, cls: type[Record]) -> _Reader:
        reference = partial(self._reference, cls)
        generated = _reader(cls, self._hooks, reference, keyed=self._keyed) if _may_draft(cls) else reference
        made = self[cls] = generated
        return made


_READ_PLAIN = _Readers(_plain_hooks, from_plain_by_reference, keyed=True)
_READ_ROW = _Readers(_row_hooks, from_row_by_reference, keyed=False)


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
            outgoing = names[f"hook_{spec.name}"] = _plain_hooks(spec)[0]
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


def _row_values(cls: type[Record], names: dict[str, Any], driver: Mapping[str, _Hook]) -> list[str]:
    """Expressions for the values of a row, in the order of the fields."""
    values = []
    for name, spec in cls.__record__.fields.items():
        converted = "v"
        for kind, hook in (("hook", _row_hooks(spec)[0]), ("driver", driver.get(name))):
            if hook is not None:
                names[f"{kind}_{name}"] = hook
                converted = f"{kind}_{name}({converted})"
        value = f"record.{name}"
        values.append(value if converted == "v" else f"(None if (v := {value}) is None else {converted})")
    return values


def row_writer(cls: type[Record], driver: Mapping[str, _Hook]) -> Callable[..., tuple[Any, ...]]:
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


def row_reader(cls: type[R], driver: Mapping[str, _Hook]) -> Callable[[Sequence[Any]], R]:
    """Generate the function that makes records of rows as a database driver gives them; else as :func:`from_row`.

    Args:
        cls: The class.
        driver: How a driver's value becomes that of a row, by field; the others stay as they are.

    Returns:
        A function that takes a row of a version, which it passes over, and one value a field.
    """

    def reference(row: Sequence[Any]) -> R:
        named = zip(cls.__record__.fields, row[1:], strict=True)
        return from_row_by_reference(cls, [driver[name](value) if name in driver else value for name, value in named])

    return _reader(cls, _row_hooks, reference, keyed=False, driver=driver) if _may_draft(cls) else reference


_CANONICAL: Callable[[Any], Callable[[Any], str]] = cache(_canonical_writer)
_ROWS: Callable[[Any], Callable[[Any], tuple[Any, ...]]] = cache(_row_writer)


def to_canonical(record: Record) -> str:
    """What :func:`to_plain` gives, as JSON that is always the same for the same values: sorted, without blanks."""
    text: str = _CANONICAL(type(record))(record)
    return text


def to_plain(record: Record) -> dict[str, Any]:
    """A record as values that JSON can hold."""
    return _PLAIN[type(record)][0](record)


def from_plain(cls: type[R], data: Mapping[str, Any]) -> R:
    """The record that :func:`to_plain` was given.

    Raises:
        InvalidRecord: If the values break what the type declares.
    """
    made: R = _READ_PLAIN[cls](data)
    return made


def to_row(record: Record) -> tuple[Any, ...]:
    """A record as one value a column, in the order of its fields."""
    row: tuple[Any, ...] = _ROWS(type(record))(record)
    return row


def to_column(spec: FieldSpec, value: Any) -> Any:
    """A value of a field as its column holds it."""
    return _unless_none(_row_hooks(spec)[0])(value)


def from_column(spec: FieldSpec) -> Callable[[Any], Any]:
    """What makes the value of a field of what its column holds."""
    return _unless_none(_row_hooks(spec)[1])


def from_row(cls: type[R], row: Sequence[Any]) -> R:
    """The record that :func:`to_row` was given.

    Raises:
        InvalidRecord: If the values break what the type declares.
    """
    made: R = _READ_ROW[cls](row)
    return made


@contextmanager
def bulk() -> Iterator[None]:
    """Make very many records: until the block ends, Python's cyclic garbage collector pauses.

    Records refer to nothing that could refer back, so they are freed without it, while each of its rounds visits all
    of them again. It goes on afterwards however the block ends, if it was on before; blocks may be nested, and the
    outermost one decides. Work that itself makes cycles should not stay in a block for long.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
