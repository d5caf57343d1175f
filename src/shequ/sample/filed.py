"""The report on 2024 as it was filed, so that what has moved since can be told."""

import json
from datetime import date
from typing import Any

from shequ.effective import local_date
from shequ.model import Dispute, FiledReport, Matter, NewsItem
from shequ.sample.figures import households_lived_in
from shequ.sample.ledger import Ledger, moment
from shequ.sample.places import SUB_DISTRICT, SUB_DISTRICT_NAME

__all__ = ["STILL_UNWRITTEN", "file_report"]

_YEAR = 2024
STILL_UNWRITTEN = 9
"""How many matters of 2024 had not been written down when the report was filed: the one figure that moved since."""


def file_report(ledger: Ledger) -> None:
    """Write the work report on 2024 as filed in January 2025: four figures, of which one has moved since."""
    last = date(_YEAR, 12, 31)
    handled = sum(
        matter.handled is not None and local_date(matter.handled).year == _YEAR for matter in ledger.all(Matter)
    )
    figures = (
        ("population.households", "常驻居民户", "户", sum(households_lived_in(ledger, last).values())),
        ("matters.handled", "办理事务", "件", max(0, handled - STILL_UNWRITTEN)),
        ("safety.disputes", "民事纠纷", "件", sum(d.received.year == _YEAR for d in ledger.all(Dispute))),
        ("publicity.items", "新闻信息", "条", sum(n.published.year == _YEAR for n in ledger.all(NewsItem))),
    )
    document = {
        "format": "shequ.metrics/1",
        "period": str(_YEAR),
        "known_at": None,
        "measurements": [_measurement(*figure) for figure in figures],
    }
    ledger.add(
        FiledReport,
        division=SUB_DISTRICT,
        report="work",
        period=str(_YEAR),
        filed=moment(date(_YEAR + 1, 1, 6), 16, 30),
        actor=f"{SUB_DISTRICT_NAME}社区办",
        measurements=json.dumps(document, ensure_ascii=False, separators=(",", ":")),
    )


def _measurement(metric: str, name: str, unit: str, value: int) -> dict[str, Any]:
    return {
        "metric": metric,
        "name": name,
        "division": SUB_DISTRICT,
        "period": str(_YEAR),
        "value": value,
        "numerator": value,
        "denominator": None,
        "per": 1,
        "unit": unit,
        "provenance": "records",
        "rows": value,
        "group": None,
        "notes": [],
    }
