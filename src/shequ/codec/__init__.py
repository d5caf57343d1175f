"""Records to plain values and back, generated from the declarations.

Two forms, each with the same two functions:

* **plain**: what JSON can hold. Dates and times are ISO text, measures decimal text, amounts whole fen. Fields that
  are ``None`` or ``()`` by default and in fact are left out.
* **row**: what a typed SQL column holds, as a tuple in the order of the fields. Dates stay dates, moments are naive
  UTC, measures are integers scaled by their declared places (so that every store adds them exactly), several texts
  are one JSON text.

Besides, :func:`to_canonical` writes the plain form as text straight from the record, since a store hashes that of
every record that it is given.

:mod:`~shequ.codec.reference` does both by cattrs and the constructor; what registers spend their time on,
:mod:`~shequ.codec.reading` and :mod:`~shequ.codec.writing`, is generated for each class.
"""

from shequ.codec.forms import from_column, to_column
from shequ.codec.pausing import bulk
from shequ.codec.reading import from_plain, from_row, row_reader
from shequ.codec.reference import from_plain_by_reference, from_row_by_reference, to_plain
from shequ.codec.writing import canonical_writer, row_writer, to_canonical, to_row

__all__ = [
    "bulk",
    "canonical_writer",
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
