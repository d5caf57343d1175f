"""The power ``aggregate``: which questions are found together, and how.

* What is about records (counts by id, sums, medians, gaps) is found in one pass over their table; what makes many
  different cells (a median, a group by free text) in one of its own.
* Counts of distinct keys are found in one pass over the tables whose keys they are.
* A count of which SQL cannot decide a part by the key alone is found by its keys.
* A question with a part that is not known here is not found: the library asks the reference evaluator.
"""

from collections.abc import Iterator, Sequence

from shequ.query import Count, Keys, Measure, Question, Tally, When
from shequ.query.key_masks import joined
from shequ.store.sql.key_passes import key_pass, same_domain
from shequ.store.sql.key_sets import set_tally
from shequ.store.sql.masks import LEAVES
from shequ.store.sql.reach import Unsayable
from shequ.store.sql.row_passes import narrow, row_pass
from shequ.store.sql.statements import Statements

__all__ = ["aggregate"]


def aggregate(questions: Sequence[Question], statements: Statements) -> list[Tally | None]:
    """Find the answers to questions; see :meth:`shequ.store.Snapshot.aggregate`."""
    found: dict[Question, Tally | None] = {}
    for when in dict.fromkeys(question.when for question in questions):
        measures = dict.fromkeys(question.measure for question in questions if question.when == when)
        for measure, tally in _together(list(measures), when, statements).items():
            found[Question(measure, when)] = tally
    return [found[question] for question in questions]


def _together(measures: Sequence[Measure], when: When, statements: Statements) -> dict[Measure, Tally | None]:
    """Find the answers to what is asked about one day or period."""
    found: dict[Measure, Tally | None] = dict.fromkeys(measures)
    sharing: dict[str, list[Measure]] = {}
    keyed: list[Count] = []
    for measure in measures:
        try:
            of = measure.of if isinstance(measure, Count) else None
            if not isinstance(measure, Count) or (isinstance(of, Keys) and of.key == "id"):
                name = measure.type if not isinstance(measure, Count) else next(measure.of.leaves()).type
                reach, _ = statements.reach(name)
                if narrow(measure, reach, when):
                    sharing.setdefault(reach.declared.name, []).append(measure)
                else:
                    (found[measure],) = row_pass([measure], when, statements)
            elif same_domain(measure, statements, when):
                keyed.append(measure)
            else:
                found[measure] = set_tally(measure, when, statements)
        except Unsayable:
            continue
    for shared in sharing.values():
        found.update(zip(shared, row_pass(shared, when, statements), strict=True))
    for domain in _domains(keyed):
        found.update(zip(domain, key_pass(domain, when, statements), strict=True))
    return found


def _domains(measures: Sequence[Count]) -> Iterator[list[Count]]:
    """Counts whose sets are of the same keys, as many together as one mask can tell apart."""
    for members in joined(measures):
        leaves: set[Keys] = set()
        together: list[Count] = []
        for measure in members:
            further = leaves | set(measure.of.leaves())
            if together and len(further) > LEAVES:
                yield together
                together, further = [], set(measure.of.leaves())
            together.append(measure)
            leaves = further
        yield together
