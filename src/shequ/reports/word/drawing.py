"""Charts in a Word document: a PNG picture, and beside it the SVG that newer programs draw with the reader's fonts."""

from io import BytesIO

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Length

from shequ.reports.document import Chart
from shequ.reports.packing import legible
from shequ.reports.pictures import png_of, svg_of
from shequ.reports.word.layout import TEXT_WIDTH, Paper

__all__ = ["add_picture"]

_VECTOR = (
    '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
    '<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:embed="{}"/>'
    "</a:ext></a:extLst>"
)
_SHARE = 0.95
"""How much of the width of the text a picture takes."""


def add_picture(paper: Paper, chart: Chart) -> None:
    """Add a chart's picture with its alternative in words."""
    width = Length(round(TEXT_WIDTH * _SHARE))
    run = paper.docx.add_paragraph(style="Picture").add_run()
    shape = run.add_picture(BytesIO(png_of(chart)), width=width)
    described = shape._inline.docPr
    described.set("descr", legible(chart.alternative))
    described.set("title", legible(chart.title))
    name = PackURI(f"/word/media/chart{described.get('id')}.svg")
    vector = Part(name, "image/svg+xml", svg_of(chart).encode(), paper.part.package)
    relation = paper.part.relate_to(vector, RELATIONSHIP_TYPE.IMAGE)
    (blip,) = shape._inline.xpath(".//a:blip")
    blip.append(parse_xml(_VECTOR.format(relation)))
