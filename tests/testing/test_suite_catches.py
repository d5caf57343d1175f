"""The suite finds what is wrong with a store, by the test that names the clause, and nothing wrong with a right one."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import attrs
import broken_stores
import pytest
from plain_stores import FileStore, PlainStore

from shequ.testing import StoreConformance

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent

CAUGHT_BY = {
    "LosesTheLastWrite": ("1.6", "test_a_large_commit_is_one_commit"),
    "CommitsOneByOne": ("1.3", "test_one_conflict_at_any_place_undoes_all"),
    "CommitsOnAnException": ("1.2", "test_an_exception_rolls_back_and_goes_on"),
    "EntersWhatWasRolledBack": ("4.2", "test_nothing_that_was_rolled_back_is_in_it"),
    "EntersWhatDidNotChange": ("1.5", "test_what_comes_to_nothing_leaves_no_trace"),
    "ReusesVersions": ("2.4", "test_a_record_made_again_does_not_get_an_old_version"),
    "IgnoresWhatWasExpected": ("2.2", "test_a_stale_write_conflicts_and_changes_nothing"),
    "ChecksBeforeTheCommit": ("2.5", "test_of_two_sessions_on_one_record_the_second_to_commit_fails"),
    "CommitsWithoutALock": ("2.8", "test_threads_that_add_to_one_record_lose_no_addition"),
    "NumbersWithGaps": ("4.3", "test_nothing_that_was_rolled_back_is_in_it"),
    "TellsTheFeedFromTheStart": ("4.4", "test_the_feed_can_be_taken_up_anywhere"),
    "FoldsTheCaseOfIds": ("7.3", "test_ids_that_differ_in_case_are_different_records"),
    "TrimsTrailingBlanks": ("7.2", "test_texts_that_look_alike_are_counted_apart"),
    "ComposesCharacters": ("7.1", "test_texts_that_look_alike_stay_different"),
    "CutsLongText": ("7.6", "test_long_text_is_kept_whole"),
    "ForgetsBeyondTheFirstPlane": ("7.1", "test_texts_that_look_alike_stay_different"),
    "TakesEmptyForNone": ("7.5", "test_the_empty_text_is_not_none"),
    "CountsInFloats": ("7.7", "test_whole_numbers_are_exact"),
    "SnapshotsMove": ("3.1", "test_a_reader_sees_one_state_throughout"),
    "SortsAsALanguageDoes": ("3.3", "test_records_come_in_order_of_id"),
    "DistrictsSeeEachOther": ("6.1", "test_each_has_contents_versions_feed_and_chain_of_its_own"),
    "SharesOneFeed": ("6.1", "test_each_has_contents_versions_feed_and_chain_of_its_own"),
    "KnowsThePresentOnly": ("11.1", "test_each_moment_shows_what_was_known_then"),
    "KnowsByTheClockOfEachCommit": ("11.2", "test_only_states_that_existed_are_shown"),
    "KeepsItsOwnTime": ("9.1", "test_time_is_what_the_session_says"),
    "KeepsSeconds": ("9.1", "test_time_is_what_the_session_says"),
    "BreaksTheChainWhenErasing": ("10.3", "test_the_chain_still_holds"),
    "LeavesHistoryWhenErasing": ("10.1", "test_the_values_are_gone_from_store_and_history"),
    "NeverFindsTampering": ("5.2", "test_a_tampered_chain_is_found"),
    "ClaimsToAggregate": ("8.6", "test_a_store_that_declares_aggregate_counts_its_records_itself"),
    "AddsUpDistinctKeys": ("8.6", "test_what_the_store_finds_is_what_the_reference_evaluator_finds"),
    "ClaimsToFilter": ("8.5", "test_conditions_give_what_the_reference_evaluator_gives"),
    "FiltersNothingInSilence": ("8.1", "test_conditions_give_what_the_reference_evaluator_gives"),
    "ClaimsToKnowThePast": ("8.1", "test_a_power_is_declared_or_refused"),
    "ClaimsToLast": ("8.2", "test_what_was_committed_is_there_when_it_is_opened_again"),
    "SaysSoBeforeItIsWritten": ("8.2", "test_a_writer_killed_at_any_moment_leaves_whole_commits"),
    "ClaimsSeveralProcesses": ("8.3", "test_two_handles_on_one_path"),
    "LocksFromBeginToCommit": ("2.6", "test_sessions_on_different_records_both_commit"),
    "StaysOpen": ("12.6", "test_a_closed_store_cannot_be_used"),
    "SnapshotsNeverEnd": ("3.4", "test_a_snapshot_ends_with_its_block"),
}
"""Broken store → the clause it breaks, and the test that must find it."""


@attrs.frozen
class Result:
    """How a test ended: ``passed``, ``failed``, ``error`` or ``skipped``, and what was said."""

    outcome: str
    said: str


def run(folder: Path, *tests: str) -> dict[tuple[str, str], list[Result]]:
    """Run tests of the stranger's file in a pytest of its own; results by class and test, without parameters."""
    report = folder / "report.xml"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--noconftest",
            f"--junitxml={report}",
            *tests,
        ],
        cwd=HERE,
        capture_output=True,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "SHEQU_TESTING_PROFILE"},
    )
    found: dict[tuple[str, str], list[Result]] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - the same
        child = next((part for part in case if part.tag in ("failure", "error", "skipped")), None)
        outcome = "passed" if child is None else {"failure": "failed"}.get(child.tag, child.tag)
        said = "" if child is None else f"{child.get('message')}\n{child.text}"
        key = case.get("classname", "").rpartition(".")[2], case.get("name", "").partition("[")[0]
        found.setdefault(key, []).append(Result(outcome, said))
    return found


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[Result]]:
    """Of each broken store the one test that must find it."""
    tests = [f"broken_suite.py::Test{name}::{test}" for name, (_, test) in CAUGHT_BY.items()]
    return run(tmp_path_factory.mktemp("broken"), *tests)


def test_there_is_an_expectation_for_every_broken_store() -> None:
    broken = {
        name
        for name, store in vars(broken_stores).items()
        if isinstance(store, type)
        and issubclass(store, PlainStore)
        and store not in (PlainStore, FileStore)
        and not name.startswith("_")
    }
    assert broken == set(CAUGHT_BY)
    assert len(broken) >= 14


@pytest.mark.parametrize("name", CAUGHT_BY)
def test_a_broken_store_is_caught_by_the_test_that_names_the_clause(
    name: str, results: dict[tuple[str, str], list[Result]]
) -> None:
    clause, test = CAUGHT_BY[name]
    assert re.search(rf"\b{re.escape(clause)}\b", getattr(StoreConformance, test).__doc__)
    failed = [result for result in results[f"Test{name}", test] if result.outcome == "failed"]
    assert failed, f"{test} does not find what {name} does"
    assert any(clause in result.said for result in failed)


@pytest.mark.slow
def test_a_store_that_keeps_the_contract_with_few_powers_passes_in_a_strangers_file(tmp_path: Path) -> None:
    found = run(tmp_path, "broken_suite.py::TestFileStore")
    assert len(found) > 100
    wrong = {key: result.said[:500] for key, each in found.items() for result in each if result.outcome != "passed"}
    assert {} == wrong


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_processes_find_a_strangers_class_in_every_import_mode(mode: str, tmp_path: Path) -> None:
    """Here the class reads an address that a fixture left in the instance, and stands in a package of tests."""
    package = tmp_path / "their_tests"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "opening.py").write_text("from shequ.store.memory import MemoryStore\n", encoding="utf-8")
    (package / "test_theirs.py").write_text(
        "import pytest\n"
        "from shequ.testing import StoreConformance\n"
        + (
            "from .opening import MemoryStore\n"
            if mode != "importlib"
            else "from shequ.store.memory import MemoryStore\n"
        )
        + "class TestTheirs(StoreConformance):\n"
        "    @pytest.fixture(autouse=True)\n"
        "    def _server(self):\n"
        "        self.server, self.connection = 'here', lambda: None\n"
        "    def make_store(self, path):\n"
        "        assert self.server == 'here'\n"
        "        return MemoryStore(self.schema)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--import-mode={mode}",
            "-k",
            "processes or killed",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout[-3000:]
    assert re.search(r"\b5 passed", done.stdout)
