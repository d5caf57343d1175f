"""What is asked: a small closed algebra, as data, and the reference evaluator.

A question is built from frozen values, so that it can be printed, compared, cached, pushed down to a database, and
answered by any evaluator alike:

* an **operand** reads a record: :class:`Field` (through references: ``"household.community"``), :class:`Age`,
  :class:`Minutes` (of the local clock), :class:`Days` (between two fields), :class:`Outside` (the working hours),
  :class:`StateThen` (the state on the day asked about, by the steps since);
* a **condition** tests it: :class:`Compare`, :class:`Holds` (in force on the day asked about), :class:`During`
  (within the period asked about), combined with ``&``, ``|`` and ``~``. A comparison with a missing value is false;
* a **set** is :class:`Keys`, the distinct values of one field, combined with ``&``, ``|`` and ``-``;
* a **measure** is :class:`Count` of a set, :class:`Sum`, :class:`Median`, or :class:`Gap`, of which the first two can
  be grouped.

:class:`Evaluator` answers all measures that read one type in one pass over it, at the finest place each record
belongs to; :meth:`Evaluator.answer` unites places exactly, so a person counted in two communities counts once above.
:class:`StoreEvaluator` gives the same answers and lets a store that declares ``aggregate`` find them.
"""

from shequ.query.algebra import (
    Age,
    AgeBand,
    AllOf,
    Answer,
    AnyOf,
    By,
    Compare,
    Condition,
    Count,
    Days,
    During,
    Field,
    Gap,
    Group,
    GroupKey,
    Holds,
    Keys,
    KeySet,
    Measure,
    Median,
    Minutes,
    Not,
    Operand,
    Outside,
    Parameter,
    Question,
    Select,
    SetOperation,
    StateGroup,
    StateThen,
    Sum,
    When,
    bind,
    eq,
    ge,
    given,
    gt,
    le,
    lt,
    ne,
    one_of,
    parameters_of,
)
from shequ.query.evaluator import Evaluator, Scannable
from shequ.query.passes import StoreEvaluator, Tally

__all__ = [
    "Age",
    "AgeBand",
    "AllOf",
    "Answer",
    "AnyOf",
    "By",
    "Compare",
    "Condition",
    "Count",
    "Days",
    "During",
    "Evaluator",
    "Field",
    "Gap",
    "Group",
    "GroupKey",
    "Holds",
    "KeySet",
    "Keys",
    "Measure",
    "Median",
    "Minutes",
    "Not",
    "Operand",
    "Outside",
    "Parameter",
    "Question",
    "Scannable",
    "Select",
    "SetOperation",
    "StateGroup",
    "StateThen",
    "StoreEvaluator",
    "Sum",
    "Tally",
    "When",
    "bind",
    "eq",
    "ge",
    "given",
    "gt",
    "le",
    "lt",
    "ne",
    "one_of",
    "parameters_of",
]
