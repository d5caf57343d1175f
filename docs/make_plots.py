"""Draws how the testing kit's strategies are distributed: `python docs/make_plots.py` (extras `testing`, `html`)."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shequ.lifecycle.cards import CONTACT_CARD
from shequ.lifecycle.memberships import is_open
from shequ.testing import card_histories, districts, households, law_days, ledgers, texts

TARGET = Path(__file__).parent / "explanation" / "strategies.svg"
DRAWS = 150


def drawn(strategy: st.SearchStrategy[Any], of: Callable[[Any], Any]) -> Counter[Any]:
    """How often each value of a property came up."""
    seen: Counter[Any] = Counter()

    @settings(
        max_examples=DRAWS, database=None, derandomize=True, deadline=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(strategy)
    def draw(value: Any) -> None:
        seen[of(value)] += 1

    draw()
    return seen


def decade(year: int) -> str:
    return f"{year // 10 * 10}s"


PLOTS: dict[tuple[str, str], tuple[st.SearchStrategy[Any], Callable[[Any], Any]]] = {
    ("households()", "people"): (households(), lambda homes: len(homes.residents)),
    ("households()", "events that came about"): (households(), lambda homes: len(homes.changes)),
    ("households()", "memberships still open"): (households(), lambda homes: sum(map(is_open, homes.memberships))),
    ("card_histories(contact card)", "where it ends"): (
        card_histories(CONTACT_CARD), lambda history: str(CONTACT_CARD.state_of(history.card)),
    ),
    ("card_histories(contact card)", "steps"): (card_histories(CONTACT_CARD), lambda history: len(history.steps)),
    ("ledgers()", "vouchers"): (ledgers(), lambda lines: len({line.number for line in lines})),
    ("districts()", "record types in it"): (
        districts(most_communities=2), lambda found: len({made.__record__.name for made in found.records}),
    ),
    ("law_days()", "decade"): (law_days(), lambda day: decade(day.year)),
    ("texts()", "length"): (texts(long=False), lambda text: min(len(text), 20)),
}  # fmt: skip


def main() -> None:
    charts = []
    for (name, shown), (strategy, of) in PLOTS.items():
        counts = drawn(strategy, of)
        order = sorted(counts)
        rows = [{"value": str(value), "draws": counts[value]} for value in order]
        charts.append(
            alt.Chart(alt.Data(values=rows), title=alt.TitleParams(name, subtitle=shown), width=230, height=120)
            .mark_bar()
            .encode(
                alt.X("value:N", sort=[str(value) for value in order], title=None),
                alt.Y("draws:Q", title=None),
            )
        )
    drawing = alt.concat(*charts, columns=3)
    TARGET.write_text(vl_convert.vegalite_to_svg(drawing.to_json()), encoding="utf-8")
    print(TARGET, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
