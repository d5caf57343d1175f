"""Faults as people make them, each a small change of one place of the library, and where it should be noticed.

A fault is noticed if a property fails: a test that hypothesis draws for, no example by hand.
"""

import attrs

__all__ = ["FAULTS", "Fault"]


@attrs.frozen
class Fault:
    """A change of a module.

    Args:
        what: What is wrong, in words.
        module: The module's path within the package.
        right: What stands there, once.
        wrong: What is put in its place.
        tests: The tests of the area.
    """

    what: str
    module: str
    right: str
    wrong: str
    tests: str


_EFFECTIVE, _CALENDARS, _CODES = (
    "tests/foundation/test_effective.py",
    "tests/foundation/test_calendars.py",
    "tests/foundation/test_codes.py",
)
_WORLDS = "tests/testing/test_worlds.py"
_HOUSEHOLDS, _CARDS, _LEDGERS, _LAW = (
    f"{_WORLDS}::TestHouseholds",
    f"{_WORLDS}::TestCardHistories",
    f"{_WORLDS}::TestLedgers",
    "tests/rules/test_parameters.py",
)
_DRAWN_CODES = f"{_WORLDS}::TestCodes"
_HOLDING = "tests/model/test_holding.py"
_EVALUATOR = "tests/query/test_evaluator.py"

FAULTS = (
    Fault("a span lacks its first day", "effective.py", "self.since <= day) and", "self.since < day) and", _EFFECTIVE),
    Fault("a span has the day after its last", "effective.py", "day < self.until)", "day <= self.until)", _EFFECTIVE),
    Fault(
        "spans that touch overlap", "effective.py", "since >= until:\n            return None",
        "since > until:\n            return None", _EFFECTIVE,
    ),
    Fault("a period has its end", "calendars.py", "self.start <= day < self.end", "self.start <= day <= self.end", _DRAWN_CODES),
    Fault("last year is next year", "calendars.py", "years=-years), shift(self.end", "years=years), shift(self.end", _DRAWN_CODES),
    Fault("months are quarters", "calendars.py", "return self.pieces(1)", "return self.pieces(3)", _CALENDARS),
    Fault("any check digit will do", "codes/resident_id.py", "if self.check_ok is False:", "if False:", _CODES),
    Fault("the check of a credit code is not reduced", "codes/credit.py", "(31 - total % 31) % 31", "31 - total % 31", _DRAWN_CODES),
    Fault("the parent is the grandparent", "codes/division.py", "_width(code)) - 1]", "_width(code)) - 2]", _DRAWN_CODES),
    Fault("the separated are the floating", "lifecycle/memberships.py", "return self.registered - self.living", "return self.living - self.registered", _HOUSEHOLDS),
    Fault("the registered are those who live here", "lifecycle/memberships.py", "m.kind is MembershipKind.REGISTERED)", "m.kind is MembershipKind.LIVING)", _HOUSEHOLDS),
    Fault("somebody dead moves in", "lifecycle/household_changes.py", "resident.died <= on:", "resident.died < on.replace(year=1900):", _HOUSEHOLDS),
    Fault("somebody unborn moves in", "lifecycle/household_changes.py", "and on < resident.birth_date:", "and on > resident.birth_date.replace(year=9999, day=1):", _HOUSEHOLDS),
    Fault("nobody looks whether two belong", "lifecycle/household_changes.py", "for a, b in clashes(near):", "for a, b in clashes([]):", _HOUSEHOLDS),
    Fault("a transfer leads back", "lifecycle/household_changes.py", "change.other if joins_other and", "change.household if joins_other and", _HOUSEHOLDS),
    Fault("a step leaves the card where it was", "lifecycle/machine.py", "{lifecycle.state_field: transition.target,", "{lifecycle.state_field: state,", _CARDS),
    Fault("an illegal step is taken", "lifecycle/machine.py", "    if event not in row:\n        raise refused()", "    if event not in lifecycle.labels:\n        raise refused()", _CARDS),
    Fault("the step that is kept says where it came from twice", "lifecycle/machine.py", "after=str(transition.target)", "after=str(state)", _CARDS),
    Fault("the steps allowed are those of the start", "lifecycle/machine.py", "return tuple(self.table[state])", "return tuple(self.table[self.initial])", _CARDS),
    Fault("steps of the past are the last ones", "lifecycle/course.py", "return _states(lifecycle, ordered)[-1]", "return _states(lifecycle, ordered)[0]", _CARDS),
    Fault("aid fills the shop", "lifecycle/ledger.py", "leaving = [-valued(", "leaving = [valued(", _LEDGERS),
    Fault("more goes out than is there", "lifecycle/entries.py", "if wanted.amount > there.amount or", "if False and wanted.amount > there.amount or", _LEDGERS),
    Fault("pieces go out that are not there", "lifecycle/entries.py", "or wanted.pieces > there.pieces:", "or False:", _LEDGERS),
    Fault("a reversal books it again", "lifecycle/ledger.py", "line.account, -quantity_of(line), note", "line.account, quantity_of(line), note", _LEDGERS),
    Fault("a voucher number is used twice", "lifecycle/entries.py", "if books.entry(division, number):", "if False:", _LEDGERS),
    Fault("what ends today is in force today", "model/holding.py", "return span is not None and day in span", "return span is not None and (day in span or day == span.until)", _HOLDING),
    Fault("at most means less than", "rules/parameters.py", "return measured <= self.value\n            case", "return measured < self.value\n            case", _LAW),
    Fault("a range leaves out its end", "rules/parameters.py", "self.value <= measured <= self.upper", "self.value <= measured < self.upper", _LAW),
    Fault("the oldest of a band belongs to it", "query/algebra.py", "if years < bound)", "if years <= bound)", _EVALUATOR),
    Fault("numbers are drawn of a real county", "testing/strategies.py", "{DEMONSTRATION_AREA}{birth:%Y%m%d}", "110101{birth:%Y%m%d}", "tests/testing/test_strategies.py::TestValues"),
)  # fmt: skip
