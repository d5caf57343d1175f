"""Every number that a reader sees is one of the document's measurements, rounded as declared."""

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendered import WRITERS, text_of
from report_world import activities, context_of, filed, people, places, plan

from shequ.metrics import NO_DATA, Measurement, RollUp, exact_json, rounded
from shequ.reports import Chart, Document, Figure, FindingList, Note, Paragraph, Table, build_work_report, sources

pytestmark = pytest.mark.usefixtures("plain_pictures")

NUMBER = re.compile(r"\d+(?:\.\d+)?%?")
DATES = re.compile(r"\d{4}年(?:\d+月(?:\d+日)?)?|\d{4}-\d\d(?:-\d\d)?|(?<=\n)\d{4}(?=\n)")


def document_of(activity: list[int], pay: int, households: str, more: int = 0) -> Document:
    """A report with figures from records, filed figures and a year to compare with."""
    return build_work_report(
        context_of(
            [
                *places(),
                *people(),
                *activities(activity),
                filed("culture.activities", "7", period="2024"),
                filed("population.households", households, period="2024"),
                filed("welfare.donations_money", f"{pay}.25"),
                filed("staff.full_time", "4"),
                filed("staff.by_age", "3", group="30-39岁"),
                plan(2026, "再办一次"),
            ],
            findings=[{"message": f"第{i}处", "threshold": "≥1"} for i in range(10 + more)],
        )
    )


def _numbers(text: str) -> set[str]:
    return {number.lstrip("0") or "0" for number in NUMBER.findall(text)}


def _of(found: Measurement) -> Iterator[str]:
    """A measurement's numbers as anything prints them."""
    yield found.printed
    for value in (found.value, found.numerator, found.denominator, found.filed, found.computed):
        yield str(exact_json(value))
    yield str(found.row_count)
    yield str(found.per)
    for use in found.parameters:
        yield str(exact_json(use.value))


def _literals(document: Document) -> set[str]:
    """Texts that are not figures: names, what records and findings say, definitions, labels of groups."""
    told = {document.title, document.subtitle, *(text for _, text in document.facts)}
    for finding in document.findings:
        told |= {finding.message, finding.subject, finding.threshold, finding.citation, finding.remedy}
    for source in sources(document):
        told |= {source.metric.name, source.metric.code, source.definition, source.metric.base}
        told |= {f"分 {len({use.measurement.group for use in source.uses})} 组"}
        told |= {note for use in source.uses for note in use.measurement.notes}
        told |= {use.measurement.group or "" for use in source.uses}
        told |= {use.measurement.place.name for use in source.uses}
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                told |= {cell for row in block.rows for cell in row if isinstance(cell, str)} | set(block.header)
            elif isinstance(block, Chart):
                told |= set(block.categories)
            elif isinstance(block, FindingList) and block.more:
                told.add(f"另有 {block.more} 项")
    return {text for text in told if NUMBER.search(text)}


def unexplained(document: Document, suffix: str) -> set[str]:
    """The numbers in a rendered text that are no measurement's."""
    text = "\n" + text_of(document, suffix) + "\n"
    for literal in sorted(_literals(document), key=len, reverse=True):
        text = text.replace(" ".join(literal.split()), "·").replace(literal, "·")
    text = DATES.sub("·", text)
    # Numbers of items and annexes stand at the beginning of a line.
    text = re.sub(r"(?<=\n)(附件：?|　+)?\d+(?=\.\D|\n)", "·", text) if suffix in ("docx", "xlsx") else text
    known = {number for figure in document.figures() for number in _numbers(figure.text)}
    known |= {number for found in document.measurements() for shown in _of(found) for number in _numbers(shown)}
    return _numbers(text) - known


@pytest.mark.parametrize("suffix", sorted(WRITERS))
@pytest.mark.slow
def test_every_number_in_the_text_is_a_measurement(suffix: str) -> None:
    document = document_of([2, 3, 3], 1234, "7", more=2)
    assert set() == unexplained(document, suffix)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", sorted(WRITERS))
@given(
    activity=st.lists(st.integers(1, 12), max_size=6, unique=True),
    pay=st.integers(0, 10**9),
    households=st.integers(1, 10**6).map(str),
)
def test_every_number_is_a_measurement_whatever_they_are(
    suffix: str, activity: list[int], pay: int, households: str
) -> None:
    assert set() == unexplained(document_of(activity, pay, households), suffix)


def test_the_search_finds_a_number_that_is_nobodys() -> None:
    document = document_of([2], 1, "7")
    paragraph = Paragraph(("凡 31415 件。",))
    first = document.sections[0]
    first = attrs.evolve(first, blocks=(paragraph, *first.blocks))
    told = attrs.evolve(document, sections=(first, *document.sections[1:]))
    assert {"31415"} == unexplained(told, "md")


@given(activity=st.lists(st.integers(1, 12), max_size=8, unique=True), pay=st.integers(0, 10**9))
@pytest.mark.slow
def test_every_figure_prints_its_measurement_or_a_comparison_of_its_measurements(activity: list[int], pay: int) -> None:
    for figure in document_of(activity, pay, "9").figures():
        now = figure.measurement
        if figure.text in (now.printed, now.shown, NO_DATA):
            continue
        assert figure.others, figure
        total = sum((other.value or Fraction(0) for other in figure.others), Fraction(0))
        gap = abs((now.value or Fraction(0)) - total)
        allowed = {rounded(gap, now.metric.decimals), rounded(gap * 100, now.metric.decimals)}
        if total:
            allowed.add(rounded(gap * 100 / total, 1) + "%")
        assert _numbers(figure.text) <= {number for text in allowed for number in _numbers(text)}, figure


@given(activity=st.lists(st.integers(1, 12), max_size=8, unique=True), pay=st.integers(0, 10**9))
@pytest.mark.slow
def test_parts_and_totals_close_or_carry_a_note(activity: list[int], pay: int) -> None:
    document = document_of(activity, pay, "9")
    checked = 0
    for section in document.sections:
        for place, block in enumerate(section.blocks):
            if not isinstance(block, Table) or not block.total:
                continue
            after = section.blocks[place + 1] if place + 1 < len(section.blocks) else None
            explained = {figure.measurement for figure in after.figures()} if isinstance(after, Note) else set()
            for column in list(zip(*block.rows, strict=True))[1:]:
                figures = [cell.measurement for cell in column if isinstance(cell, Figure)]
                *parts, whole = figures
                additive = whole.metric.roll_up in (RollUp.SUM, RollUp.DISTINCT)
                if additive and whole.value is not None and all(part.value is not None for part in parts):
                    total = sum((part.value or Fraction(0) for part in parts), Fraction(0))
                    assert total == whole.value or whole in explained, whole
                    checked += 1
    assert checked


@pytest.mark.slow
def test_a_period_without_data_in_part_says_so_in_every_format() -> None:
    document = build_work_report(context_of([*places(), *people()], today=date(2026, 1, 5)))
    for suffix in WRITERS:
        assert NO_DATA in text_of(document, suffix), suffix
