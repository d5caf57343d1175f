"""Rule sets as districts write them, and days at the edges of the law and of the calendar.

A rule set is drawn as the text of its TOML file and read by the library, so what is drawn is what a file could say.
"""

import json
from datetime import date, timedelta
from functools import cache

from hypothesis import strategies as st

from shequ.metrics.catalogue import METRICS
from shequ.rules import PROBLEM_GROUPS, RuleSet, Severity, read_rule_set
from shequ.rules.national import national_rules
from shequ.rules.parameters import COMPARATORS

__all__ = ["law_days", "rule_sets", "rule_texts"]

_DAY = timedelta(days=1)
_FESTIVALS = ("2024-06-10", "2024-10-11", "2025-05-31", "2025-10-29", "2026-06-19", "2026-10-18", "2027-06-09")
_MADE_UP = ("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11", "2026-01-04", "2026-02-14")
_TURNS = (
    "2023-12-31",
    "2024-02-28",
    "2024-02-29",
    "2024-03-01",
    "2025-02-28",
    "2025-12-31",
    "2026-01-01",
    "2026-06-30",
)


@cache
def _edges() -> tuple[date, ...]:
    spans = [value.span for parameter in national_rules().parameters for value in parameter.values]
    ends = {day for span in spans for day in (span.since, span.until) if day is not None}
    turns = {date.fromisoformat(day) for day in (*_FESTIVALS, *_MADE_UP, *_TURNS)}
    return tuple(sorted({near for day in ends | turns for near in (day - _DAY, day, day + _DAY)}))


def law_days() -> st.SearchStrategy[date]:
    """Days on which something turns: a law comes into force or goes, a year, quarter or leap day, a festival, a made-up
    working day, each with the days beside it; and any other day since 1949.
    """
    return st.sampled_from(_edges()) | st.dates(date(1949, 10, 1), date(2030, 12, 31))


_words = st.text("甲乙丙丁社区标准规定abc 0-9（）、", min_size=1, max_size=12).filter(lambda word: bool(word.strip()))
_names = st.from_regex(r"[a-z]{2,8}\.[a-z]{2,8}", fullmatch=True)


@st.composite
def _values(draw: st.DrawFn) -> str:
    """The values of a parameter: spans that do not overlap, some days of none between them."""
    bounds = sorted(draw(st.lists(law_days(), min_size=1, max_size=5, unique=True)))
    entries = []
    for start, end in zip(bounds, [*bounds[1:], None], strict=True):
        if end is not None and draw(st.booleans()) and len(bounds) > 2:
            continue  # no value in force here
        comparator = draw(st.sampled_from(COMPARATORS))
        value = draw(st.integers(0, 5000))
        facts = [
            f"since = {start}",
            f'comparator = "{comparator}"',
            f"value = {value}",
            f"citation = {_quoted(draw(_words))}",
        ]
        if end is not None:
            facts.append(f"until = {end}")
        if comparator == "between":
            facts.append(f"upper = {value + draw(st.integers(0, 5000))}")
        if draw(st.booleans()):
            facts.append("generally = true")
        entries.append("{ " + ", ".join(facts) + " }")
    return "[ " + ", ".join(entries) + " ]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@st.composite
def rule_texts(draw: st.DrawFn, *, most: int = 3) -> str:
    """Texts of rule files: parameters with dated values, and rules that hold metrics of the catalogue against them.

    Args:
        draw: How parts are drawn.
        most: How many parameters at most; the smallest file has one.
    """
    names = draw(st.lists(_names, min_size=1, max_size=most, unique=True))
    lines = [f'name = "{draw(st.from_regex("[a-z]{3,10}", fullmatch=True))}"', f"label = {_quoted(draw(_words))}"]
    for name in names:
        lines += [
            f'[parameters."{name}"]',
            f"label = {_quoted(draw(_words))}",
            'unit = "个"',
            f"values = {draw(_values())}",
        ]
    for name in names:
        if not draw(st.booleans()):
            continue
        lines += [
            f'[rules."{name}"]',
            f"label = {_quoted(draw(_words))}",
            f'group = "{draw(st.sampled_from(sorted(PROBLEM_GROUPS)))}"',
            f'severity = "{draw(st.sampled_from([str(severity) for severity in Severity]))}"',
            f'metric = "{draw(st.sampled_from([metric.code for metric in METRICS]))}"',
            f'parameter = "{name}"',
            'remedy = "补足 {gap} 个"',
        ]
    return "\n".join(lines) + "\n"


def rule_sets() -> st.SearchStrategy[RuleSet]:
    """Rule sets as they are read from what :func:`rule_texts` draws."""
    return rule_texts().map(lambda text: read_rule_set("drawn.toml", text))
