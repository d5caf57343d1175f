"""Cards and reports on the command line: what is written, what is masked, what is refused with nothing left behind."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest

import shequ
from shequ.cli.commands import run
from shequ.effective import SHANGHAI
from shequ.model import (
    Community,
    CommunityStatus,
    ContactCard,
    ContactState,
    Coverage,
    FiledReport,
    Household,
    HouseholdMembership,
    MemberKind,
    MembershipKind,
    PartyMember,
    Reading,
    Resident,
    SubDistrict,
    WorkUnit,
)

STREET, EAST, WEST = "999900001000", "999900001001", "999900001002"
NAME, NUMBER = "王小芳", "999900196006300017"


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'street.db'}"
    with shequ.open(url, STREET, clock=lambda: datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)) as register:
        register.put(
            SubDistrict(id=STREET, code=STREET, name="云溪街道"),
            *(
                Community(id=code, code=code, name=name, sub_district=STREET, status=CommunityStatus.OPERATING)
                for code, name in ((EAST, "望溪社区"), (WEST, "听泉社区"))
            ),
            Coverage(id="all", type="*", division=STREET),
            Resident(id="r1", name=NAME, sex="2", id_number=NUMBER),
            Household(id="h1", community=EAST, number="1"),
            HouseholdMembership(id="hm1", household="h1", resident="r1", kind=MembershipKind.LIVING),
            WorkUnit(id="u1", name="供电公司"),
            PartyMember(id="m1", community=EAST, resident="r1", kind=MemberKind.IN_SERVICE, employer="u1"),
            ContactCard(
                id="letter-1", member="m1", employer="u1", since=date(2025, 1, 1), until=date(2025, 7, 1),
                compiled=date(2025, 7, 2), services=3, minutes=60, state=ContactState.SIGNED, basis="consent",
                signed=date(2025, 7, 5),
            ),
            reason="装载",
        )  # fmt: skip
    return url


def readings(store: str) -> list[Reading]:
    with shequ.open(store) as register:
        found = [change.id for change in register.changes() if change.type == "reading"]
        return [one for id_ in found if isinstance(one := register.get("reading", id_), Reading)]


class TestCards:
    def test_the_letters_of_a_half_year_are_written_at_one_go(
        self, store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "cards"
        done = ["cards", "contact", "--store", store, "--period", "2025H1", "--role", "clerk", "--out", str(out)]
        assert 0 == run([*done, "--format", "html", "--format", "docx"])
        assert {"contact.html", "contact.docx"} == {path.name for path in out.iterdir()}
        assert NAME in (out / "contact.html").read_text(encoding="utf-8")
        said = capsys.readouterr().err
        assert "云溪街道2025年上半年联系卡：1 张，1 页" in said
        assert [("打印2025H1联系卡", "letter-1")] == [(one.purpose, one.subject) for one in readings(store)]

    def test_without_a_role_names_are_masked_and_the_clerk_is_told(
        self, store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert 0 == run(["cards", "联系卡", "--store", store, "--period", "2025H1", "--out", str(tmp_path / "cards")])
        page = (tmp_path / "cards" / "contact.html").read_text(encoding="utf-8")
        assert NAME not in page
        assert "王**" in page
        assert "--role clerk" in capsys.readouterr().err
        assert [] == readings(store)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["contacts", "--period", "2025H1"], "没有名为 'contacts' 的卡片"),
            (["contact", "--period", "2025H9"], "2025H9"),
            (["contact", "--period", "2030"], "2030 尚未开始"),
            (["contact", "--period", "2025H1", "--format", "pdf"], "没有插件能写 'pdf' 格式"),
            (["contact", "--period", "2025H1", "--number", "x"], "没有编号 x"),
            (["contact", "--period", "2025H1", "--role", "boss"], "没有角色 'boss'"),
            (["contact", "--period", "2025H1", "--scope", "无"], "查阅范围中没有区划 '无'"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_written(
        self, store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
    ) -> None:
        assert 2 == run(["cards", *arguments, "--store", store, "--out", str(tmp_path / "cards")])
        assert said in capsys.readouterr().err
        assert not (tmp_path / "cards").exists()

    def test_a_folder_that_cannot_be_written_is_named(
        self, store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "taken").write_text("x")
        out = str(tmp_path / "taken" / "cards")
        assert 2 == run(["cards", "contact", "--store", store, "--period", "2025H1", "--out", out])
        assert "无法建立文件夹" in capsys.readouterr().err


class TestReports:
    def test_a_template_of_ones_own_extends_a_report(self, store: str, tmp_path: Path) -> None:
        own, out = tmp_path / "own.toml", tmp_path / "brief.md"
        own.write_text('extends = "brief"\ntitle = "云溪简报"', encoding="utf-8")
        arguments = ["report", "brief", "--store", store, "--period", "2025", "--template", str(own), "--out", str(out)]
        assert 0 == run(arguments)
        assert out.read_text(encoding="utf-8").startswith("# 云溪简报")

    def test_a_template_that_is_not_right_is_named_with_its_line(
        self, store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        own, out = tmp_path / "own.toml", tmp_path / "brief.md"
        own.write_text('extends = "brief"\nremove = ["末节"]', encoding="utf-8")
        arguments = ["report", "brief", "--store", store, "--period", "2025", "--template", str(own), "--out", str(out)]
        assert 2 == run(arguments)
        assert "own.toml 第 2 行：remove 所指的“末节”一节不存在" in capsys.readouterr().err
        assert not out.exists()

    def test_one_document_is_written_in_several_formats(self, store: str, tmp_path: Path) -> None:
        own = tmp_path / "own.toml"
        own.write_text(
            'title = "简报"\n[[sections]]\nheading = "人口"\n[[sections.blocks]]\ntext = ["{population.households}。"]'
        )
        outs = [str(tmp_path / f"brief.{suffix}") for suffix in ("md", "json", "html")]
        arguments = ["report", "brief", "--store", store, "--period", "2025", "--template", str(own)]
        assert 2 == run([*arguments, "--out", outs[0], "--out", str(tmp_path / "brief.pdf")])
        assert ["own.toml", "street.db"] == sorted(
            path.name for path in tmp_path.iterdir() if not path.name.endswith(("-wal", "-shm"))
        )
        assert 0 == run([*arguments, *(word for out in outs for word in ("--out", out))])
        assert all("1户" in Path(out).read_text(encoding="utf-8") for out in outs)

    def test_a_template_that_is_not_there_is_named(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ["report", "work", "--store", store, "--period", "2025", "--template", "none.toml", "--out", "x.md"]
        assert 2 == run(arguments)
        assert "无法读取模板文件 none.toml" in capsys.readouterr().err

    @pytest.mark.slow
    def test_a_report_is_kept_as_filed_when_asked(self, store: str, tmp_path: Path) -> None:
        arguments = ["report", "brief", "--store", store, "--period", "2025", "--out", str(tmp_path / "brief.md")]
        assert 0 == run([*arguments, "--file"])
        with shequ.open(store) as register:
            (kept,) = [change.id for change in register.changes() if change.type == "filed_report"]
            report = register.get("filed_report", kept)
        assert isinstance(report, FiledReport)
        assert {"population.households", "matters.handled"} <= {
            one["metric"] for one in json.loads(report.measurements)["measurements"]
        }
        out = str(tmp_path / "moved.md")
        assert 0 == run(["report", "restatement", "--store", store, "--period", "2025", "--out", out])
        # What nobody hands in is not held against later figures; nor is what withholds some of them.
        for more in (["restatement"], ["brief", "--published"]):
            assert 2 == run(["report", *more, "--store", store, "--period", "2025", "--out", out, "--file"])

    @pytest.mark.slow
    def test_a_published_report_withholds_small_counts(
        self, store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "brief.md"
        assert 0 == run(["report", "brief", "--store", store, "--period", "2025", "--published", "--out", str(out)])
        text = out.read_text(encoding="utf-8")
        assert "只在一份文件内隐去" in text
        assert "只在一份文件内隐去" in capsys.readouterr().err
        assert "实有人口\\*" in text
        assert "不予公布的数据" in text


class TestHistory:
    def said(self, store: str, capsys: pytest.CaptureFixture[str], *options: str) -> str:
        capsys.readouterr()
        assert 0 == run(["history", "居民", "r1", "--store", store, "--json", *options])
        return capsys.readouterr().out

    def test_a_clerk_sees_the_name_and_a_custodian_with_a_purpose_the_number(
        self, store: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        masked = self.said(store, capsys)
        assert NAME not in masked
        clerk = self.said(store, capsys, "--role", "clerk")
        assert (True, False) == (NAME in clerk, NUMBER in clerk)
        assert NUMBER not in self.said(store, capsys, "--role", "custodian")
        assert NUMBER in self.said(store, capsys, "--role", "custodian", "--purpose", "核对证件")
        assert [None, None, "核对证件"] == [one.purpose for one in readings(store)]

    def test_another_communitys_people_are_not_shown(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert 2 == run(["history", "居民", "r1", "--store", store, "--role", "clerk", "--scope", "听泉社区"])
        assert "不在" in capsys.readouterr().err
        assert 0 == run(["history", "居民", "r1", "--store", store, "--role", "clerk", "--scope", "望溪社区"])

    def test_explain_lists_the_rows_of_ones_own_community(self, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        for scope, rows in (("望溪社区", ["h1"]), ("听泉社区", [])):
            capsys.readouterr()
            done = [
                "explain",
                "population.households",
                "--store",
                store,
                "--period",
                "2025",
                "--json",
                "--scope",
                scope,
            ]
            assert 0 == run(done)
            assert rows == [row["id"] for row in json.loads(capsys.readouterr().out)["records"]]
