"""What a store remembers of a record type's declaration, and which changes of it need a declared step.

Columns alone do not tell: a count of 5 and a measure of 0.05 ㎡ are the same whole number in the same column.
"""

import json
from collections.abc import Mapping

import attrs

from shequ.model import FieldSpec, Kind, RecordType

__all__ = ["UNKNOWN", "Shape", "joined", "obstacle", "read_shapes", "shapes_of", "written"]


@attrs.frozen
class Shape:
    """What is remembered of one field.

    Args:
        kind: What it holds; ``""`` if nobody remembers.
        scale: Decimal places of a measure.
        optional: Whether it may be ``None``.
        absent: What it means that the plain values of a record do not have it: ``null``, ``[]``, or ``""`` if they
            always have it.
        declared: Whether the declaration that was last used has it.
    """

    kind: str
    scale: int
    optional: bool
    absent: str
    declared: bool = True

    @classmethod
    def of(cls, spec: FieldSpec) -> "Shape":
        """The shape of a field."""
        absent = "null" if spec.default is None else "[]" if spec.default == () else ""
        return cls(str(spec.kind), spec.scale, spec.optional, absent)


UNKNOWN = Shape("", 0, optional=True, absent="", declared=False)
"""Of a column that nobody declared when the database first said anything of itself."""


def joined(before: Mapping[str, Shape], now: Mapping[str, Shape]) -> dict[str, Shape]:
    """The shapes of today, with those from before that are not declared any more."""
    return {**{name: attrs.evolve(shape, declared=False) for name, shape in before.items()}, **now}


def shapes_of(declared: RecordType) -> dict[str, Shape]:
    """The shapes of a type's fields."""
    return {name: Shape.of(spec) for name, spec in declared.fields.items()}


def obstacle(before: Shape, after: Shape) -> str | None:
    """Why old values cannot be read by the new declaration as they are; ``None`` if they can."""
    if before == UNKNOWN:
        return None  # the column's type decides
    widened = (before.kind, after.kind) == (Kind.CODE, Kind.TEXT)
    if (before.kind, before.scale) != (after.kind, after.scale) and not widened:
        return f"由 {_kind(before)} 改为 {_kind(after)}"
    if before.optional and not after.optional:
        return "原可为空，现必须有值"
    if before.absent and before.absent != after.absent:
        return "原可省略，现缺省值不同"
    return None


def _kind(shape: Shape) -> str:
    return f"{shape.kind}（{shape.scale} 位小数）" if shape.kind == Kind.MEASURE else shape.kind


def written(shapes: Mapping[str, Shape]) -> str:
    """Shapes as text."""
    return json.dumps({name: attrs.astuple(shape) for name, shape in sorted(shapes.items())}, ensure_ascii=False)


def read_shapes(text: str) -> dict[str, Shape]:
    """The shapes that :func:`written` was given."""
    return {name: Shape(*facts) for name, facts in json.loads(text).items()}
