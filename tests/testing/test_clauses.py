"""The documented clauses, the module's text and the suite's tests speak of the same things."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from shequ.store import contract
from shequ.testing import StoreConformance
from shequ.testing.stores.base import StoreSuite

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "storage-contract.md").read_text(encoding="utf-8")
DOCUMENTED = re.findall(r"^- \*\*(\d+\.\d+)\*\*", PAGE, re.MULTILINE)
TESTS = {name: getattr(StoreConformance, name) for name in dir(StoreConformance) if name.startswith("test_")}


def cited(test: object) -> list[str]:
    """The clauses that a test's docstring begins with."""
    found = re.match(r"Clauses? ((?:\d+\.\d+(?:, )?)+)", test.__doc__ or "")
    return found[1].removesuffix(", ").split(", ") if found else []


def test_the_page_has_the_clauses_of_the_module_in_order() -> None:
    numbers = re.findall(r"^(\d+)\. \*\*", contract.__doc__ or "", re.MULTILINE)
    assert numbers == re.findall(r"^### (\d+) ", PAGE, re.MULTILINE)
    assert numbers == list(dict.fromkeys(clause.partition(".")[0] for clause in DOCUMENTED))
    assert DOCUMENTED == sorted(set(DOCUMENTED), key=lambda clause: [int(part) for part in clause.split(".")])


def test_every_test_cites_clauses_that_exist() -> None:
    assert len(TESTS) > 100
    assert {} == {name: cited(test) for name, test in TESTS.items() if not cited(test)}
    unknown = {name: set(cited(test)) - set(DOCUMENTED) for name, test in TESTS.items()}
    assert {} == {name: clauses for name, clauses in unknown.items() if clauses}


def test_every_clause_is_cited_by_a_test() -> None:
    assert set(DOCUMENTED) == {clause for test in TESTS.values() for clause in cited(test)}


def test_what_is_said_when_a_test_fails_cites_clauses_that_exist() -> None:
    folder = Path(sys.modules[StoreSuite.__module__].__file__ or "").parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    said = set(re.findall(r'f?"(\d+\.\d+): ', source))
    assert set() == said - set(DOCUMENTED)
    assert len(said) > 50


def test_no_two_parts_of_the_suite_have_a_method_of_one_name() -> None:
    """One would hide the other, and its tests would be gone in silence."""
    parts = [cls for cls in StoreConformance.__mro__[1:] if issubclass(cls, StoreSuite)]
    names = Counter(name for cls in parts for name in vars(cls) if not name.startswith("__"))
    assert [] == [name for name, count in names.items() if count > 1]


def test_without_hypothesis_or_pytest_the_extra_is_named() -> None:
    # Suites need both; a strategy needs hypothesis only, and the fixtures pytest only.
    for missing in ("hypothesis", "pytest"):
        code = (
            f"import sys; sys.modules[{missing!r}] = None\n"
            "from shequ.errors import MissingExtra\n"
            "import shequ.testing\n"
            "try: shequ.testing.StoreConformance\n"
            "except MissingExtra as error: print(error.extra)\n"
        )
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert "testing\n" == said
