"""The report on charging piles with its chart, and measurements as CSV."""

import csv
import io

import pytest

import shequ
from shequ.reports import Chart, Document, check_numbering


@pytest.fixture
def document(register: shequ.Register) -> Document:
    return register.report("charging", period="2025").document


def rows(register: shequ.Register, name: str) -> list[dict[str, str]]:
    """What the CSV of a report holds."""
    written = io.BytesIO()
    register.report(name, period="2025").write("csv", written)
    return list(csv.DictReader(io.StringIO(written.getvalue().decode("utf-8-sig"), newline="")))


class TestReport:
    def test_it_draws_each_community(self, document: Document) -> None:
        (chart,) = [block for section in document.sections for block in section.blocks if isinstance(block, Chart)]
        assert ("东社区", "西社区") == chart.categories
        assert ["16.7", "50.0"] == [figure.text for figure in chart.figures()]

    def test_its_chart_and_its_text_read_the_same_measurements(self, document: Document) -> None:
        (chart,) = [block for section in document.sections for block in section.blocks if isinstance(block, Chart)]
        table = {figure.measurement for figure in document.figures()}
        assert {figure.measurement for figure in chart.figures()} <= table

    def test_it_tells_the_problems_and_is_numbered(self, document: Document) -> None:
        check_numbering(document)
        assert ["一、充电桩建设", "二、存在问题"] == [
            section.title for section in document.sections if section.level == 1
        ]
        assert "charging.sockets" in {finding.rule for finding in document.findings}

    def test_it_says_which_plugin_told_it(self, document: Document) -> None:
        assert document.plugin.startswith("yunxi-charging (yunxi-charging ")

    @pytest.mark.parametrize("suffix", ["md", "html", "json"])
    def test_the_librarys_own_formats_write_it(self, register: shequ.Register, suffix: str) -> None:
        written = io.BytesIO()
        register.report("charging", period="2025").write(suffix, written)
        assert "充电插座".encode() in written.getvalue()


class TestSection:
    def test_the_work_report_has_a_section_with_a_chart(self, register: shequ.Register) -> None:
        document = register.report("work-charging", period="2025").document
        check_numbering(document)
        (section,) = [one for one in document.sections if "充电桩" in one.heading]
        assert "（五）充电：电动自行车充电桩" == section.title
        (chart,) = [block for block in section.blocks if isinstance(block, Chart)]
        assert ["16.7", "50.0"] == [figure.text for figure in chart.figures()]


class TestMeasurementsAsCsv:
    def test_each_measurement_is_a_row_with_its_exact_value(self, register: shequ.Register) -> None:
        found = {(row["代码"], row["区划"]): row for row in rows(register, "charging")}
        assert ("40", "个", "据记录") == tuple(
            found["charging.sockets", "云溪街道"][name] for name in ("数值", "单位", "来源")
        )
        assert "16.6666666667" == found["charging.households_per_socket", "东社区"]["数值"]

    def test_what_has_no_data_says_so(self, register: shequ.Register) -> None:
        values = {row["代码"]: row["数值"] for row in rows(register, "work")}
        assert "暂无数据" == values["safety.disputes"]

    def test_a_file_is_written_by_its_suffix(self, register: shequ.Register, tmp_path) -> None:
        path = register.report("charging", period="2025").save(tmp_path / "charging.csv")
        assert path.read_bytes().startswith("\ufeff指标,代码".encode())
