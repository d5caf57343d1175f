"""Charts as pictures: SVG with altair and vl-convert, PNG from the same SVG. Nothing is fetched."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from shequ.errors import MissingExtra
from shequ.reports.document import Chart, ChartKind, Figure

if TYPE_CHECKING:
    import altair as alt

__all__ = ["FONTS", "chinese_is_drawn", "inline_svg", "is_labelled", "png_of", "svg_of"]

FONTS = '"Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei", sans-serif'
"""CSS families of the text in a picture, the first that is there; none is embedded."""
_WIDTH = 640
_COLOURS = ("#2f6690", "#b5523b", "#6a8d4e", "#8a6fa8")
_INK, _SOFT, _ALARM = "#1d2329", "#515c66", "#a3191b"
_SCALE = 2.0
"""Pixels of a PNG for one of the SVG."""


def is_labelled(chart: Chart) -> bool:
    """Whether the picture prints every figure, so that it needs no table beside it."""
    return chart.kind is not ChartKind.COLUMNS or len(chart.series) == 1


def svg_of(chart: Chart) -> str:
    """A chart as an SVG document.

    Raises:
        MissingExtra: If altair or vl-convert is not installed.
    """
    return _svg(json.dumps(_FORMS[chart.kind](chart).to_dict(validate=False), ensure_ascii=False, sort_keys=True))


def png_of(chart: Chart) -> bytes:
    """A chart as a PNG picture, drawn with the fonts of this machine.

    Raises:
        MissingExtra: If altair or vl-convert is not installed.
    """
    picture: bytes = _converter().svg_to_png(svg_of(chart), scale=_SCALE)
    return picture


def inline_svg(chart: Chart, name: str) -> str:
    """A chart as an element of a page: it takes the width it is given, and tells what stands out in words.

    Args:
        chart: The chart.
        name: What no other picture of the page is called.
    """
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg_of(chart))
    svg = re.sub(r'url\("?#([^")]+)"?\)', rf"url(#{name}-\1)", svg)
    # The font is the page's own; to whoever does not see it, the picture is one thing.
    svg = re.sub(r' (?:font-family|role|aria-\w+)="[^"]*"', "", svg)
    head = re.match(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>', svg)
    assert head is not None  # vl-convert opens every picture so
    label = escape(chart.alternative, quote=True)
    return f'<svg role="img" aria-label="{label}" viewBox="0 0 {head[1]} {head[2]}">{svg[head.end() :]}'


@cache
def chinese_is_drawn() -> bool:
    """Whether this machine has a font with Chinese characters, so that a PNG shows what it says."""
    signs = [
        _converter().svg_to_png(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24">'
            f"<text y='20' font-size='20' font-family='{FONTS}'>{sign}</text></svg>"
        )
        for sign in "社区"
    ]
    # Without a font both are the same: nothing, or the same empty box.
    return bool(signs[0] != signs[1])


@cache
def _altair() -> Any:
    try:
        import altair as alt
    except ImportError as error:
        raise MissingExtra("图表", "html") from error
    return alt


@cache
def _converter() -> Any:
    try:
        import vl_convert
    except ImportError as error:
        raise MissingExtra("图表", "html") from error
    return vl_convert


@lru_cache(maxsize=64)
def _svg(specification: str) -> str:
    version = ".".join(_altair().SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    drawn: str = _converter().vegalite_to_svg(specification, vl_version=version, allowed_base_urls=[])
    return drawn


def _rows(chart: Chart) -> list[dict[str, Any]]:
    """A row for each figure that has data; for each without, one that says so."""
    shown = _short(chart.categories)
    rows = []
    for one in chart.series:
        for category, figure in zip(shown, one.figures, strict=True):
            value = chart.drawn(figure)
            rows.append(
                {
                    "category": category,
                    "series": one.name,
                    "value": float(value) if value is not None else None,
                    "label": _label(chart, figure),
                }
            )
    return rows


def _label(chart: Chart, figure: Figure | None) -> str:
    if figure is None:
        return "—"
    if chart.kind is ChartKind.CHANGES:
        return f"{figure.measurement.shown}，{figure.text.rpartition('，')[2]}"
    return figure.text


def _short(categories: tuple[str, ...]) -> tuple[str, ...]:
    """Months of one year without the year; other categories as they are."""
    years = {re.match(r"\d{4}年(?=\d+月$)", category) for category in categories}
    heads = {year[0] if year else "" for year in years}
    return (
        tuple(category.removeprefix(head) for category in categories for head in heads)
        if len(heads) == 1
        else categories
    )


def _styled(chart: "alt.Chart | alt.LayerChart", height: int) -> Any:
    axis = {"labelFontSize": 13, "labelColor": _INK, "title": None, "domainColor": _SOFT, "tickColor": _SOFT}
    legend = {"labelFontSize": 13, "labelColor": _INK, "title": None, "orient": "top", "symbolType": "square"}
    return (
        # The labels beside it are within the width, so that letters are of one size in all pictures of a report.
        chart.properties(
            width=_WIDTH, height=height, background="white", autosize={"type": "fit-x", "contains": "padding"}
        )
        .configure(aria=False, font=FONTS, padding=6)
        .configure_view(stroke=None)
        .configure_axis(**axis, labelLimit=220)
        .configure_text(fontSize=13, color=_INK)
        .configure_legend(**legend, labelLimit=300)
    )


def _base(chart: Chart) -> Any:
    alt = _altair()
    return alt.Chart(alt.InlineData(values=_rows(chart)))


def _colour(chart: Chart) -> Any:
    alt = _altair()
    names = [one.name for one in chart.series]
    scale = alt.Scale(domain=names, range=list(_COLOURS[: len(names)]))
    return alt.Color("series:N", scale=scale, legend=alt.Legend() if len(names) > 1 else None)


def _largest(chart: Chart) -> float:
    standard = [chart.standard.use.value] if chart.standard is not None else []
    values = [abs(value) for figure in chart.figures() if (value := chart.drawn(figure)) is not None]
    return float(max([*values, *standard], default=1)) or 1.0


def _pyramid(chart: Chart) -> Any:
    alt = _altair()
    left, right = (one.name for one in chart.series)
    order = list(reversed(_short(chart.categories)))
    reach = _largest(chart) * 1.2
    base = _base(chart).transform_calculate(signed=f"datum.series === {json.dumps(left)} ? -datum.value : datum.value")
    x = alt.X("signed:Q", scale=alt.Scale(domain=[-reach, reach]), axis=None)
    y = alt.Y("category:N", sort=order, axis=alt.Axis(ticks=False, domain=False, labelPadding=8))
    bars = base.mark_bar(height={"band": 0.82}).encode(x=x, y=y, color=_colour(chart))
    texts = [
        base.transform_filter(f"datum.series === {json.dumps(side)}")
        .mark_text(align=align, dx=shift)
        .encode(x=x, y=y, text="label:N")
        for side, align, shift in ((left, "right", -5), (right, "left", 5))
    ]
    return _styled(alt.layer(bars, *texts), 27 * len(order))


def _columns(chart: Chart) -> Any:
    alt = _altair()
    x = alt.X("category:N", sort=None, axis=alt.Axis(labelAngle=0, ticks=False))
    top = _largest(chart) * 1.08
    axis = alt.Axis(grid=True, gridColor="#e3e8ec", tickCount=5, domain=False, format=",~f")
    y = alt.Y("value:Q", axis=axis, scale=alt.Scale(domain=[0, top]))
    base = _base(chart)
    bars = base.mark_bar().encode(x=x, y=y, color=_colour(chart))
    if len(chart.series) > 1:
        bars = bars.encode(xOffset=alt.XOffset("series:N", sort=None))
    layers = [bars]
    if is_labelled(chart):
        layers.append(base.mark_text(dy=-8).encode(x=x, y=y, text="label:N"))
    return _styled(alt.layer(*layers), 220)


def _bars(chart: Chart) -> Any:
    alt = _altair()
    order = list(chart.categories)
    several = len(chart.series) > 1
    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, _largest(chart) * 1.15]))
    y = alt.Y("category:N", sort=order, axis=alt.Axis(ticks=False, labelPadding=8))
    base = _base(chart)
    bars = base.mark_bar(height={"band": 0.72} if not several else {"band": 0.9}).encode(x=x, y=y, color=_colour(chart))
    texts = base.mark_text(align="left", dx=5).encode(x=alt.X("from:Q"), y=y, text="label:N")
    texts = texts.transform_calculate(**{"from": "isValid(datum.value) ? datum.value : 0"})
    if several:
        bars = bars.encode(yOffset=alt.YOffset("series:N", sort=None))
        texts = texts.encode(yOffset=alt.YOffset("series:N", sort=None))
    layers = [bars, texts]
    if chart.standard is not None:
        line = alt.Chart(
            alt.InlineData(
                values=[{"at": float(chart.standard.use.value), "label": f"{chart.standard.text}{chart.unit}"}]
            )
        )
        layers += [
            line.mark_rule(color=_ALARM, strokeWidth=2, strokeDash=[5, 3]).encode(x="at:Q"),
            line.mark_text(color=_ALARM, fontWeight="bold", baseline="bottom", y=-4).encode(x="at:Q", text="label:N"),
        ]
    return _styled(alt.layer(*layers), 30 * len(order) * len(chart.series))


def _grid(chart: Chart) -> Any:
    alt = _altair()
    x = alt.X("category:N", sort=None, axis=alt.Axis(labelAngle=0, orient="top", ticks=False, domain=False))
    y = alt.Y("series:N", sort=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=8))
    base = _base(chart)
    scale = alt.Scale(domain=[1, max(2.0, _largest(chart))], range=["#e4edf4", "#1f4e79"], clamp=True)
    full = base.transform_filter("datum.value > 0")
    middle = max(2.0, _largest(chart)) * 0.55
    cells = full.mark_rect(stroke="white", strokeWidth=2).encode(
        x=x, y=y, color=alt.Color("value:Q", scale=scale, legend=None)
    )
    numbers = full.mark_text().encode(
        x=x,
        y=y,
        text="label:N",
        color=alt.condition(f"datum.value > {middle}", alt.value("white"), alt.value(_INK)),
    )
    none = base.transform_filter("!(datum.value > 0)")
    gaps = none.mark_rect(fill="white", stroke=_ALARM, strokeWidth=2).encode(x=x, y=y)
    zeros = none.mark_text(color=_ALARM, fontWeight="bold").encode(x=x, y=y, text="label:N")
    return _styled(alt.layer(cells, numbers, gaps, zeros), 34 * len(chart.series))


def _changes(chart: Chart) -> Any:
    alt = _altair()
    values = [float(value) for figure in chart.figures() if (value := chart.drawn(figure)) is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    room = (high - low or 1.0) * 0.55
    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[low, high + room]))
    y = alt.Y("category:N", sort=list(chart.categories), axis=alt.Axis(ticks=False, domain=False, labelPadding=8))
    base = _base(chart).transform_calculate(end="datum.value > 0 ? datum.value : 0")
    bars = base.mark_bar(height={"band": 0.6}).encode(
        x=x,
        y=y,
        color=alt.condition("datum.value >= 0", alt.value(_COLOURS[0]), alt.value(_COLOURS[1])),
    )
    texts = base.mark_text(align="left", dx=5).encode(x=alt.X("end:Q"), y=y, text="label:N")
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(color=_SOFT).encode(x="at:Q")
    return _styled(alt.layer(bars, zero, texts), 26 * len(chart.categories))


_FORMS: Mapping[ChartKind, Callable[[Chart], Any]] = {
    ChartKind.PYRAMID: _pyramid,
    ChartKind.COLUMNS: _columns,
    ChartKind.BARS: _bars,
    ChartKind.GRID: _grid,
    ChartKind.CHANGES: _changes,
}
