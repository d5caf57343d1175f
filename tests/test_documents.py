"""What the documents say is so: their examples run, their tables are complete."""

import importlib
import re
import subprocess
import sys
import warnings
from io import BytesIO
from pathlib import Path
from types import ModuleType

import attrs
import pytest

import shequ
from documents_kit import ROOT, blocks
from shequ.cli.commands import run
from shequ.errors import InvalidRecord, Vetoed
from shequ.model import Coverage
from shequ.plugins import PluginHost
from shequ.plugins.checking import HOOKS, signature_of
from shequ.reports import built_in_templates, templated
from shequ.rules import read_rule_set
from shequ.store import ANY

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `shequ demo` has been run, at a small size."""
    folder = tmp_path_factory.mktemp("readme")
    assert 0 == run(["demo", "--out", str(folder / "shequ-demo"), "--households", "300"])
    return folder


def test_the_readme_shows_the_two_commands() -> None:
    assert "    pip install -e '.[all]' && shequ demo\n" in README
    assert "    pip install -e '.[all,testing]' && pytest\n" in README


@pytest.mark.slow
def test_the_readmes_python_runs(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workplace)
    capsys.readouterr()
    exec(compile(blocks(README, "python")[0], "README.md", "exec"), {})  # noqa: S102 - the README's own example
    printed = capsys.readouterr().out
    assert "据记录" in printed
    assert "0 problems" in printed or "unchanged" in printed
    assert "<html" in (workplace / "work-2025.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_readmes_commands_run(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)
    (commands,) = blocks(README, "console")
    for line in commands.splitlines():
        assert line.startswith("$ shequ ")
        assert run(line.removeprefix("$ shequ ").split()) == (1 if " check " in line else 0), line


def test_the_readmes_plugin_works_in_twenty_odd_lines(workplace: Path) -> None:
    source = blocks(README, "python")[1]
    plugin = ModuleType("street_plugin")
    exec(compile(source, "street_plugin.py", "exec"), vars(plugin))  # noqa: S102 - the README's own example
    host = PluginHost({"street": plugin}, discover=False)
    with shequ.open(f"sqlite:///{workplace / 'shequ-demo' / 'demo.db'}", host=host) as register:
        assert register.measure("outlets.repair", at="2025-12-31").value is not None
        assert "repair" in [rule_set.name for rule_set in register.rule_sets()]
    assert len([line for line in source.splitlines() if line.strip()]) <= 27


def test_the_rule_example_is_a_rule_set() -> None:
    example, steps = blocks((ROOT / "docs/how-to/district-rules.md").read_text(encoding="utf-8"), "toml")
    rule_set = read_rule_set("example", example)
    assert ["projects.approval", "contracts.vote"] == [rule.name for rule in read_rule_set("steps", steps).steps]
    assert ("yunxi", ["outlets.market"]) == (rule_set.name, [rule.name for rule in rule_set.rules])


def test_the_example_of_a_new_list_of_divisions_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/how-to/boundaries.md").read_text(encoding="utf-8")
    (example,), (printed,) = blocks(page, "python"), blocks(page, "text")
    exec(compile(example, "boundaries.md", "exec"), {})  # noqa: S102 - the page's own example
    assert printed == capsys.readouterr().out


def test_the_page_on_cards_prints_letters_and_a_plate_of_ones_own(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workplace)
    letters, plates = blocks((ROOT / "docs/how-to/cards.md").read_text(encoding="utf-8"), "python")
    capsys.readouterr()
    exec(compile(letters, "cards.md", "exec"), {})  # noqa: S102 - the page's own example
    assert " letters;" in capsys.readouterr().out
    assert {"contact.html", "contact.docx"} == {path.name for path in (workplace / "cards").iterdir()}
    names: dict[str, object] = {}
    exec(compile(plates, "cards.md", "exec"), names)  # noqa: S102 - likewise
    host = PluginHost({"plates": names["Plates"]()}, discover=False)  # type: ignore[operator] # the example's class
    with shequ.open(f"sqlite:///{workplace / 'shequ-demo' / 'demo.db'}", host=host) as register:
        assert "楼幢牌" in str(register.cards("楼幢牌", period="2025").render("html"))


def test_the_page_on_reports_has_a_rule_set_and_a_template_that_can_be_used() -> None:
    rules, template = blocks((ROOT / "docs/how-to/reports.md").read_text(encoding="utf-8"), "toml")
    assert "publication" == read_rule_set("publication", rules).name
    templated("own.toml", template, built_in_templates())


HOOK_PAGE = (ROOT / "docs/reference/hooks.md").read_text(encoding="utf-8")
HOOK_EXAMPLES = dict(re.findall(r"^### `(shequ_\w+)`\n(.*?)(?=^### |\Z)", HOOK_PAGE, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("hook", HOOKS)
class TestEveryHookIsDocumented:
    def test_with_its_exact_signature(self, hook: str) -> None:
        assert f"| `{signature_of(hook)}` |" in HOOK_PAGE

    def test_with_an_example_and_a_test_that_is_there(self, hook: str) -> None:
        assert f"def {hook}(" in "".join(blocks(HOOK_EXAMPLES[hook], "python"))
        place, *names = re.findall(r"Tested by\s`([\w/.]+)::([\w:]+)`", HOOK_EXAMPLES[hook])[0]
        source = (ROOT / place).read_text(encoding="utf-8")
        assert all(re.search(rf"^\s*(def|class) {name}\b", source, re.MULTILINE) for name in names)


def test_the_page_tells_of_no_other_hooks() -> None:
    assert set(HOOKS) == set(HOOK_EXAMPLES) == set(re.findall(r"^\| `(shequ_\w+)\(", HOOK_PAGE, re.MULTILINE))


def test_the_hook_pages_examples_are_a_plugin() -> None:
    """The examples, one after the other, are a module that works."""
    plugin = ModuleType("charging")
    for example in blocks(HOOK_PAGE, "python"):
        exec(compile(example, "hooks.md", "exec"), vars(plugin))  # noqa: S102 - the page's own example
    host = PluginHost({"charging": plugin}, discover=False, settings={"charging": {"colour": "green"}})
    (loaded,) = [found for found in host.plugins if not found.built_in]
    assert ("active", "", set(HOOKS)) == (loaded.state, loaded.error, set(loaded.hooks))
    assert {"colour": "green"} == plugin.SETTINGS
    pile = plugin.ChargingPile(id="p1", community="d1", name="东门", sockets=10)
    covered = Coverage(id="c", type="charging_pile", division="d1")
    with shequ.open("scratch:", "d1", host=host) as register:
        register.put(covered, pile, reason="台账")
        assert 10 == register.measure("charging.sockets", at="2026-01-05").value
        assert "再装 30 个" in [one.remedy for one in register.check(at="2026-01-05") if one.rule == "charging.least"]
        written = BytesIO()
        register.report("charging", period="2025").write("txt", written)
        assert "一、总体情况\n".encode() == written.getvalue()
        with pytest.raises(InvalidRecord, match="没有插座"):
            register.put(attrs.evolve(pile, sockets=0), reason="更正")
        session = register.store.session("d1", actor="x", reason="y", at=register.now)
        with pytest.raises(Vetoed, match="充电桩东门应办理停用"), session as writing:
            writing.delete("charging_pile", "p1", ANY)
        assert "停用" == register.apply("p1", "stop").state.label


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
@pytest.mark.slow
def test_every_example_runs(script: Path, workplace: Path) -> None:
    if script.name == "web_page.py":
        pytest.importorskip("fastapi", reason="extra examples")
        pytest.importorskip("httpx2", reason="extra examples")
    done = subprocess.run(
        [sys.executable, "-W", "error", script], cwd=workplace, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.strip()


@pytest.mark.slow
def test_the_notebook_runs_from_its_first_cell_to_its_last(workplace: Path) -> None:
    nbclient = pytest.importorskip("nbclient", reason="extra examples")
    nbformat = pytest.importorskip("nbformat", reason="extra examples")
    notebook = nbformat.read(ROOT / "examples" / "figures.ipynb", as_version=4)
    assert [] == [cell.id for cell in notebook.cells if cell.get("outputs")], "a notebook is kept without its outputs"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the kernel's own, on sockets and event loops
        nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(workplace)}}).execute()
    plots = [out for cell in notebook.cells for out in cell.get("outputs", ()) if "text/html" in out.get("data", {})]
    assert 2 == len(plots)


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda path: path.name,
)
def test_links_within_the_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def generated() -> ModuleType:
    module = ModuleType("make_reference")
    module.__file__ = str(ROOT / "docs/make_reference.py")
    exec(compile(Path(module.__file__).read_text(encoding="utf-8"), module.__file__, "exec"), vars(module))  # noqa: S102 - our own script
    return module


@pytest.mark.parametrize("page", ["glossary.md", "lifecycles.md", "metrics.md", "model.md", "rules.md"])
def test_a_generated_page_is_as_the_declarations_say(page: str) -> None:
    kept = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
    assert generated().PAGES[page]() == kept, "run: python docs/make_reference.py"


def test_importing_shequ_loads_nothing_optional() -> None:
    code = "import shequ, sys; print(sorted({'attrs','cattrs','sqlalchemy','openpyxl','jinja2','altair','vl_convert','docx','click','rich','hypothesis','pytest','chinese_calendar'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


def test_every_public_name_is_there_and_sorted() -> None:
    assert sorted(shequ.__all__) == shequ.__all__
    for name in shequ.__all__:
        assert getattr(shequ, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        shequ.nothing  # noqa: B018 - the access is the test


class TestWhereTheDomainIs:
    """docs/reference/domain.md points from every part of the domain to code and to a test."""

    TEXT = (ROOT / "docs" / "reference" / "domain.md").read_text(encoding="utf-8")

    def test_every_record_type_is_pointed_to(self) -> None:
        named = set(re.findall(r"`shequ\.model\.(\w+)`", self.TEXT))
        assert set() == {cls.__name__ for cls in shequ.model.RECORD_TYPES} - named

    def test_every_row_points_to_code_that_is_there_and_to_a_test_that_is_there(self) -> None:
        rows = [line.split("|")[2:4] for line in self.TEXT.splitlines() if line.startswith("| ") and "`" in line]
        assert len(rows) > 35
        for code, tested in rows:
            for name in re.findall(r"`([\w.]+)`", code):
                assert _thing(name) is not None, name
            (place,) = re.findall(r"`([\w/.]+)::(\w+)`", tested)
            assert f"def {place[1]}(" in (ROOT / place[0]).read_text(encoding="utf-8"), place


def _thing(name: str) -> object:
    """A module, or what stands in one."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, last = name.rpartition(".")
        return getattr(importlib.import_module(module), last)
