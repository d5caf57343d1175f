"""Values can be erased where the law demands it, and the chain still holds (clause 10); on each store."""

from datetime import datetime

import pytest
from store_samples import AT, HERE, THERE, Plan, contents, kept, later, save, state, thing

from shequ.errors import Conflict, Misuse, TextRefused, UnknownRecordType
from shequ.store import ANY, Store

PRIVATE = "只此一处的内情"
LATER = later(5)


@pytest.fixture
def filled(store: Store) -> Store:
    """A store in which one record was changed, one deleted, one is left alone; nothing of it after minute 3."""
    save(store, thing("a", name=PRIVATE), thing("b", name=PRIVATE), thing("c"))
    save(store, thing("a", name=PRIVATE, note="改"), at=later(1))
    with store.session(HERE, actor="clerk-07", reason="删", at=later(2)) as session:
        session.delete("thing", "b", ANY)
    save(store, thing("a", name=PRIVATE), district=THERE)
    return store


def erase(store: Store, *ids: str, at: datetime = LATER) -> int:
    return store.erase(HERE, [("thing", id_) for id_ in ids], actor="clerk-08", reason="依申请清除", at=at)


def test_the_values_are_gone_from_store_and_history(filled: Store) -> None:
    assert erase(filled, "a", "b") == 3
    assert set(kept(filled)) == {("thing", "c")}
    assert PRIVATE not in repr(list(filled.changes(HERE)))
    assert PRIVATE not in repr([list(filled.history(HERE, "thing", id_)) for id_ in "ab"])


def test_the_chain_still_holds(filled: Store) -> None:
    digests = [change.digest for change in filled.changes(HERE)]
    erase(filled, "a", "b")
    assert filled.verify(HERE) is None
    assert [change.digest for change in filled.changes(HERE)][: len(digests)] == digests


def test_each_erasure_is_entered_with_who_when_and_why(filled: Store) -> None:
    erase(filled, "a", "b")
    last = list(filled.changes(HERE, after=5))
    assert [(6, 4, "thing", "a"), (7, 4, "thing", "b")] == [(c.number, c.commit, c.type, c.id) for c in last]
    assert {("clerk-08", "依申请清除", later(5))} == {(c.actor, c.reason, c.at) for c in last}
    assert all(c.before is None and c.after is None and not c.erased for c in last)
    assert [4, None] == [entry.before for entry in filled.log(HERE, after=5)]


def test_a_change_says_that_its_values_were_erased(filled: Store) -> None:
    assert not any(change.erased for change in filled.changes(HERE))
    erase(filled, "a", "b")
    assert [1, 2, 4] == [change.number for change in filled.changes(HERE) if change.erased]


@pytest.mark.parametrize("minute", [0, 1, 2, 4, 5])
def test_no_state_of_any_time_shows_them(filled: Store, minute: int) -> None:
    erase(filled, "a", "b")
    with filled.read(HERE, later(minute)) as snapshot:
        assert {("thing", "c")} == set(contents(snapshot))
        assert snapshot.get("thing", "a") is None


def test_what_was_not_meant_stays(filled: Store) -> None:
    before = state(filled, THERE)
    c = list(filled.history(HERE, "thing", "c"))
    erase(filled, "a", "b")
    assert before == state(filled, THERE)
    assert c == list(filled.history(HERE, "thing", "c"))
    assert PRIVATE == kept(filled, THERE)["thing", "a"].record.name  # type: ignore[attr-defined]


def test_what_never_was_is_a_conflict_and_erases_nothing(filled: Store) -> None:
    before = state(filled)
    with pytest.raises(Conflict) as caught:
        erase(filled, "a", "never")
    assert ("thing", "never", None, None) == (
        caught.value.type, caught.value.id, caught.value.expected, caught.value.found,
    )  # fmt: skip
    assert before == state(filled)


def test_again_blanks_nothing_more_but_is_entered(filled: Store) -> None:
    assert erase(filled, "a") == 2
    assert erase(filled, "a", at=later(6)) == 0
    assert 4 == len(list(filled.history(HERE, "thing", "a")))
    assert filled.verify(HERE) is None


def test_a_record_given_twice_counts_once(filled: Store) -> None:
    assert erase(filled, "a", "a") == 2
    assert 6 == len(list(filled.changes(HERE)))


def test_nothing_to_erase_is_no_commit(filled: Store) -> None:
    before = state(filled)
    assert erase(filled) == 0
    assert before == state(filled)


def test_a_record_may_be_made_again(filled: Store) -> None:
    erase(filled, "a")
    save(filled, thing("a", name="新"), at=later(6))
    assert 7 == kept(filled)["thing", "a"].version
    assert filled.verify(HERE) is None
    (again,) = filled.changes(HERE, after=6)
    assert again.before is None
    assert again.after is not None


def test_of_several_types_each_is_erased(store: Store) -> None:
    save(store, thing("a"), Plan(id="a", district="一"))
    assert 2 == store.erase(HERE, [("thing", "a"), ("plan", "a")], actor="x", reason="清除", at=later(1))
    assert {} == kept(store)


def test_a_type_may_be_named_by_its_label(filled: Store) -> None:
    assert 2 == filled.erase(HERE, [("物", "a")], actor="x", reason="清除", at=later(1))


def test_more_entries_than_one_page(store: Store) -> None:
    ids = [f"t{number}" for number in range(1200)]
    save(store, *(thing(id_) for id_ in ids), thing("z"))
    assert 1200 == erase(store, *ids)
    assert {("thing", "z")} == set(kept(store))
    assert store.verify(HERE) is None


@pytest.mark.slow
def test_whoever_reads_meanwhile_sees_one_state(filled: Store) -> None:
    with filled.read(HERE) as snapshot:
        before = contents(snapshot)
        erase(filled, "a", "b")
        assert before == contents(snapshot)


@pytest.mark.slow
def test_a_session_that_relied_on_it_conflicts(filled: Store) -> None:
    def change() -> None:
        with filled.session(HERE, actor="x", reason="改", at=later(6)) as session:
            seen = session.get("thing", "a")
            assert seen is not None
            erase(filled, "a")
            session.put(thing("a", note="再改"), seen.version)

    with pytest.raises(Conflict):
        change()
    assert ("thing", "a") not in kept(filled)


def test_what_cannot_be_said_of_a_session_cannot_be_said_here(filled: Store) -> None:
    keys = [("thing", "a")]
    before = state(filled)
    with pytest.raises(TextRefused):
        filled.erase(HERE, keys, actor="a\x00", reason="清除", at=AT)
    with pytest.raises(TextRefused):
        filled.erase(HERE, keys, actor="a", reason="\ud800", at=AT)
    with pytest.raises(Misuse):
        filled.erase(HERE, keys, actor="a", reason="清除", at=datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake meant
    with pytest.raises(UnknownRecordType):
        filled.erase(HERE, [("thnig", "a")], actor="a", reason="清除", at=AT)
    assert before == state(filled)
