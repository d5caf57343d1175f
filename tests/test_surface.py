"""The public surface: every module says what of it is public, and all of that is there and explained."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import shequ
from shequ.deprecation import due

ROOT = Path(__file__).parents[1]
MODULES = sorted(found.name for found in pkgutil.walk_packages(shequ.__path__, "shequ."))


@pytest.mark.parametrize("name", ["shequ", *MODULES])
def test_every_module_says_what_is_public_in_order_and_explains_it(name: str) -> None:
    found = importlib.import_module(name)
    assert (found.__doc__ or "").strip(), "no docstring"
    names = found.__all__
    # As `ruff` sorts it: constants, then classes, then the rest.
    assert len(set(names)) == len(names)
    assert sorted(names, key=_kind) == names
    for public in names:
        thing = getattr(found, public)
        if public.startswith("_"):
            assert public == "__version__"
        if (name, public) == (getattr(thing, "__module__", ""), getattr(thing, "__name__", "")):
            assert (thing.__doc__ or "").strip(), f"{public} has no docstring"


def _kind(name: str) -> tuple[int, str]:
    """Where the linter puts a name."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1, name) if name[0].isupper() else (2, name)


def test_what_was_to_be_gone_by_this_version_is_gone() -> None:
    for name in MODULES:
        importlib.import_module(name)
    assert () == due("shequ", shequ.__version__)


def test_what_the_facade_shows_are_the_things_of_its_rooms() -> None:
    for name in shequ.__all__:
        assert getattr(shequ, name) is not None


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_types_are_as_the_typing_tests_say(checker: str) -> None:
    pytest.importorskip(checker, reason=f"{checker} comes with the development dependencies")
    folder = ROOT / "tests" / "typing"
    command = {
        "mypy": ["--strict", "--no-incremental", "--cache-dir=/dev/null", "--config-file=", str(folder)],
        "pyright": ["--project", str(folder)],
    }[checker]
    done = subprocess.run(
        [sys.executable, "-m", checker, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stdout[-3000:] + done.stderr[-1000:]
