"""The two-dimensional code of a card: it carries the card's number and nothing else."""

from io import BytesIO
from typing import TYPE_CHECKING

from shequ.errors import MissingExtra

if TYPE_CHECKING:
    import segno

__all__ = ["png_code", "svg_code"]


def _code(number: str, extra: str) -> "segno.QRCode":
    try:
        import segno
    except ImportError as error:
        raise MissingExtra("卡片上的二维码", extra) from error
    return segno.make_qr(number, error="m")


def svg_code(number: str) -> str:
    """The code as an SVG element that fills what it stands in.

    Raises:
        MissingExtra: If segno is not installed.
    """
    return _code(number, "html").svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)


def png_code(number: str) -> bytes:
    """The code as a PNG picture.

    Raises:
        MissingExtra: If segno is not installed.
    """
    written = BytesIO()
    _code(number, "docx").save(written, kind="png", scale=4, border=2)
    return written.getvalue()
