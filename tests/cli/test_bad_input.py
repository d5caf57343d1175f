"""Whatever is wrong with what a clerk gives: a message that names place, value and remedy; nothing half-stored."""

import json
from pathlib import Path

import pytest

import shequ
from shequ.cli.commands import run

COMMUNITY = "区划代码,名称,街道,状态\n999900001001,望溪社区,999900001000,运行\n"
STREET = "区划代码,名称\n999900001000,云溪街道\n"


@pytest.fixture
def returns(tmp_path: Path) -> Path:
    """A folder with one sub-district and one community."""
    folder = tmp_path / "returns"
    folder.mkdir()
    (folder / "街道.csv").write_text(STREET, encoding="utf-8")
    (folder / "社区.csv").write_text(COMMUNITY, encoding="utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> str:
    """The URL of a store that does not exist yet."""
    return f"sqlite:///{tmp_path / 'street.db'}"


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    status = run(list(arguments))
    caught = capsys.readouterr()
    assert "Traceback" not in caught.err + caught.out
    return status, caught.out + caught.err


def stored_communities(store: str, capsys: pytest.CaptureFixture[str]) -> object:
    run(["metrics", "--store", store, "--district", "999900001000", "--at", "2025-12-31", "--json"])
    found = json.loads(capsys.readouterr().out)["measurements"]
    return next(one for one in found if one["metric"] == "population.communities")["notes"]


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("居民.csv", "姓名,身份证号\n王芳,999900196006300018\n", ["居民.csv", "2", "身份证号", "应为 7"]),
        ("居民.csv", "姓名,星座\n王芳,白羊\n", ["居民.csv", "星座"]),
        ("户.csv", "社区,户号\n999900001001\n", ["户.csv", "2"]),
        ("户.csv", "社区,户号\n桃园社区,1\n", ["户.csv", "2", "社区", "桃园社区"]),
        (
            "片区.csv",
            "社区,名称,设立日期,撤销日期\n望溪社区,一片,2025-06-01,2025-01-01\n",
            ["片区.csv", "2", "撤销日期", "2025-01-01", "2025-06-01"],
        ),
        ("片区.csv", "编号,社区,名称\nz1,望溪社区,一片\nz1,望溪社区,二片\n", ["片区.csv", "3", "z1"]),
        (
            "rules.toml",
            'name = "x"\n[parameters."a.b"]\nlabel = "甲"\nunits = "户"\n',
            ["rules.toml", "4", "units", "unit"],
        ),
        ("rules.toml", 'name = "x"\n[parameters."a.b]\n', ["rules.toml", "2"]),
        ("星座.csv", "甲,乙\n1,2\n", ["星座.csv"]),
    ],
    ids=[
        "wrong check digit",
        "unknown header",
        "short row",
        "reference to nobody",
        "end before start",
        "same id",
        "rule key",
        "rule syntax",
        "unknown type",
    ],
)
@pytest.mark.slow
def test_an_error_is_named_and_nothing_is_stored(
    returns: Path, store: str, file: str, content: str, says: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (returns / file).write_text(content, encoding="utf-8")
    status, text = outcome(capsys, "load", str(returns), "--store", store)
    assert 1 == status
    for word in says:
        assert word in text
    assert "未存入任何记录" in text
    with shequ.open(store) as register:
        assert () == register.store.districts()


@pytest.mark.slow
def test_keep_good_stores_the_rows_that_are_right(
    returns: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (returns / "居民.csv").write_text("姓名,身份证号\n王芳,999900196006300018\n", encoding="utf-8")
    status, text = outcome(capsys, "load", str(returns), "--store", store, "--keep-good")
    assert 1 == status
    assert "新增 2 条" in text
    assert ["另有 1 条记录，但未声明完整（记录覆盖），不据以计数"] == stored_communities(store, capsys)


def test_problems_as_json_are_one_document(returns: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    (returns / "居民.csv").write_text("姓名,身份证号\n王芳,999900196006300018\n", encoding="utf-8")
    assert 1 == run(["load", str(returns), "--store", store, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert "shequ.problems/1" == document["format"]
    (problem,) = document["problems"]
    assert ("居民.csv", 2, "身份证号", "id_number") == tuple(problem[key] for key in ("file", "row", "column", "field"))
    assert "999900196006300018" not in json.dumps(problem)
    assert problem["message"]
    assert problem["remedy"]


def test_a_figure_of_an_unknown_metric_is_kept_named_and_not_counted(
    returns: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (returns / "figures.csv").write_text(
        "metric,division,at,value\npopulation.cats,999900001000,2025-12-31,12\n", encoding="utf-8"
    )
    status, text = outcome(capsys, "load", str(returns), "--store", store)
    assert 0 == status
    assert "population.cats" in text
    assert "新增 3 条" in text
    status, text = outcome(capsys, "explain", "population.cats", "--store", store, "--at", "2025-12-31")
    assert 2 == status


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["load", "{tmp}/nowhere", "--store", "{store}"], ["nowhere"]),
        (["load", "{tmp}/empty", "--store", "{store}"], ["empty"]),
        (["load", "{tmp}/returns", "--store", "carrier-pigeon://x"], ["carrier-pigeon", "sqlite"]),
        (["load", "{tmp}/returns", "--store", "no url at all"], ["no url at all"]),
        (["metrics", "--store", "{store}", "--period", "2025X"], ["2025X", "2026H1"]),
        (["metrics", "--store", "{store}"], ["--period", "--at"]),
        (["check", "--store", "{store}", "--at", "31.12.2025"], ["31.12.2025"]),
        (["explain", "population.housholds", "--store", "{store}", "--period", "2025"], ["population.households"]),
        (["report", "work", "--store", "{store}", "--period", "1999", "--out", "{tmp}/r.md"], ["1999"]),
        (["report", "work", "--store", "{store}", "--period", "2025", "--out", "{tmp}/r.odt"], ["odt", "html"]),
        (["report", "poem", "--store", "{store}", "--period", "2025", "--out", "{tmp}/r.md"], ["poem", "work"]),
        (["report", "work", "--store", "{store}", "--period", "2025", "--out", "{tmp}/no/r.md"], ["r.md"]),
        (["template", "resdient", "--out", "{tmp}/t.csv"], ["resident"]),
        (["metrics", "--store", "{store}", "--period", "2025", "--rules", "{tmp}/none.toml"], ["none.toml"]),
        (["load"], ["SOURCE"]),
        (["metrics", "--store", "sqlite:///{tmp}/typo.db", "--period", "2025"], ["typo.db"]),
        (["template", "居民", "--out", "{tmp}/returns/街道.csv"], ["街道.csv", "--force"]),
        (["template", "居民", "--out", "{tmp}/no/t.csv"], ["t.csv"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
@pytest.mark.slow
def test_wrong_usage_is_status_2_with_a_message(
    returns: Path, store: str, tmp_path: Path, arguments: list[str], says: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (returns / "figures.csv").write_text(
        "metric,division,at,value\npopulation.households,999900001000,2025-12-31,12\n", encoding="utf-8"
    )
    assert 0 == run(["load", str(returns), "--store", store])
    status, text = outcome(capsys, *(part.format(tmp=tmp_path, store=store) for part in arguments))
    assert 2 == status
    for word in says:
        assert word in text
    assert not list(tmp_path.glob("r.*"))
    assert not (tmp_path / "typo.db").exists()
    assert STREET == (returns / "街道.csv").read_text(encoding="utf-8")


def test_the_codes_of_all_metrics_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = outcome(capsys, "metrics", "--list")
    assert 0 == status
    assert "petitions.received" in text
    assert "信访" in text


@pytest.mark.slow
def test_two_districts_in_one_store_must_be_told_apart(
    tmp_path: Path, store: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = data / "cases"
    assert 0 == run(["load", str(cases / "qingniwaqiao"), "--store", store, "--district", "210202008000"])
    assert 0 == run(["load", str(cases / "ten-communities"), "--store", store, "--district", "LOCAL-10"])
    status, text = outcome(capsys, "metrics", "--store", store, "--at", "2012-12-31")
    assert 2 == status
    assert "210202008000" in text
    assert "LOCAL-10" in text
    assert "--district" in text
    assert 0 == run(["metrics", "--store", store, "--at", "2012-12-31", "--district", "LOCAL-10"])


def test_gb18030_and_byte_order_marks_are_read(returns: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    (returns / "社区.csv").write_text(COMMUNITY, encoding="gb18030")
    (returns / "街道.csv").write_text(STREET, encoding="utf-8-sig")
    status, text = outcome(capsys, "load", str(returns), "--store", store)
    assert (0, True) == (status, "新增 2 条" in text)


@pytest.mark.parametrize(
    "arguments",
    [
        ["load", "{tmp}/none"],
        ["load", "{tmp}/returns"],
        ["load", "{tmp}/empty"],
        ["import", "--from-export", "{tmp}/none.jsonl"],
        ["import", "--from-export", "{tmp}/bad.jsonl"],
    ],
)
def test_what_fails_leaves_no_empty_database_behind(
    returns: Path, store: str, tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.jsonl").write_text("{}\n", encoding="utf-8")
    (returns / "户.csv").write_text("社区,户号\n桃园社区,1\n", encoding="utf-8")
    status, _ = outcome(capsys, *(part.format(tmp=tmp_path) for part in arguments), "--store", store)
    assert status != 0
    assert [] == list(tmp_path.glob("street.db*"))


def test_what_fails_leaves_the_database_that_was_there(returns: Path, store: str, tmp_path: Path) -> None:
    assert 0 == run(["load", str(returns), "--store", store])
    assert 2 == run(["load", str(tmp_path / "none"), "--store", store])
    with shequ.open(store) as register:
        assert register.get("community", "999900001001") is not None
