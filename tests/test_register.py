"""What an application holds: one place for data in, figures, findings, reports and steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import pytest

import shequ
from shequ.effective import SHANGHAI
from shequ.errors import (
    BackendError,
    BadData,
    Conflict,
    DistrictRequired,
    IllegalStep,
    Misuse,
    NothingToReport,
    UnknownFormat,
    UnknownScheme,
)
from shequ.model import RegistrationCard, RegistrationState, RuleSource, Step, SubDistrict
from shequ.query import Select
from shequ.register import LoadResult
from shequ.store import Session

STREET = "街道.csv", "区划代码,名称\n999900001000,云溪街道\n"
COMMUNITY = "社区.csv", "区划代码,名称,街道,状态\n999900001001,望溪社区,云溪街道,运行\n"
COVERAGE = "记录覆盖.csv", "记录类型,区划\n*,999900001000\n"


@pytest.fixture
def returns(tmp_path: Path) -> Path:
    """A folder with a sub-district, a community, and the declaration that this is all there is."""
    folder = tmp_path / "returns"
    folder.mkdir()
    for name, content in (STREET, COMMUNITY, COVERAGE):
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/street.db"])
def test_a_load_brings_the_district_and_loading_again_changes_nothing(url: str, returns: Path, tmp_path: Path) -> None:
    with shequ.open(url.format(tmp_path)) as register:
        first = register.load(returns)
        assert (3, (), "999900001000") == (first.stored, first.errors, first.district)
        assert ["covered-but-empty"] == [hint.code for hint in first]
        again = register.load(returns)
        assert (0, 3) == (again.stored, again.unchanged)
        assert 1 == register.measure("population.communities_operating", at="2025-12-31").value


def test_what_others_commit_is_seen_once_the_register_is_refreshed(returns: Path, tmp_path: Path) -> None:
    url, street = f"sqlite:///{tmp_path}/street.db", "999900001000"
    with shequ.open(url, street) as held, shequ.open(url, street) as other:
        held.load(returns)
        assert 1 == held.measure("population.communities", at="2025-12-31").value
        (returns / COMMUNITY[0]).write_text(f"{COMMUNITY[1]}999900001002,听溪社区,云溪街道,运行\n", encoding="utf-8")
        other.load(returns)
        assert 1 == held.measure("population.communities", at="2025-12-31").value  # still one state
        held.refresh()
        assert 2 == held.measure("population.communities", at="2025-12-31").value


def test_of_two_loads_at_once_each_row_is_new_for_one_only(
    returns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, street = f"sqlite:///{tmp_path}/street.db", "999900001000"
    with shequ.open(url, street) as slow, shequ.open(url, street) as quick:
        sooner: list[LoadResult] = []
        session = slow.store.session

        @contextmanager
        def overtaken(*args: Any, **values: Any) -> Iterator[Session]:
            with session(*args, **values) as found:
                yield found
                if not sooner:
                    sooner.append(quick.load(returns))

        monkeypatch.setattr(slow.store, "session", overtaken)
        later = slow.load(returns)
        assert [(3, 0), (0, 3)] == [(found.new, found.unchanged) for found in (*sooner, later)]
        assert 3 == len(list(slow.store.changes(street)))


def test_a_changed_row_is_a_new_version_and_an_absent_row_is_kept(returns: Path) -> None:
    with shequ.open("memory:") as register:
        register.load(returns)
        (returns / "街道.csv").unlink()
        (returns / "社区.csv").write_text(COMMUNITY[1].replace("运行", "体制未转换"), encoding="utf-8")
        again = register.load(returns)
        assert (0, 1, 1) == (again.new, again.changed, again.unchanged)
        history = list(register.store.history("999900001000", "community", "999900001001"))
        assert ["operating", "not_converted"] == [change.after["status"] for change in history if change.after]
        assert register.get("sub_district", "999900001000") is not None


def test_records_that_no_coverage_declares_complete_come_with_a_hint(returns: Path) -> None:
    (returns / "记录覆盖.csv").unlink()
    with shequ.open("memory:") as register:
        (hint,) = register.load(returns)
        assert ("no-coverage", "advice") == (hint.code, str(hint.severity))
        assert "shequ template 记录覆盖" in hint.remedy


def test_a_metric_is_known_by_its_chinese_name(returns: Path) -> None:
    (returns / "上报数.csv").write_text("指标,区划,时期,数值\n信访受理,云溪街道,2025,3\n", encoding="utf-8")
    with shequ.open("memory:") as register:
        assert () == register.load(returns).errors
        assert 3 == register.measure("petitions.received", period="2025").filed
        assert 3 == register.measure("信访受理", period="2025年").filed


FIGURES = "指标,区划,日期,时期,数值,单位\n"


@pytest.mark.parametrize(
    ("row", "code", "value"),
    [
        ("population.registered,云溪街道,2025-12-31,,3.1,万人", "population.registered", 31000),
        ("premises.office_area,云溪街道,2025-12-31,,940,m2", "premises.office_area", 940),
        ("elections.direct_share,云溪街道,,2025,50,%", "elections.direct_share", Fraction(1, 2)),
    ],
)
def test_a_filed_figure_comes_into_its_metrics_unit(returns: Path, row: str, code: str, value: int) -> None:
    (returns / "上报数.csv").write_text(FIGURES + row + "\n", encoding="utf-8")
    with shequ.open("memory:") as register:
        assert () == register.load(returns).errors
        assert value == register.measure(code, period="2025").filed


@pytest.mark.parametrize(
    "row", ["staff.full_time,云溪街道,2025-12-31,,3,公里", "staff.full_time,云溪街道,2025-12-31,,120①,人"]
)
def test_another_unit_or_a_footnote_mark_is_an_error(returns: Path, row: str) -> None:
    (returns / "上报数.csv").write_text(FIGURES + row + "\n", encoding="utf-8")
    with shequ.open("memory:") as register:
        (problem,) = register.load(returns).errors
        assert ("上报数.csv", 2) == (problem.file, problem.row)


def test_one_person_under_two_ids_is_an_error(returns: Path) -> None:
    (returns / "居民.csv").write_text(
        "编号,姓名,身份证号\nr1,张三,999900196006300017\nr2,张三,999900196006300017\n", encoding="utf-8"
    )
    with shequ.open("memory:") as register:
        (problem,) = register.load(returns).errors
        assert ("key-twice", 3) == (problem.code, problem.row)
        assert "999900196006300017" not in str(problem)


def test_returns_of_another_sub_district_need_its_name(returns: Path) -> None:
    with shequ.open("memory:") as register:
        register.load(returns)
        (returns / "街道.csv").write_text("区划代码,名称\n999900002000,别的街道\n", encoding="utf-8")
        with pytest.raises(DistrictRequired, match="999900001000"):
            register.load(returns / "街道.csv")


def test_one_bad_row_keeps_everything_out(returns: Path) -> None:
    (returns / "居民.csv").write_text("姓名,身份证号\n王芳,999900196006300018\n", encoding="utf-8")
    with shequ.open("memory:") as register:
        result = register.load(returns)
        assert (0, 1) == (result.stored, len(result.errors))
        assert () == register.store.districts()


def test_a_district_is_asked_for_when_it_is_not_clear(register: shequ.Register) -> None:
    with pytest.raises(DistrictRequired, match="--district"):
        register.measure("population.households", at="2025-12-31")


def test_an_unknown_scheme_lists_those_that_are_known() -> None:
    with pytest.raises(UnknownScheme, match=r"memory.*sqlite"):
        shequ.open("carrier-pigeon://coop")


def test_an_unknown_scheme_is_reported_without_the_password() -> None:
    with pytest.raises(UnknownScheme) as caught:
        shequ.open("oracle://clerk:p@ss:w0rd/x@db.example/street")
    assert "oracle://***@db.example/street" == caught.value.url
    assert "w0rd" not in str(caught.value)
    assert "p@ss" not in repr(caught.value)


@pytest.fixture
def card(register: shequ.Register) -> RegistrationCard:
    """A registration card that was reported, in the register."""
    register._district = "d"
    found = RegistrationCard(id="card-1", member="m1", reported=date(2025, 12, 1))
    register.put(found, reason="test")
    return found


class TestSteps:
    def test_a_step_moves_the_card_and_is_kept_with_actor_and_reason(
        self, register: shequ.Register, card: RegistrationCard
    ) -> None:
        moved = register.apply(card.id, "accept", reason="回执 12 号")
        assert RegistrationState.ACCEPTED is moved.state  # type: ignore[attr-defined]
        assert moved == register.get("registration_card", card.id)
        with register.store.read("d") as snapshot:
            (step,) = (stored.record for stored in snapshot.scan(Select("step")))
        assert isinstance(step, Step)
        assert ("accept", "reported", "accepted", "tester", "回执 12 号", register.now) == (
            step.event,
            step.before,
            step.after,
            step.actor,
            step.reason,
            step.at,
        )

    def test_an_illegal_step_changes_nothing(self, register: shequ.Register, card: RegistrationCard) -> None:
        with pytest.raises(IllegalStep, match="renew"):
            register.apply(card.id, "renew")
        assert card == register.get("registration_card", card.id)
        assert 1 == len(list(register.store.changes("d")))

    def test_a_card_that_is_not_there_is_named(self, register: shequ.Register, card: RegistrationCard) -> None:
        with pytest.raises(BadData, match="card-2"):
            register.apply(f"{card.id[:-1]}2", "accept")


class TestReports:
    @pytest.mark.slow
    def test_a_report_is_saved_by_suffix(self, returns: Path, tmp_path: Path) -> None:
        with shequ.open("memory:") as register:
            register.load(returns)
            report = register.report("work", period="2025")
            for suffix in ("md", "html", "json"):
                assert report.save(tmp_path / f"r.{suffix}").stat().st_size > 1000
            with pytest.raises(UnknownFormat, match="html"):
                report.save(tmp_path / "r.odt")
            with pytest.raises(BackendError, match="无法写入"):
                report.save(tmp_path / "nowhere" / "r.md")

    def test_a_period_about_which_nothing_is_known_gives_no_report(self, data: Path) -> None:
        with shequ.open("memory:") as register:
            register.load(data / "cases/ten-communities")
            with pytest.raises(NothingToReport, match="1999"):
                register.report("work", period="1999")

    def test_a_failing_renderer_leaves_no_file(self, returns: Path, tmp_path: Path) -> None:
        with shequ.open("memory:") as register:
            register.load(returns)
            report = register.report("work", period="2025")

            def fails(_document: object, stream: BinaryIO) -> None:
                stream.write(b"half a report")
                raise RuntimeError("half way")

            kept = tmp_path / "kept" / "r.md"
            kept.parent.mkdir()
            report.save(kept)
            before = kept.read_bytes()
            report._renderers["md"] = fails  # type: ignore[index] # the mapping is a dict
            with pytest.raises(RuntimeError):
                report.save(kept)
            assert [("r.md", before)] == [(path.name, path.read_bytes()) for path in kept.parent.iterdir()]


class TestRuleSets:
    LOCAL = (
        'name = "{name}"\n[parameters."party.branch_members_most"]\n[[parameters."party.branch_members_most".values]]\n'
        'comparator = "<="\nvalue = {value}\ncitation = "本地"\n'
    )

    @pytest.mark.slow
    def test_rules_of_the_store_override_plugins_and_rules_of_the_call_override_both(
        self, data: Path, tmp_path: Path
    ) -> None:
        returns, extra = tmp_path / "returns", tmp_path / "extra.toml"
        returns.mkdir()
        figures = (data / "cases/ten-communities/figures.csv").read_bytes()
        (returns / "figures.csv").write_bytes(figures)
        (returns / "rules.toml").write_text(self.LOCAL.format(name="store", value=60), encoding="utf-8")
        extra.write_text(self.LOCAL.format(name="call", value=58), encoding="utf-8")
        url = f"sqlite:///{tmp_path / 's.db'}"

        def findings(*rules: Path) -> list[str]:
            with shequ.open(url, rules=rules) as register:
                return [f.threshold for f in register.check(at="2012-12-31") if f.rule == "party.branch_size"]

        with shequ.open(url) as register:
            register.load(returns)
        assert [] == findings()
        assert ["≤58"] == findings(extra)

    def test_a_rule_that_names_an_unknown_metric_is_refused_when_it_is_loaded(self, tmp_path: Path) -> None:
        (tmp_path / "rules.toml").write_text(
            'name = "x"\n[rules."a.b"]\nmetric = "no.such"\nparameter = "p.q"\n', encoding="utf-8"
        )
        with shequ.open("memory:", "d") as register:
            (problem,) = register.load(tmp_path)
            assert ("rules.toml", True) == (problem.file, "no.such" in problem.message)


class TestHistory:
    def test_a_record_is_followed_by_name_or_label(self, returns: Path) -> None:
        with shequ.open("memory:", actor="clerk-07") as register:
            register.load(returns)
            register.put(SubDistrict(id="999900001000", code="999900001000", name="云溪"), reason="更名")
            history = register.history("街道", "999900001000")
            assert history == register.history("sub_district", "999900001000")
            assert [("clerk-07", "云溪街道"), ("clerk-07", "云溪")] == [
                (change.actor, change.after["name"]) for change in history if change.after
            ]
            assert () == register.history("街道", "999900009000")

    def test_the_feed_goes_on_where_a_reader_ended(self, returns: Path) -> None:
        with shequ.open("memory:") as register:
            register.load(returns)
            register.put(SubDistrict(id="999900001000", code="999900001000", name="云溪"), reason="更名")
            assert [1, 2, 3, 4] == [change.number for change in register.changes()]
            assert ["更名"] == [change.reason for change in register.changes(after=3)]

    def test_what_was_erased_is_counted_no_more_and_the_erasure_is_entered(self, returns: Path) -> None:
        with shequ.open("memory:", actor="clerk-08") as register:
            register.load(returns)
            assert 1 == register.measure("population.communities", at="2025-12-31").value
            assert 1 == register.erase([("社区", "999900001001")], reason="依申请")
            assert 0 == register.measure("population.communities", at="2025-12-31").value
            last = register.history("community", "999900001001")[-1]
            assert ("clerk-08", "依申请", None) == (last.actor, last.reason, last.after)
            with pytest.raises(Conflict):
                register.erase([("community", "999900001002")], reason="依申请")

    def test_a_backup_is_restored_with_its_district(self, returns: Path, tmp_path: Path) -> None:
        with shequ.open("memory:") as register, shequ.open(f"sqlite:///{tmp_path}/other.db") as other:
            register.load(returns)
            done = register.backup(tmp_path / "street.jsonl")
            assert (3, 1, 0) == (done.entries, done.commits, done.already)
            assert done == other.restore(tmp_path / "street.jsonl")
            assert list(register.changes()) == list(other.changes())
            assert 1 == other.measure("population.communities", at="2025-12-31").value

    def test_a_backup_of_another_district_is_not_restored(self, returns: Path, tmp_path: Path) -> None:
        with shequ.open("memory:") as register, shequ.open("memory:", "999900002000") as other:
            register.load(returns)
            register.backup(tmp_path / "street.jsonl")
            with pytest.raises(Misuse, match="是街道 999900001000 的备份，不是 999900002000 的"):
                other.restore(tmp_path / "street.jsonl")

    def test_a_past_state_is_judged_by_the_rules_known_then(self, data: Path) -> None:
        days = iter([datetime(2026, 1, 5, tzinfo=SHANGHAI), datetime(2026, 1, 6, tzinfo=SHANGHAI)])
        now = next(days)
        with shequ.open("memory:", clock=lambda: now) as register:
            register.load(data / "cases/ten-communities")
            now = next(days)
            rules = TestRuleSets.LOCAL.format(name="store", value=58)
            register.put(RuleSource(id="r", name="r.toml", content=rules), reason="地方规定")

            def thresholds(known_at: datetime | None) -> list[str]:
                found = register.check(at="2012-12-31", known_at=known_at)
                return [one.threshold for one in found if one.rule == "party.branch_size"]

            assert ["≤58"] == thresholds(None)
            assert ["≤58"] != thresholds(datetime(2026, 1, 5, tzinfo=SHANGHAI))
