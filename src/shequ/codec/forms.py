"""How the value of a field goes out and comes in, in each of the two forms."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from shequ.effective import SHANGHAI, PartialDate
from shequ.model import FieldSpec, Kind

__all__ = ["Hook", "Hooks", "from_column", "plain_hooks", "row_hooks", "to_column", "unless_none"]

Hook = Callable[[Any], Any]
"""What makes a value of another."""
Hooks = tuple[Hook | None, Hook | None]
"""How values go out and come in; ``None`` where they stay as they are."""


def plain_hooks(spec: FieldSpec) -> Hooks:
    """How a value goes out and comes in as a plain one."""
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


def row_hooks(spec: FieldSpec) -> Hooks:
    """How a value goes out and comes in as that of a column."""
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


def unless_none(hook: Hook | None) -> Hook:
    """The same hook, which passes ``None`` over; without one, what leaves everything as it is."""
    if hook is None:
        return lambda value: value
    return lambda value: None if value is None else hook(value)


def to_column(spec: FieldSpec, value: Any) -> Any:
    """A value of a field as its column holds it."""
    return unless_none(row_hooks(spec)[0])(value)


def from_column(spec: FieldSpec) -> Callable[[Any], Any]:
    """What makes the value of a field of what its column holds."""
    return unless_none(row_hooks(spec)[1])
