"""A report that was built, written in any format that a plugin writes."""

import os
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO

import attrs

from shequ.errors import BackendError, UnknownFormat
from shequ.reports.context import Renderer
from shequ.reports.document import Document
from shequ.system_faults import cause

__all__ = ["Report", "write_whole"]


@attrs.frozen
class Report:
    """A report that was built, to be written in any format.

    Args:
        document: The document.
        renderers: Suffix → renderer.
    """

    document: Document
    _renderers: Mapping[str, Renderer] = attrs.field(repr=False)

    @property
    def formats(self) -> tuple[str, ...]:
        """Suffixes of the formats that there are."""
        return tuple(sorted(self._renderers))

    def write(self, suffix: str, stream: BinaryIO) -> None:
        """Write the report in a format to a stream.

        Raises:
            UnknownFormat: If no plugin writes it.
        """
        self._renderer(suffix)(self.document, stream)

    def _renderer(self, suffix: str) -> Renderer:
        name = suffix.removeprefix(".").lower()
        if name not in self._renderers:
            raise UnknownFormat(name, self.formats)
        return self._renderers[name]

    def save(self, path: "str | os.PathLike[str]") -> Path:
        """Write the report in the format of the path's suffix; a failure leaves no half-written file.

        Raises:
            UnknownFormat: If no plugin writes that format.
            BackendError: If the file cannot be written.
        """
        (target,) = self.save_all(path)
        return target

    def save_all(self, *paths: "str | os.PathLike[str]") -> tuple[Path, ...]:
        """Write the one document in the format of each path's suffix; every format is known before the first is written.

        Raises:
            UnknownFormat: If no plugin writes one of the formats.
            BackendError: If a file cannot be written.
        """
        targets = [(target, self._renderer(target.suffix)) for target in map(Path, paths)]
        for target, renderer in targets:
            write_whole(target, partial(renderer, self.document))
        return tuple(target for target, _ in targets)


def write_whole(target: Path, content: bytes | Callable[[BinaryIO], None]) -> None:
    """Write a file so that it is there whole or not at all.

    Args:
        target: The file.
        content: What it holds, or what writes that to a stream.

    Raises:
        BackendError: If it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                if isinstance(content, bytes):
                    stream.write(content)
                else:
                    content(stream)
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BackendError(f"无法写入 {target}：{cause(error)}", remedy="检查文件夹是否存在、是否可写") from error
