"""Office documents, which are zip archives, as bytes that follow from their content alone."""

import re
import zipfile
from io import BytesIO

__all__ = ["legible", "repacked"]

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_CREATED = re.compile(rb"<dcterms:created[^>]*>([^<]*)</dcterms:created>")


def legible(text: str) -> str:
    """A text with a replacement character for each that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


def repacked(archive: bytes) -> bytes:
    """The archive with one time for all its members, and modified when it was created."""
    whole = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            created = _CREATED.search(content) if member.filename == "docProps/core.xml" else None
            if created is not None:
                content = _MODIFIED.sub(rb"\g<1>" + created[1] + rb"\g<2>", content)
            new.writestr(zipfile.ZipInfo(member.filename, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()
