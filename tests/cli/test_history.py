"""What was, on the command line: a record's history, figures that moved, backup and restore."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import shequ
from shequ.cli.commands import run
from shequ.effective import SHANGHAI
from shequ.model import (
    Community,
    CommunityStatus,
    Coverage,
    FiledReport,
    Household,
    HouseholdMembership,
    MemberKind,
    MembershipKind,
    PartyMember,
    RegistrationCard,
    Resident,
    SubDistrict,
)

STREET, EAST = "999900001000", "999900001001"
REPORTED = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
NUMBER = "999900196006300017"


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A household that was there at the report of 5 January, and one that was added the day after."""
    url, now = f"sqlite:///{tmp_path / 'street.db'}", REPORTED - timedelta(hours=1)
    with shequ.open(url, STREET, actor="clerk-07", clock=lambda: now) as register:
        register.put(
            SubDistrict(id=STREET, code=STREET, name="云溪街道"),
            Community(id=EAST, code=EAST, name="望溪社区", sub_district=STREET, status=CommunityStatus.OPERATING),
            Coverage(id="all", type="*", division=STREET),
            *household("1"),
            reason="装载",
        )
        now = REPORTED
        register.put(
            FiledReport(
                id="report-1",
                division=STREET,
                report="work",
                period="2025",
                filed=REPORTED,
                actor="x",
                measurements="{}",
            ),
            reason="上报",
        )
        now = REPORTED + timedelta(days=1)
        register.put(*household("2"), reason="补录\n第二行")
        register.put(Resident(id="r1", name="王小芳", sex="2", id_number=NUMBER), reason="更正姓名")
    return url


def household(number: str) -> tuple[Any, ...]:
    return (
        Household(id=f"h{number}", community=EAST, number=number),
        Resident(id=f"r{number}", name="王芳", sex="2"),
        HouseholdMembership(id=f"m{number}", household=f"h{number}", resident=f"r{number}", kind=MembershipKind.LIVING),
    )


@pytest.fixture
def shequ_says(capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs a command and returns status, standard output and standard error."""

    def says(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = run([str(argument) for argument in arguments])
        return (status, *capfd.readouterr())

    return says


class TestHistory:
    def test_it_says_when_who_why_and_what_with_personal_values_masked(self, store: str, shequ_says: Any) -> None:
        status, out, _ = shequ_says("history", "居民", "r1", "--store", store)
        assert 0 == status
        for word in (
            "居民 r1",
            "2026-01-05 08:00",
            "2026-01-06 09:00",
            "clerk-07",
            "登记",
            "修改",
            "更正姓名",
            "姓名：王* → 王**",
        ):
            assert word in out
        assert "王小芳" not in out
        assert NUMBER not in out

    def test_a_document_with_the_same_masks(self, store: str, shequ_says: Any) -> None:
        status, out, _ = shequ_says("history", "resident", "r1", "--store", store, "--json")
        found = json.loads(out)
        assert (0, "shequ.history/1", "resident", "居民", "r1") == (
            status, found["format"], found["type"], found["label"], found["id"],
        )  # fmt: skip
        first, second = found["changes"]
        assert (None, "王*") == (first["before"], first["after"]["name"])
        assert ("王*", "王**") == (second["before"]["name"], second["after"]["name"])
        assert second["after"]["id_number"] not in (NUMBER, None)
        assert {"number", "commit", "at", "actor", "reason", "erased", "before", "after", "digest"} == set(second)

    def test_coded_values_are_shown_as_people_say_them(self, store: str, shequ_says: Any) -> None:
        _, out, _ = shequ_says("history", "社区", EAST, "--store", store)
        assert "状态：运行" in out

    def test_deletion_and_erasure_are_told_apart(self, store: str, shequ_says: Any) -> None:
        with shequ.open(store, STREET, actor="clerk-08", clock=lambda: REPORTED + timedelta(days=2)) as register:
            with register.store.session(STREET, actor="a", reason="误录", at=register.now) as session:
                session.delete("resident", "r2", 9)
            register.erase([("resident", "r2"), ("居民", "r1")], reason="依申请")
        _, deleted, _ = shequ_says("history", "居民", "r2", "--store", store)
        _, erased, _ = shequ_says("history", "居民", "r1", "--store", store)
        assert ["（内容已清除）", "删除", "清除"] == [line.split("　")[3] for line in deleted.splitlines()[1:]]
        assert ["（内容已清除）", "（内容已清除）", "清除"] == [line.split("　")[3] for line in erased.splitlines()[1:]]
        assert "王" not in deleted + erased

    def test_what_never_was_is_an_error_that_names_it(self, store: str, shequ_says: Any) -> None:
        status, _, err = shequ_says("history", "居民", "nobody", "--store", store)
        assert 2 == status
        assert "居民 nobody：没有这条记录" in err


class TestRestate:
    @pytest.mark.slow
    def test_the_table_has_both_figures_and_the_commits_that_moved_them(self, store: str, shequ_says: Any) -> None:
        status, out, _ = shequ_says("restate", "--store", store, "--period", "2025", "--since", "2026-01-05")
        assert 0 == status
        (line,) = [line for line in out.splitlines() if line.startswith("population.households ")]
        assert ["常驻居民户", "云溪街道", "1户", "2户", "+1", "据记录", "3"] == line.split()[1:]
        assert "3　2026-01-06 09:00　clerk-07　补录 第二行：户 1 条，居民 1 条，户成员 1 条" in out
        assert "王" not in out

    def test_a_document(self, store: str, shequ_says: Any) -> None:
        status, out, _ = shequ_says(
            "restate", "--store", store, "--period", "2025", "--since", "2026-01-05T09:00", "--json",
            "--metric", "population.households",
        )  # fmt: skip
        found = json.loads(out)
        assert (0, "shequ.restatement/1", "2025", "2026-01-05T09:00:00+08:00") == (
            status, found["format"], found["period"], found["since"],
        )  # fmt: skip
        (one,) = found["moved"]
        assert (1, 2, 1) == (one["before"]["value"], one["after"]["value"], one["difference"])
        assert {("household", "h2"), ("household_membership", "m2")} == {
            (change["type"], change["id"]) for change in found["changes"]
        }

    @pytest.mark.slow
    def test_since_a_report_that_was_filed(self, store: str, shequ_says: Any) -> None:
        by_day = shequ_says("restate", "--store", store, "--period", "2025", "--since", "2026-01-05T09:00", "--json")
        assert by_day == shequ_says("restate", "--store", store, "--filed", "report-1", "--json")
        assert 2 == shequ_says("restate", "--store", store, "--filed", "report-2")[0]

    @pytest.mark.slow
    def test_nothing_moved_is_said(self, store: str, shequ_says: Any) -> None:
        status, out, err = shequ_says("restate", "--store", store, "--period", "2025", "--since", "2026-01-07")
        assert (0, "") == (status, out)
        assert "2025 的数字没有变动" in err

    @pytest.mark.parametrize(
        "options",
        [
            [],
            ["--since", "2026-01-05"],
            ["--since", "昨天", "--period", "2025"],
            ["--since", "2026-01-05", "--period", "2025", "--at", "2025-12-31"],
            ["--filed", "report-1", "--since", "2026-01-05"],
            ["--since", "2027-01-01", "--period", "2025"],
            ["--since", "2026-01-05", "--period", "2026Q2"],
        ],
    )
    def test_wrong_usage_is_status_2(self, store: str, shequ_says: Any, options: list[str]) -> None:
        status, out, err = shequ_says("restate", "--store", store, *options)
        assert (2, "") == (status, out)
        assert err


class TestKnownAt:
    def test_figures_as_they_were_known(self, store: str, shequ_says: Any) -> None:
        asked = ["metrics", "--store", store, "--at", "2025-12-31", "--metric", "population.households", "--json"]

        def values(*options: str) -> tuple[object, object]:
            found = json.loads(shequ_says(*asked, *options)[1])
            return found["known_at"], found["measurements"][0]["value"]

        assert (None, 2) == values()
        assert ("2026-01-05T09:00:00+08:00", 1) == values("--known-at", "2026-01-05T09:00")
        _, out, _ = shequ_says(
            "explain", "population.households", "--store", store, "--at", "2025-12-31", "--known-at", "2026-01-05"
        )
        assert "= 1户" in out

    @pytest.mark.slow
    def test_a_report_as_it_was_built_then(self, store: str, shequ_says: Any, tmp_path: Path) -> None:
        def figures(name: str, *options: str) -> dict[str, Any]:
            path = tmp_path / name
            assert 0 == shequ_says("report", "work", "--store", store, "--period", "2025", "--out", path, *options)[0]
            return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]

        then, now = figures("then.json", "--known-at", "2026-01-05"), figures("now.json")
        assert "2026-01-05" == then["day"]
        found = [
            next(one["value"] for one in document["measurements"] if one["metric"] == "population.households")
            for document in (then, now)
        ]
        assert [1, 2] == found


class TestBackup:
    @pytest.mark.slow
    def test_there_and_back_is_the_same_to_the_byte(self, store: str, shequ_says: Any, tmp_path: Path) -> None:
        first, second, other = tmp_path / "1.jsonl", tmp_path / "2.jsonl", f"sqlite:///{tmp_path / 'other.db'}"
        status, out, err = shequ_says("export", "--store", store, "--out", first)
        assert (0, "") == (status, out)
        assert f"街道 {STREET}，4 次提交，11 条变更" in err
        status, out, err = shequ_says("import", "--store", other, "--from-export", first)
        assert (0, "") == (status, out)
        assert "已写入 11 条变更" in err
        assert 0 == shequ_says("export", "--store", other, "--out", second)[0]
        assert first.read_bytes() == second.read_bytes()
        asked = ["metrics", "--period", "2025", "--known-at", "2026-01-05", "--json", "--store"]
        assert shequ_says(*asked, store)[1] == shequ_says(*asked, other)[1]

    def test_imported_again_it_says_what_is_there(self, store: str, shequ_says: Any, tmp_path: Path) -> None:
        path = tmp_path / "1.jsonl"
        shequ_says("export", "--store", store, "--out", path)
        status, _, err = shequ_says("import", "--store", store, "--from-export", path)
        assert 0 == status
        assert "库中已有 11 条" in err
        assert "已写入 0 条" in err

    @pytest.mark.parametrize("cut", [1, 2])
    def test_a_cut_file_is_refused(self, store: str, shequ_says: Any, tmp_path: Path, cut: int) -> None:
        path, other = tmp_path / "1.jsonl", tmp_path / "other.db"
        shequ_says("export", "--store", store, "--out", path)
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-cut]))
        status, _, err = shequ_says("import", "--store", f"sqlite:///{other}", "--from-export", path)
        assert 2 == status
        assert "1.jsonl 不完整" in err
        assert 2 == shequ_says("metrics", "--store", f"sqlite:///{other}", "--period", "2025")[0]

    def test_of_a_store_that_is_not_there_nothing_is_made(self, shequ_says: Any, tmp_path: Path) -> None:
        status, _, err = shequ_says("export", "--store", f"sqlite:///{tmp_path}/none.db", "--out", tmp_path / "x.jsonl")
        assert 2 == status
        assert "none.db" in err
        assert [] == list(tmp_path.iterdir())


def test_types_steps_and_states_are_called_by_their_labels(store: str, tmp_path: Path, shequ_says: Any) -> None:
    now = REPORTED + timedelta(days=2)
    with shequ.open(store, STREET, actor="clerk-07", clock=lambda: now) as register:
        register.put(
            PartyMember(id="p1", community=EAST, resident="r1", kind=MemberKind.IN_SERVICE),
            RegistrationCard(id="card-1", member="p1", reported=date(2026, 1, 6)),
            reason="报到",
        )
        register.apply("card-1", "review")
        register.apply("card-1", "接收", type="registration_card")
        steps = {
            change.after["event"]: change.id for change in register.changes() if change.type == "step" and change.after
        }
        row = register.show("step", steps["accept"])
        assert row is not None
        assert ("登记卡", "接收", "审核中", "已接收") == (row["对象类型"], row["步骤"], row["原状态"], row["新状态"])
        assert "全部类型" == (register.show("coverage", "all") or {})["记录类型"]
    status, out, _ = shequ_says("history", "step", steps["accept"], "--store", store)
    assert 0 == status
    for line in ("对象类型：登记卡", "步骤：接收", "原状态：审核中", "新状态：已接收", "时间：2026-01-07 09:00"):
        assert line in out
    # Documents for programs keep the codes.
    _, out, _ = shequ_says("history", "step", steps["accept"], "--store", store, "--json")
    assert "registration_card" == json.loads(out)["changes"][0]["after"]["subject_type"]
    # A step without a reason is kept under what it is called.
    _, out, _ = shequ_says("history", "registration_card", "card-1", "--store", store)
    assert "修改　审核" in out
