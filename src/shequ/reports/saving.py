"""A report that was built, written in any format that a plugin writes."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import attrs

from shequ.errors import BackendError, UnknownFormat
from shequ.plugins import LoadedPlugin
from shequ.reports.context import Renderer
from shequ.reports.document import Document

__all__ = ["Report", "write_whole"]


@attrs.frozen
class Report:
    """A report that was built, to be written in any format.

    Args:
        document: The document.
        renderers: Suffix → plugin and its renderer.
    """

    document: Document
    _renderers: Mapping[str, tuple[LoadedPlugin, Renderer]] = attrs.field(repr=False)

    def render(self, suffix: str) -> str | bytes:
        """The report in a format.

        Raises:
            UnknownFormat: If no plugin writes it.
            PluginFailure: If a stranger's renderer fails.
        """
        name = suffix.removeprefix(".").lower()
        if name not in self._renderers:
            raise UnknownFormat(name, tuple(sorted(self._renderers)))
        plugin, renderer = self._renderers[name]
        with plugin.working(f"renderer {name}"):
            rendered: str | bytes = renderer(self.document)
        return rendered

    def save(self, path: "str | os.PathLike[str]") -> Path:
        """Write the report in the format of the path's suffix; a failure leaves no half-written file.

        Raises:
            UnknownFormat: If no plugin writes that format.
            BackendError: If the file cannot be written.
        """
        target = Path(path)
        content = self.render(target.suffix)
        data = content.encode() if isinstance(content, str) else content
        write_whole(target, data)
        return target


def write_whole(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        BackendError: If it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BackendError(f"无法写入 {target}：{error.strerror}", remedy="检查文件夹是否存在、是否可写") from error
