"""Makes and installs distributions as strangers publish them: real wheels, found through their metadata."""

import base64
import hashlib
import importlib
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

__all__ = ["Install", "installing", "wheel"]

Install = Callable[..., None]


def wheel(folder: Path, name: str, version: str, files: dict[str, str], points: dict[str, str]) -> Path:
    """Build the wheel of a distribution whose modules are given as text.

    Args:
        folder: Where it is written.
        name: Name of the distribution.
        version: Its version.
        files: Path in the wheel → text.
        points: Entry points of ``shequ.plugins.v1``: name → ``module`` or ``module:object``.
    """
    base = f"{name.replace('-', '_')}-{version}"
    listed = "".join(f"{point} = {target}\n" for point, target in points.items())
    members = {
        **files,
        f"{base}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{base}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{base}.dist-info/entry_points.txt": f"[shequ.plugins.v1]\n{listed}",
    }
    record = f"{base}.dist-info/RECORD"
    hashes = {
        path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        for path, text in members.items()
    }
    lines = [f"{path},sha256={hashes[path]},{len(text.encode())}" for path, text in members.items()]
    target = folder / f"{base}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in members.items():
            archive.writestr(path, text)
        archive.writestr(record, "\n".join([*lines, f"{record},,", ""]))
    return target


def installing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs distributions for the length of a test; a pure wheel is installed by unpacking it."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    before = set(sys.modules)

    def install(name: str, source: str, *, version: str = "1.0", point: str = "", target: str = "") -> None:
        module = name.replace("-", "_")
        files = {f"{module}.py": dedent(source)}
        built = wheel(tmp_path, name, version, files, {point or name: target or module})
        with zipfile.ZipFile(built) as archive:
            archive.extractall(site)
        importlib.invalidate_caches()

    yield install
    for loaded in set(sys.modules) - before:
        if str(getattr(sys.modules[loaded], "__file__", "")).startswith(str(site)):
            del sys.modules[loaded]
