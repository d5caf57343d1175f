"""What is published gives no small count of people away: not in the text, not by subtraction, in no format."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from itertools import combinations
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_world import context_of, filed, places

from shequ.effective import SHANGHAI
from shequ.errors import Misuse
from shequ.metrics import Catalogue, Measured, Metric
from shequ.metrics.catalogue import METRICS
from shequ.model import RECORD_TYPES, Matter, Record, Schema
from shequ.model.record import Sensitivity, record, ref, text
from shequ.query import Count, Keys
from shequ.reports import Document, Figure, ReportContext, built_in_templates, publish, templated
from shequ.reports.json import as_json
from shequ.reports.publishing import WITHHELD, about_people, cells_of, equations_of
from shequ.reports.suppression import determined
from shequ.reports.work import build_work_report
from shequ.rules import Finding, Severity

CATALOGUE = Catalogue(METRICS)
SCHEMA = Schema(RECORD_TYPES)
BY_COMMUNITY = """title = "表"
[[sections]]
heading = "人口"
[[sections.blocks]]
caption = "各社区"
table = ["population.disabled", "population.low_income", "matters.handled"]
[[sections.blocks]]
topic = "其中"
text = ["残疾人{population.disabled}，{population.disabled:change}。", "占比{population.low_income_share}。"]
"""


def by_community(metric: str, *values: int, total: int | None = None, **time: Any) -> list[Record]:
    """A metric as the three communities filed it, and the district."""
    whole = sum(values) if total is None else total
    return [
        filed(metric, str(whole), **time),
        *(filed(metric, str(value), division=f"C{n}", **time) for n, value in enumerate(values, 1)),
    ]


def published(records: Iterable[Record], template: str = BY_COMMUNITY, **facts: Any) -> Document:
    return publish(templated("t.toml", template), context_of([*places(), *records]), **facts)


def shown(document: Document, code: str) -> dict[str, str]:
    """What is printed of a metric in tables, by place."""
    found: dict[str, str] = {}
    for figure in document.figures():
        if figure.measurement.metric.code == code and not figure.others:
            found.setdefault(figure.measurement.place.name, figure.text)
    return found


def assert_nothing_follows(internal: Document, public: Document) -> int:
    """No linear combination of what is published gives what is withheld; how much that is."""
    cells = {cell: one for whole in internal.measurements() for cell, one in cells_of(whole) if one.value is not None}
    values = {cell: one.value for cell, one in cells.items() if one.value is not None}
    open_cells = {
        (one.metric.code, one.place.id, str(one.period or one.when.day), one.group)
        for one in public.measurements()
        if one.value is not None
    }
    sides = {cell for whole in internal.measurements() for cell, _ in cells_of(whole)} - {
        (one.metric.code, one.place.id, str(one.period or one.when.day), one.group) for one in internal.measurements()
    }
    hidden = {cell for cell in values if cell not in open_cells and cell not in sides}
    communities = sorted({cell[1] for cell in cells} - {internal.place.id})
    known = [one for one in equations_of(cells, communities, internal.place.id) if set(one.terms) <= set(values)]
    true = [one for one in known if one.holds(values)]
    assert set() == determined(values, true, hidden)
    return len(hidden)


class TestTheTable:
    def test_a_small_cell_takes_another_along_so_that_it_cannot_be_subtracted(self) -> None:
        document = published(by_community("population.disabled", 3, 40, 50))
        assert {"甲社区": "*", "乙社区": "*", "丙社区": "50", "演示街道": "93"} == shown(
            document, "population.disabled"
        )

    def test_a_table_without_small_cells_is_left_as_it_is(self) -> None:
        document = published(by_community("population.disabled", 30, 40, 50))
        assert WITHHELD not in shown(document, "population.disabled").values()
        assert "本报告没有这样的数" in _text(document)

    def test_nobody_is_a_number_that_may_be_told(self) -> None:
        assert {"0", "40", "50", "90"} == set(
            shown(published(by_community("population.disabled", 0, 40, 50)), "population.disabled").values()
        )

    def test_of_a_withheld_figure_it_is_not_said_that_it_does_not_add_up_either(self) -> None:
        people = by_community("population.disabled", 3, 40, 50, total=95)
        assert "population.disabled" in {one.metric.code for one in published(people).measurements()}
        assert "有差" not in _text(published(people))
        text = _text(published([*people, *by_community("matters.handled", 3, 40, 50, total=95)]))
        assert "表中各社区之和与全辖区有差：办理事务全辖区多2件。" in text
        assert "残疾人全辖区" not in text

    def test_what_is_not_about_people_is_told(self) -> None:
        assert "3" in shown(published(by_community("matters.handled", 3, 40, 50)), "matters.handled").values()

    def test_the_threshold_can_be_another(self) -> None:
        assert (
            WITHHELD
            in shown(
                published(by_community("population.disabled", 9, 40, 50), threshold=10), "population.disabled"
            ).values()
        )

    @pytest.mark.parametrize("threshold", [1, 0])
    def test_a_threshold_that_withholds_nothing_is_refused(self, threshold: int) -> None:
        with pytest.raises(Misuse, match="不会隐去任何数"):
            published([], threshold=threshold)

    @given(st.lists(st.integers(0, 30), min_size=3, max_size=3), st.lists(st.integers(0, 30), min_size=3, max_size=3))
    def test_no_sum_or_difference_of_published_figures_is_a_withheld_one(self, one: list[int], two: list[int]) -> None:
        """By trying them all: nothing of the algorithm is used here."""
        if not any((*one, *two)):
            return
        records = [*by_community("population.disabled", *one), *by_community("population.low_income", *two)]
        document = published(records)
        for code, filed_values in (("population.disabled", one), ("population.low_income", two)):
            told = shown(document, code)
            names = ["甲社区", "乙社区", "丙社区"]
            true = dict(zip(names, filed_values, strict=True)) | {"演示街道": sum(filed_values)}
            hidden = [name for name in true if told.get(name) == WITHHELD]
            assert all(name in hidden for name in names if 0 < true[name] < 5)
            # With the total known, one hidden part alone would follow from the others.
            assert len(hidden) != 1
            if "演示街道" not in hidden and hidden:
                assert sum(true[name] for name in hidden) >= 5


class TestWhatHangsOnIt:
    RECORDS = (
        *by_community("population.disabled", 3, 40, 50),
        *by_community("population.disabled", 30, 40, 52, period="2024"),
        *by_community("population.low_income", 3, 1, 0),
        filed("population.registered_living", "3000"),
    )

    def test_a_ratio_of_a_withheld_number_is_withheld(self) -> None:
        document = published(self.RECORDS)
        assert "占比*。" in _text(document)

    def test_no_format_carries_what_was_withheld(self) -> None:
        document = published(self.RECORDS)
        told = as_json(document)
        for one in told["measurements"]:
            if one["metric"] == "population.low_income":
                assert one["value"] in (None, 0)
                assert one["value"] is not None or 0 == one["rows"]
        text = json.dumps(told, ensure_ascii=False)
        assert '"numerator": 4' not in text
        for found in document.measurements():
            assert () == (*found.parts, *found.operands, *found.rows())
            assert (None, None) == (found.filed, found.computed)

    def test_which_community_has_most_of_few_people_is_not_told(self) -> None:
        most = 'title = "表"\n[[sections]]\nheading = "人口"\n[[sections.blocks]]\ntext = ["最多{population.disabled:highest}。"]\n'
        office = templated("t.toml", most)(context_of([*places(), *self.RECORDS]))
        assert "最多乙社区（40人）。" in _text(office)
        assert "最多*。" in _text(published(self.RECORDS, most))

    def test_how_many_records_are_kept_is_not_told(self) -> None:
        kept = 'title = "表"\n[[sections]]\nheading = "台账"\n[[sections.blocks]]\ntext = ["共{data.records}。"]\n'
        assert "共*。" in _text(published(self.RECORDS, kept))

    def test_no_note_tells_a_number(self) -> None:
        """A note can name few people: records beside a filed figure, figures restated since a report."""
        moment = datetime(2025, 3, 3, 10, tzinfo=SHANGHAI)
        matter = Matter(id="m1", number="1", community="C1", category="other", asked=moment, handled=moment)
        records = [*self.RECORDS, matter, *by_community("matters.handled", 30, 40, 50, period="2025")]
        document = published(records)
        office = templated("t.toml", BY_COMMUNITY)(context_of([*places(), *records]))
        notes = [note for found in office.measurements() for note in found.notes]
        assert [] != [note for note in notes if any(map(str.isdigit, note))]
        told = [note for found in document.measurements() for note in found.notes]
        assert [] == [note for note in told if any(map(str.isdigit, note))]

    def test_a_comparison_with_a_small_number_goes_with_its_comma(self) -> None:
        small = [
            *by_community("population.disabled", 30, 40, 50),
            *by_community("population.disabled", 1, 1, 1, period="2024"),
        ]
        assert "残疾人120人。" in _text(published(small))
        large = [
            *by_community("population.disabled", 30, 40, 50),
            *by_community("population.disabled", 30, 40, 52, period="2024"),
        ]
        assert "残疾人120人，比上年末减少2人" in _text(published(large))

    def test_the_document_says_what_was_withheld_and_why(self) -> None:
        document = published(self.RECORDS)
        assert "不予公布的数据" == document.sections[-1].heading
        assert "不足5人" in _text(document)
        assert "残疾人、低保对象" in _text(document) or "低保对象、残疾人" in _text(document)

    def test_the_same_document_for_the_office_shows_all(self) -> None:
        build = templated("t.toml", BY_COMMUNITY)
        assert WITHHELD not in _text(build(context_of([*places(), *self.RECORDS])))


class TestFindings:
    def context(self) -> ReportContext:
        context = context_of([*places(), *by_community("population.disabled", 3, 40, 50)])
        figures = [
            context.engine.measure("population.disabled", place, context.period) for place in context.engine.tree
        ]
        facts: dict[str, Any] = {"rule": "x", "severity": Severity.WARNING, "place": context.place, "subject": "甲"}
        findings = [
            Finding(message="个案 DB001 逾期", **facts),
            *(Finding(message=f"{one.place.name}残疾人{one.printed}", figure=one, **facts) for one in figures),
        ]
        return attrs.evolve(context, findings=tuple(findings))

    def test_only_what_holds_a_figure_that_may_be_told_is_told(self) -> None:
        document = publish(build_work_report, self.context())
        said = [finding.message for finding in document.findings]
        assert ["丙社区残疾人50", "演示街道残疾人93"] == sorted(said)
        assert "另有3项核查结果" in _text(document)
        assert "DB001" not in json.dumps(as_json(document), ensure_ascii=False)

    @pytest.mark.parametrize("name", ["findings", "contact"])
    def test_what_is_for_the_office_is_not_published(self, name: str) -> None:
        build = templated("own.toml", f'extends = "{name}"', built_in_templates())
        context = context_of([*places(), filed("party.contact_cards_sent", "9")])
        with pytest.raises(Misuse, match="供内部使用，不能公开"):
            publish(build, context)


class TestWhichMetrics:
    @pytest.mark.parametrize(
        ("code", "private"),
        [
            ("population.low_income", True),
            ("population.actual", True),
            ("population.by_sex_age", True),
            ("volunteers.active", True),
            ("party.cards_by_state", True),
            ("welfare.aid_person_times", True),
            ("party.beneficiaries", True),
            ("staff.full_time", False),
            ("staff.needed", False),
            ("culture.attendance", False),
            ("matters.handled", False),
            ("welfare.donations_money", False),
        ],
    )
    def test_people_in_private_life_are_protected(self, code: str, private: bool) -> None:
        assert private is about_people(CATALOGUE[code], CATALOGUE, SCHEMA)


@record("lunch_guest", label="助餐老人", key=("name",))
class LunchGuest(Record):
    """Of a plugin: somebody who eats at the canteen."""

    name: str = text("姓名", sensitivity=Sensitivity.PERSONAL)


@record("lunch_card", label="餐卡", key=("guest",))
class LunchCard(Record):
    """Of a plugin: refers to one who is a private person."""

    guest: str = ref("老人", to="lunch_guest")


@record("canteen", label="食堂", key=("name",))
class Canteen(Record):
    """Of a plugin: about nobody."""

    name: str = text("名称")


@record("cook", label="厨师", key=("name",), office=True)
class Cook(Record):
    """Of a plugin: serves the public."""

    name: str = text("姓名", sensitivity=Sensitivity.PERSONAL)


class TestPluginTypes:
    """Whom a plugin's records are about follows from what it declares."""

    SCHEMA = Schema([*RECORD_TYPES, LunchGuest, LunchCard, Canteen, Cook])

    @pytest.mark.parametrize(
        ("type_", "private"), [("lunch_guest", True), ("lunch_card", True), ("canteen", False), ("cook", False)]
    )
    def test_small_counts_of_records_about_private_persons_are_protected(self, type_: str, private: bool) -> None:
        metric = Metric("lunch.people", "助餐", "人", Measured(Count(Keys(type_))))
        assert private is about_people(metric, CATALOGUE, self.SCHEMA)

    def test_of_the_librarys_own_types_those_are_private_that_lead_to_a_resident(self) -> None:
        for declared in SCHEMA:
            if declared.name in ("household", "resident") or any(
                spec.to in ("household", "resident") for spec in declared.references
            ):
                assert declared.office or declared.name in SCHEMA.private, declared.name
        assert set() == SCHEMA.private & {"community", "activity", "community_worker", "training", "service_outlet"}


def _text(document: Document) -> str:
    told = []
    for section in document.sections:
        for block in section.blocks:
            runs = getattr(block, "runs", ())
            told.append("".join(run.text if isinstance(run, Figure) else run for run in runs))
    return "\n".join(told)


@pytest.mark.slow
@given(
    st.lists(st.integers(0, 20), min_size=3, max_size=3),
    st.lists(st.integers(0, 9), min_size=2, max_size=5),
    st.integers(0, 30),
)
def test_nothing_follows_in_a_whole_work_report(counts: list[int], groups: list[int], registered: int) -> None:
    records = [
        *by_community("population.floating", *counts),
        *by_community("volunteers.people", *reversed(counts)),
        *(filed("participation.by_employment", str(value), group=f"第{n}类") for n, value in enumerate(groups)),
        filed("participation.people", str(sum(groups))),
        filed("population.registered", str(registered + 7)),
        filed("population.registered_living", str(registered)),
        filed("population.separated", "7"),
        filed("population.households", "900"),
    ]
    context = context_of([*places(), *records])
    assert_nothing_follows(build_work_report(context), publish(build_work_report, context))


@pytest.mark.slow
def test_nothing_follows_in_the_demonstrations_report() -> None:
    from shequ.sample import make_sample

    sample = make_sample(2025, 300)
    records = [record for some in sample.records.values() for record in some]
    context = context_of(records, district="999900001000", today=date(2026, 1, 5))
    withheld = assert_nothing_follows(build_work_report(context), publish(build_work_report, context))
    assert withheld > 20


def test_pairs_of_equations_are_followed() -> None:
    """Registered is living here and separated: of the three no two are told when the third is withheld."""
    records = [
        filed("population.registered", "103"),
        filed("population.registered_living", "100"),
        filed("population.separated", "3"),
    ]
    template = BY_COMMUNITY.replace('"population.disabled", "population.low_income", ', "").replace(
        '"残疾人{population.disabled}，{population.disabled:change}。", "占比{population.low_income_share}。"',
        '"{population.registered}，{population.registered_living}，{population.separated}。"',
    )
    told = _text(published([*records, *by_community("matters.handled", 1, 2, 3)], template)).splitlines()[1]
    assert WITHHELD in told
    assert all(not ({"103人", "100人"} <= set(pair)) for pair in combinations(told.strip("。").split("，"), 2))
    assert Fraction(3) not in {Fraction(word.strip("人")) for word in told.strip("。").split("，") if word != WITHHELD}
