"""Pairing on the command line: proposals with their reasons, and nothing stored."""

import json
from pathlib import Path

import pytest

import shequ
from shequ.cli.commands import run
from shequ.sample.demonstration import demonstrate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small demonstration district."""
    out: Path = tmp_path_factory.mktemp("pair") / "out"
    demonstrate(out, households=120, progress=lambda _what, _number: None)
    return f"sqlite:///{out / 'demo.db'}"


@pytest.mark.slow
def test_each_pair_says_why_and_each_left_over_too(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with shequ.open(store) as register:
        before = len(list(register.store.changes(register.district)))
    capsys.readouterr()
    assert 0 == run(["pair", "--store", store, "--at", "2025-12-31", "--want", "独居老人=医疗", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert "shequ.pairs/1" == document["format"]
    assert document["pairs"]
    assert all(one["why"] for one in (*document["pairs"], *document["unmatched"]))
    households = [one["household"] for one in document["pairs"]]
    assert len(households) == len(set(households))
    with shequ.open(store) as register:
        assert before == len(list(register.store.changes(register.district)))


def test_pairs_are_shown_as_a_table(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert 0 == run(["pair", "--store", store, "--at", "2025-12-31"])
    assert "对" in capsys.readouterr().err


def test_an_unknown_category_is_refused_with_those_that_are_known(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for want in ("低保=", "=医疗"):
        assert 2 == run(["pair", "--store", store, "--at", "2025-12-31", "--want", want])
        assert "可用：low_income（低保对象）、disabled（残疾人）" in capsys.readouterr().err


def test_each_left_over_is_named_by_id(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with shequ.open(store) as register:
        result = register.pair(at="2025-12-31", wanted={"独居老人": frozenset()})
    assert result.unmatched_candidates
    capsys.readouterr()
    assert 0 == run(["pair", "--store", store, "--at", "2025-12-31", "--want", "独居老人="])
    told = capsys.readouterr().err
    for what, lot in (("户", result.unmatched_needs), ("党员", result.unmatched_candidates)):
        assert [] == [left.id for left in lot[:10] if f"{what} {left.id}：{left.text}\n" not in told]
        assert (f"……另有 {len(lot) - 10} " in told) == (len(lot) > 10)


def test_a_contact_card_is_not_signed_without_a_basis_and_sending_it_is_kept(store: str) -> None:
    from datetime import date

    from shequ.errors import IllegalStep
    from shequ.model import ContactCard, ContactState, MemberKind, in_force

    with shequ.open(store) as register:
        engine = register._engine()
        member = next(
            m
            for m in engine.evaluator.table("party_member").values()
            if m.kind is MemberKind.IN_SERVICE and m.employer and in_force(m, register.today)  # type: ignore[attr-defined]
        )
        facts = {
            "member": member.id,
            "employer": member.employer,  # type: ignore[attr-defined] # a Party member has one
            "since": date(2025, 1, 1),
            "until": date(2025, 7, 1),
            "compiled": date(2025, 7, 2),
            "services": 3,
            "minutes": 90,
            "state": ContactState.SEEN,
        }
        register.put(ContactCard(id="cc-1", **facts), ContactCard(id="cc-2", basis="consent", **facts), reason="test")  # type: ignore[arg-type]
        with pytest.raises(IllegalStep, match="没有本人的单独同意"):
            register.apply("cc-1", "sign")
        register.apply("cc-2", "sign")
        register.apply("cc-2", "send", reason="挂号信 1 号")
        kept = [row for row in register._engine().evaluator.table("disclosure").values() if row.subject == "cc-2"]  # type: ignore[attr-defined]
        assert ["consent"] == [row.basis for row in kept]  # type: ignore[attr-defined]
