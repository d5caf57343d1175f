"""Records from both forms, at speed.

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

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from shequ.codec.forms import Hook, Hooks, plain_hooks, row_hooks
from shequ.codec.reference import from_plain_by_reference, from_row_by_reference
from shequ.effective import PartialDate
from shequ.model import FieldSpec, Kind, Record
from shequ.model.checks import condition, fault, generate, span_condition, vocabulary

__all__ = ["from_plain", "from_row", "row_reader"]

R = TypeVar("R", bound=Record)
_Reader = Callable[[Any], Any]


class _Memory(dict[str | None, Any]):
    """What texts mean that are dear to read and come up again and again; when full, it starts anew.

    The bound holds every day of 44 years. What is no text, or means nothing, raises and is not remembered.
    """

    bound = 16_384

    def __init__(self, meaning: Hook) -> None:
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
    hooks: Callable[[FieldSpec], Hooks],
    reference: _Reader,
    *,
    keyed: bool,
    driver: Mapping[str, Hook] | None = None,
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
        self, hooks: Callable[[FieldSpec], Hooks], reference: Callable[[type[Any], Any], Any], *, keyed: bool
    ) -> None:
        super().__init__()
        self._hooks, self._reference, self._keyed = hooks, reference, keyed

    def __missing__(self, cls: type[Record]) -> _Reader:
        reference = partial(self._reference, cls)
        generated = _reader(cls, self._hooks, reference, keyed=self._keyed) if _may_draft(cls) else reference
        made = self[cls] = generated
        return made


_READ_PLAIN = _Readers(plain_hooks, from_plain_by_reference, keyed=True)
_READ_ROW = _Readers(row_hooks, from_row_by_reference, keyed=False)


def row_reader(cls: type[R], driver: Mapping[str, Hook]) -> Callable[[Sequence[Any]], R]:
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

    return _reader(cls, row_hooks, reference, keyed=False, driver=driver) if _may_draft(cls) else reference


def from_plain(cls: type[R], data: Mapping[str, Any]) -> R:
    """The record that :func:`to_plain` was given.

    Raises:
        InvalidRecord: If the values break what the type declares.
    """
    made: R = _READ_PLAIN[cls](data)
    return made


def from_row(cls: type[R], row: Sequence[Any]) -> R:
    """The record that :func:`to_row` was given.

    Raises:
        InvalidRecord: If the values break what the type declares.
    """
    made: R = _READ_ROW[cls](row)
    return made
