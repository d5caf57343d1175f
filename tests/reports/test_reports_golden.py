"""A small district's report in each format, as it was when somebody last looked at it.

``SHEQU_UPDATE_GOLDEN=1 pytest tests/reports/test_reports_golden.py`` writes the files anew; look at what changed.
"""

import json
import os
import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from rendered import WRITERS, cells, paragraphs, rendered
from report_world import activities, context_of, filed, people, places, plan

from shequ.reports import Document, templated

pytestmark = pytest.mark.usefixtures("plain_pictures")

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {"docx": "txt", "xlsx": "json"}


TEMPLATE = """
title = "社区工作简报"
[[sections]]
number = 1
heading = "基本情况"
[[sections.blocks]]
topic = "户数与人口"
text = ["常驻居民{population.households}，{population.households:change}。", "截至{day}，{place}六十岁及以上{population.elderly_share}。"]
[[sections.blocks]]
caption = "各社区人口"
table = ["population.households", "population.registered"]
[[sections.blocks]]
caption = "性别与年龄"
chart = "pyramid"
metrics = ["population.by_sex_age"]
[[sections]]
number = 2
heading = "活动"
[[sections]]
number = 1
level = 2
heading = "文体"
[[sections.blocks]]
caption = "各月活动"
chart = "grid"
metrics = ["culture.activities"]
[[sections.blocks]]
caption = "社区活动情况"
columns = [{ heading = "活动", metrics = ["culture.activities_by_kind"] }, { heading = "参加", metrics = ["culture.attendance"] }]
[[sections]]
number = 3
heading = "存在问题"
[[sections.blocks]]
special = "problems"
[[sections]]
number = 4
heading = "下步打算"
[[sections.blocks]]
special = "plans_next"
[[sections.blocks]]
special = "remedies"
[[sections]]
heading = "暂无数据的指标"
[[sections.blocks]]
special = "missing"
"""


def document() -> Document:
    records = [
        *places(),
        *people(),
        *activities([2, 3]),
        filed("population.households", "3", period="2024"),
        plan(2026, "再办一次"),
    ]
    finding = {"message": "少了一处", "threshold": "≥1", "citation": "某法第一条", "remedy": "补上"}
    return templated("golden.toml", TEMPLATE)(context_of(records, findings=[finding]))


def normalised(suffix: str, data: bytes) -> str:
    """A rendered report without what may differ between two right ones: pictures, style, script, hashes."""
    match suffix:
        case "docx":
            styles = re.findall(r'<w:pStyle w:val="([^"]+)"', _body(data))
            return "\n".join([*paragraphs(data), "", *sorted(set(styles))]) + "\n"
        case "xlsx":
            return json.dumps(cells(data), ensure_ascii=False, indent=1) + "\n"
        case "html":
            text = re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", data.decode(), flags=re.DOTALL)
            return re.sub(r"sha256-[\w+/=]+", "sha256-", re.sub(r"(<svg [^>]*>).*?</svg>", r"\1</svg>", text))
    return data.decode()


def _body(data: bytes) -> str:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return archive.read("word/document.xml").decode()


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_the_report_is_as_it_was_when_somebody_last_looked_at_it(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shequ.reports.word.report.chinese_is_drawn", lambda: True)  # whatever fonts this machine has
    kept = GOLDEN / f"{suffix}.{SUFFIXES.get(suffix, suffix)}"
    found = normalised(suffix, rendered(document(), suffix))
    if os.environ.get("SHEQU_UPDATE_GOLDEN") == "1":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(found, encoding="utf-8")
    assert kept.read_text(encoding="utf-8") == found, "look at the difference; SHEQU_UPDATE_GOLDEN=1 keeps it"
