"""What is asked: a small closed algebra, as data, and the reference evaluator.

A question is built from frozen values, so that it can be printed, compared, cached, pushed down to a database, and
answered by any evaluator alike:

* an **operand** reads a record: :class:`Field` (through references: ``"household.community"``), :class:`Age`,
  :class:`Minutes` (of the local clock), :class:`Days` and :class:`Lasting` (between two fields, in days or minutes),
  :class:`Outside` (the working hours), :class:`StateThen` (the state on the day asked about, by the steps since),
  :class:`Standing` (of a matter with a deadline, by the law of its day), :class:`Reach` (what lies within so many metres);
* a **condition** tests it: :class:`Compare`, :class:`Holds` (in force on the day asked about), :class:`During`
  (within the period asked about), :class:`Among` (some record of another type has it as its key), combined with
  ``&``, ``|`` and ``~``. A comparison with a missing value is false;
* a **set** is :class:`Keys`, the distinct values of one field, combined with ``&``, ``|`` and ``-``;
* a **measure** is :class:`Count` of a set, :class:`Sum`, :class:`Median`, or :class:`Gap`, of which the first two can
  be grouped: :class:`By` a field, :class:`AgeBand`, :class:`StateGroup`, or :class:`Each` of several values.

What the rules say is a :class:`Parameter`; :func:`bind` puts in its value, or its values of all days.

:class:`Evaluator` answers all measures that read one type in one pass over it, at the finest place each record
belongs to; :meth:`Evaluator.answer` unites places exactly, so a person counted in two communities counts once above.
:class:`StoreEvaluator` gives the same answers and lets a store that declares ``aggregate`` find them.
"""

from shequ.query.algebra import (
    AgeBand,
    AllOf,
    Among,
    Answer,
    AnyOf,
    By,
    Compare,
    Condition,
    Count,
    During,
    Each,
    Gap,
    Group,
    GroupKey,
    Holds,
    Keys,
    KeySet,
    Measure,
    Median,
    Not,
    Question,
    Select,
    SetOperation,
    StateGroup,
    Sum,
    When,
    bind,
    eq,
    ge,
    given,
    gt,
    laws_of,
    le,
    lt,
    ne,
    one_of,
    parameters_of,
    types_of,
)
from shequ.query.evaluator import Evaluator, Scannable
from shequ.query.nearness import distance
from shequ.query.operands import (
    Age,
    Days,
    Field,
    Lasting,
    Minutes,
    Operand,
    Outside,
    Parameter,
    Reach,
    Standing,
    StateThen,
)
from shequ.query.passes import StoreEvaluator, Tally

__all__ = [
    "Age",
    "AgeBand",
    "AllOf",
    "Among",
    "Answer",
    "AnyOf",
    "By",
    "Compare",
    "Condition",
    "Count",
    "Days",
    "During",
    "Each",
    "Evaluator",
    "Field",
    "Gap",
    "Group",
    "GroupKey",
    "Holds",
    "KeySet",
    "Keys",
    "Lasting",
    "Measure",
    "Median",
    "Minutes",
    "Not",
    "Operand",
    "Outside",
    "Parameter",
    "Question",
    "Reach",
    "Scannable",
    "Select",
    "SetOperation",
    "Standing",
    "StateGroup",
    "StateThen",
    "StoreEvaluator",
    "Sum",
    "Tally",
    "When",
    "bind",
    "distance",
    "eq",
    "ge",
    "given",
    "gt",
    "laws_of",
    "le",
    "lt",
    "ne",
    "one_of",
    "parameters_of",
    "types_of",
]
