"""Clause 3: values by date neither overlap nor leave gaps that nobody declared."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from shequ.effective import Answer, Span
from shequ.rules import Parameter, ParameterValue
from shequ.rules.parameters import COMPARATORS
from shequ.testing.rules.base import RuleSetSuite

__all__ = ["DateTests"]

_ONE = timedelta(days=1)


class DateTests(RuleSetSuite):
    """Clause 3, dates."""

    def _timelines(self) -> Iterator[tuple[Parameter, list[ParameterValue]]]:
        """The values of each parameter for each division, in the order of their beginnings."""
        for parameter in self.make_rule_set().parameters:
            for division in sorted({value.division for value in parameter.values}):
                own = [value for value in parameter.values if value.division == division]
                yield parameter, sorted(own, key=lambda value: value.span.since or date.min)

    def test_no_two_values_hold_on_one_day(self) -> None:
        """Clause 3.1."""
        for parameter, values in self._timelines():
            for first, second in pairwise(values):
                assert not first.span.overlaps(second.span), (
                    f"3.1: for one division one value holds on a day; of {parameter.name} both {first.span} and "
                    f"{second.span} do"
                )

    def test_every_span_holds_some_day(self) -> None:
        """Clause 3.2."""
        for parameter, value in self.values(self.make_rule_set()):
            assert not value.span.is_empty, f"3.2: a value holds on some day; {self.told(parameter, value)} on none"

    def test_between_two_values_there_is_no_gap_that_nobody_declared(self) -> None:
        """Clause 3.3."""
        for parameter, values in self._timelines():
            for first, second in pairwise(values):
                if first.span.until is None or second.span.since is None or first.span.until >= second.span.since:
                    continue
                gap = Span(first.span.until, second.span.since)
                assert any(unknown.span.covers(gap) for unknown in parameter.unknown), (
                    f"3.3: one value follows the other; of {parameter.name} none holds over {gap}. Close the gap, or "
                    "declare it under `unknown` with a note"
                )

    def test_nothing_is_both_known_and_unknown(self) -> None:
        """Clause 3.4."""
        for parameter, value in self.values(self.make_rule_set()):
            for unknown in parameter.unknown:
                assert value.division or not unknown.span.overlaps(value.span), (
                    f"3.4: what is declared unknown has no nation-wide value; {self.told(parameter, value)} has one"
                )

    def test_on_the_days_around_each_edge_there_is_one_answer(self) -> None:
        """Clauses 3.5, 7.4."""
        found = self.make_rule_set()
        book = self.judgement(found, self.empty(), self.days[0], self.laws[0]).book
        for parameter, value in self.values(found):
            edges = [edge for edge in (value.span.since, value.span.until) if edge is not None]
            around = {edge + step for edge in edges for step in (-_ONE, _ONE) if date.min < edge < date.max}
            for day in {date.min, date.max, *edges, *around}:
                answer = book.find(parameter.name, (), day)
                assert isinstance(answer, Answer) or day in answer.span, (
                    f"3.5: on {day} a value of {parameter.name} is given that does not hold then"
                )

    def test_bounds_and_reviews_can_be_meant(self) -> None:
        """Clause 3.6."""
        for parameter, value in self.values(self.make_rule_set()):
            said = self.told(parameter, value)
            assert value.comparator in COMPARATORS, f"3.6: {said} has the comparator {value.comparator!r}"
            between = value.comparator == "between"
            assert between == (value.upper is not None), f"3.6: `between` and only that has an upper bound; {said}"
            assert value.upper is None or value.value <= value.upper, f"3.6: the lower bound is the lower; {said}"
            assert value.review is None or value.span.since is None or value.span.since <= value.review, (
                f"3.6: a review comes after the beginning; {said} is to be reviewed on {value.review}"
            )
