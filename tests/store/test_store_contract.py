"""The contract's clauses, by number, on every store."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from store_samples import (
    AT,
    HERE,
    NASTY_TEXTS,
    THERE,
    THINGS,
    Plan,
    Shape,
    Thing,
    contents,
    kept,
    later,
    renamed,
    save,
    state,
    thing,
    things,
)

from shequ.effective import SHANGHAI
from shequ.errors import (
    Conflict,
    InvalidRecord,
    Misuse,
    StoreClosed,
    TextRefused,
    UnknownRecordType,
    Unsupported,
)
from shequ.model import Resident
from shequ.query import Select, eq
from shequ.store import ABSENT, ANY, Change, Expect, Session, Store

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def session(store: Store, district: str = HERE, at: datetime = AT):
    return store.session(district, actor="clerk-07", reason="测试", at=at)


class TestAtomic:
    """Clause 1: a session commits all of its changes on a clean exit and none on an exception."""

    def test_a_clean_exit_commits_all(self, store: Store) -> None:
        save(store, *things("a", "b", "c"))
        assert {("thing", "a"), ("thing", "b"), ("thing", "c")} == set(kept(store))

    def test_an_exception_rolls_back_and_goes_on(self, store: Store) -> None:
        save(store, thing("a"))
        before = state(store)
        with pytest.raises(ZeroDivisionError), session(store) as changes:  # noqa: PT012 - the exit raises
            changes.put(thing("b"), ABSENT)
            changes.delete("thing", "a", ANY)
            raise ZeroDivisionError
        assert before == state(store)

    @pytest.mark.parametrize("position", range(5))
    def test_one_conflict_at_any_place_undoes_all(self, store: Store, position: int) -> None:
        save(store, thing("c2"))
        before = state(store)
        ids = [f"c{number}" for number in range(5)]
        ids[position], ids[2] = "c2", ids[position]
        with pytest.raises(Conflict) as caught, session(store) as changes:  # noqa: PT012 - the exit raises
            for id_ in ids:
                changes.put(thing(id_, name="新"), ABSENT)
        assert ("thing", "c2", None, 1) == (
            caught.value.type,
            caught.value.id,
            caught.value.expected,
            caught.value.found,
        )
        assert before == state(store)

    def test_a_conflict_that_was_caught_still_undoes_all(self, store: Store) -> None:
        with pytest.raises(Conflict), session(store) as changes:  # noqa: PT012 - the exit raises
            changes.put(thing("a"), ABSENT)
            with pytest.raises(Conflict):
                changes.put(thing("a", name="另一"), ABSENT)
        assert () == store.districts()

    def test_more_records_than_one_page_or_batch(self, store: Store) -> None:
        ids = [f"t{number:05d}" for number in range(5501)]
        save(store, *things(*ids))
        with session(store) as changes:
            for id_ in ids:
                changes.put(thing(id_, name="改"), ANY)
            changes.delete("thing", ids[700], ANY)
        del ids[700]
        with store.read(HERE) as snapshot:
            assert ids == [found.record.id for found in snapshot.scan(Select("thing"))]
        assert list(range(1, 11003)) == [change.number for change in store.changes(HERE)]
        assert store.verify(HERE) is None

    def test_of_several_types_each_goes_where_it_belongs(self, store: Store) -> None:
        save(store, thing("a"), Plan(id="a", district="x", version=3, group="g"), thing("b"))
        assert [
            ("thing", "a", 1),
            ("plan", "a", 2),
            ("thing", "b", 3),
        ] == [(change.type, change.id, change.number) for change in store.changes(HERE)]
        assert Plan(id="a", district="x", version=3, group="g") == kept(store)["plan", "a"].record


class TestVersions:
    """Clause 2: a stale write changes nothing, and a version is never used twice."""

    def test_the_version_is_the_number_of_the_change(self, store: Store) -> None:
        save(store, *things("a", "b"))
        save(store, thing("a", name="改"))
        assert {
            ("thing", "a"): 3,
            ("thing", "b"): 2,
        } == {key: found.version for key, found in kept(store).items()}

    @pytest.mark.parametrize("expect", [ABSENT, 1, 3, 99, 0, -1])
    def test_a_stale_write_is_a_conflict_with_both_versions(self, store: Store, expect: Expect) -> None:
        save(store, thing("a"))
        save(store, thing("a", name="改"))
        before = state(store)
        for write in (
            lambda changes: changes.put(thing("a", name="再改"), expect),
            lambda changes: changes.put(thing("a", name="改"), expect),
            lambda changes: changes.delete("thing", "a", expect),
        ):
            with pytest.raises(Conflict) as caught, session(store) as changes:
                write(changes)
            assert (None if expect is ABSENT else expect, 2) == (caught.value.expected, caught.value.found)
        assert before == state(store)

    @pytest.mark.parametrize("expect", [1, ANY, ABSENT])
    def test_what_is_not_there_cannot_be_deleted(self, store: Store, expect: Expect) -> None:
        with pytest.raises(Conflict) as caught, session(store) as changes:
            changes.delete("thing", "a", expect)
        assert (1 if expect == 1 else None, None) == (caught.value.expected, caught.value.found)

    def test_what_is_not_there_cannot_be_updated(self, store: Store) -> None:
        with pytest.raises(Conflict) as caught, session(store) as changes:
            changes.put(thing("a"), 1)
        assert (1, None) == (caught.value.expected, caught.value.found)

    def test_the_version_that_was_read_can_be_replaced_and_deleted(self, store: Store) -> None:
        save(store, thing("a"))
        with session(store) as changes:
            found = changes.get("thing", "a")
            assert found is not None
            changes.put(thing("a", name="改"), found.version)
        assert "改" == kept(store)["thing", "a"].record.name
        with session(store) as changes:
            changes.delete("thing", "a", 2)
        assert {} == kept(store)

    def test_a_record_made_again_does_not_get_an_old_version(self, store: Store) -> None:
        seen = []
        for _ in range(3):
            save(store, thing("a"))
            seen.append(kept(store)["thing", "a"].version)
            with session(store) as changes:
                changes.delete("thing", "a", ANY)
        assert [1, 3, 5] == seen
        with pytest.raises(Conflict), session(store) as changes:
            changes.put(thing("a"), 1)

    def test_of_two_sessions_on_one_record_the_second_to_commit_fails(self, store: Store) -> None:
        save(store, thing("a"))
        with pytest.raises(Conflict) as caught, session(store) as slow:  # noqa: PT012 - the exit raises
            found = slow.get("thing", "a")
            assert found is not None
            slow.put(thing("a", name="慢"), found.version)
            slow.put(thing("b"), ABSENT)
            save(store, thing("a", name="快"), expect=found.version)
        assert ("thing", "a", 1, 2) == (
            caught.value.type,
            caught.value.id,
            caught.value.expected,
            caught.value.found,
        )
        assert {("thing", "a"): "快"} == {key: found.record.name for key, found in kept(store).items()}

    def test_two_sessions_on_different_records_both_commit(self, store: Store) -> None:
        with session(store) as one:
            one.put(thing("a"), ABSENT)
            with session(store) as other:
                other.put(thing("b"), ABSENT)
        assert [
            ("b", 1, 1),
            ("a", 2, 2),
        ] == [(change.id, change.number, change.commit) for change in store.changes(HERE)]

    def test_any_replaces_what_came_up_in_between(self, store: Store) -> None:
        with session(store) as slow:
            slow.put(thing("a", name="慢"), ANY)
            save(store, thing("a", name="快"))
        assert [("快", None), ("慢", "快")] == [
            (change.after["name"], change.before and change.before["name"])
            for change in store.changes(HERE)
            if change.after is not None
        ]

    def test_any_writes_over_a_change_even_with_what_the_session_saw(self, store: Store) -> None:
        save(store, thing("a"))
        with session(store) as slow:
            slow.put(thing("a"), ANY)
            save(store, thing("a", name="快"))
        assert thing("a") == kept(store)["thing", "a"].record

    def test_an_equal_record_relied_on_is_checked_too(self, store: Store) -> None:
        save(store, thing("a"))
        with pytest.raises(Conflict), session(store) as slow:  # noqa: PT012 - the exit raises
            slow.put(thing("a"), 1)
            save(store, thing("a", name="快"))

    @pytest.mark.parametrize("expect", [None, "1", 1.0, True])
    def test_what_is_no_expectation_is_misuse(self, store: Store, expect: Expect) -> None:
        with pytest.raises(Misuse), session(store) as changes:
            changes.put(thing("a"), expect)
        assert () == store.districts()


class TestWithinASession:
    """A session sees what it did, and commits the net effect."""

    def test_it_sees_what_it_put_and_deleted(self, store: Store) -> None:
        save(store, *things("b", "d", "f"))
        with session(store) as changes:
            for id_ in ("a", "c", "d", "g"):
                changes.put(thing(id_, name="新"), ANY)
            changes.delete("thing", "f", ANY)
            seen = [(found.record.id, found.record.name) for found in changes.scan(Select("thing"))]
            assert [("a", "新"), ("b", "物"), ("c", "新"), ("d", "新"), ("g", "新")] == seen
            assert changes.get("thing", "f") is None
            found = changes.get("thing", "a")
            assert found is not None
            assert thing("a", name="新") == found.record

    def test_a_record_put_twice_has_one_entry(self, store: Store) -> None:
        with session(store) as changes:
            changes.put(thing("a", name="一"), ABSENT)
            found = changes.get("thing", "a")
            assert found is not None
            changes.put(thing("a", name="二"), found.version)
        assert ["二"] == [change.after["name"] for change in store.changes(HERE) if change.after]

    def test_a_provisional_version_is_never_a_stored_one(self, store: Store) -> None:
        with session(store) as changes:
            changes.put(thing("a"), ABSENT)
            found = changes.get("thing", "a")
        assert found is not None
        with pytest.raises(Conflict):
            save(store, thing("a", name="改"), expect=found.version)

    def test_a_second_write_expects_what_the_first_one_left(self, store: Store) -> None:
        save(store, thing("a"))
        for first, second in (
            (lambda changes: changes.put(thing("a", name="一"), 1), 1),
            (lambda changes: changes.put(thing("a", name="一"), 1), ABSENT),
            (lambda changes: changes.delete("thing", "a", 1), 1),
        ):
            with pytest.raises(Conflict), session(store) as changes:  # noqa: PT012 - the exit raises
                first(changes)
                changes.put(thing("a", name="二"), second)

    def test_put_and_deleted_leaves_no_trace(self, store: Store) -> None:
        with session(store) as changes:
            changes.put(thing("a"), ABSENT)
            changes.delete("thing", "a", ANY)
        assert () == store.districts()
        assert [] == list(store.changes(HERE))

    def test_deleted_and_put_back_leaves_no_trace(self, store: Store) -> None:
        save(store, thing("a"))
        before = state(store)
        with session(store) as changes:
            changes.delete("thing", "a", 1)
            changes.put(thing("a"), ABSENT)
        assert before == state(store)

    def test_deleted_and_put_anew_is_one_change(self, store: Store) -> None:
        save(store, thing("a"))
        with session(store) as changes:
            changes.delete("thing", "a", 1)
            changes.put(thing("a", name="改"), ABSENT)
        assert [("物", "改")] == [
            (change.before["name"], change.after["name"])
            for change in store.changes(HERE, 1)
            if change.before and change.after
        ]

    def test_an_equal_record_is_no_change(self, store: Store) -> None:
        save(store, *things("a", "b"))
        before = state(store)
        save(store, *things("a", "b"), at=later(1))
        assert before == state(store)

    def test_an_empty_session_is_no_commit(self, store: Store) -> None:
        with session(store):
            pass
        assert () == store.districts()

    def test_each_record_scanned_can_be_replaced(self, store: Store) -> None:
        ids = [f"t{number:04d}" for number in range(1203)]
        save(store, *things(*ids))
        with session(store) as changes:
            for found in changes.scan(Select("thing")):
                assert isinstance(found.record, Thing)
                changes.put(renamed(found.record, found.record.id), found.version)
        assert ids == [found.record.name for found in kept(store).values()]

    def test_a_change_of_a_wall_clock_hour_is_a_change(self, store: Store) -> None:
        """In 1986 Shanghai put its clocks back: the hour before and the hour after read the same."""
        first = datetime(1986, 9, 14, 1, 30, tzinfo=SHANGHAI)
        assert first.replace(fold=1).utcoffset() != first.utcoffset()
        save(store, thing("a", seen=first))
        save(store, thing("a", seen=first.replace(fold=1)))
        assert 2 == len(list(store.changes(HERE)))
        found = kept(store)["thing", "a"].record
        assert isinstance(found, Thing)
        assert first.replace(fold=1).astimezone(UTC) == (found.seen or first).astimezone(UTC)


class TestSnapshots:
    """Clause 3: what a reader sees does not move while it reads."""

    def test_a_reader_sees_one_state_throughout(self, store: Store) -> None:
        ids = [f"t{number:04d}" for number in range(1001)]
        save(store, *things(*ids))
        with store.read(HERE) as snapshot:
            scan = snapshot.scan(Select("thing"))
            first = next(scan)
            save(store, *things("a", "z"), thing("t0999", name="改"))
            with session(store) as changes:
                changes.delete("thing", "t1000", ANY)
            assert ids == [first.record.id, *(found.record.id for found in scan)]
            assert {"物"} == {found.record.name for found in contents(snapshot).values()}
            assert snapshot.get("thing", "a") is None
            assert snapshot.get("thing", "t1000") is not None
        assert {"a", "z"} <= {id_ for _, id_ in kept(store)}

    def test_a_session_sees_one_state_throughout(self, store: Store) -> None:
        save(store, thing("a"))
        with session(store) as changes:
            save(store, thing("a", name="改"), thing("b"))
            found = changes.get("thing", "a")
            assert found is not None
            assert ("物", 1) == (found.record.name, found.version)
            assert changes.get("thing", "b") is None

    def test_a_scan_in_a_session_does_not_see_what_is_put_while_it_runs(self, store: Store) -> None:
        save(store, *things("a", "c"))
        with session(store) as changes:
            seen = []
            for found in changes.scan(Select("thing")):
                seen.append(found.record.id)
                changes.put(thing(f"{found.record.id}z"), ABSENT)
        assert ["a", "c"] == seen

    def test_records_come_in_order_of_id(self, store: Store) -> None:
        ids = ["b", "B", "a", "10", "9", "a.b", "a-b", "a_b", "Z", "aa", "0"]
        save(store, *things(*ids))
        with store.read(HERE) as snapshot:
            assert sorted(ids) == [found.record.id for found in snapshot.scan(Select("thing"))]

    def test_the_feed_ends_where_it_stood_when_it_was_asked_for(self, store: Store) -> None:
        save(store, *things("a", "b"))
        feed = store.changes(HERE)
        save(store, thing("c"))
        assert [1, 2] == [change.number for change in feed]


class TestKnownAt:
    """A store that keeps history can be read as it was known at a time."""

    def test_each_moment_shows_what_was_known_then(self, store: Store) -> None:
        save(store, *things("a", "b"), at=later(0))
        save(store, thing("a", name="改"), at=later(10))
        with session(store, at=later(20)) as changes:
            changes.delete("thing", "b", ANY)
        seen = {}
        for minutes in (-1, 0, 9, 10, 20, 1000):
            with store.read(HERE, known_at=later(minutes)) as snapshot:
                seen[minutes] = {
                    id_: (found.record.name, found.version) for (_, id_), found in contents(snapshot).items()
                }
                for id_ in ("a", "b"):
                    found = snapshot.get("thing", id_)
                    assert seen[minutes].get(id_) == (found and (found.record.name, found.version))
        assert {
            -1: {},
            0: {"a": ("物", 1), "b": ("物", 2)},
            9: {"a": ("物", 1), "b": ("物", 2)},
            10: {"a": ("改", 3), "b": ("物", 2)},
            20: {"a": ("改", 3)},
            1000: {"a": ("改", 3)},
        } == seen

    def test_the_time_zone_does_not_matter(self, store: Store) -> None:
        save(store, thing("a"))
        for zone in (UTC, SHANGHAI):
            with store.read(HERE, known_at=AT.astimezone(zone)) as snapshot:
                assert snapshot.get("thing", "a") is not None
            with store.read(HERE, known_at=(AT - timedelta(microseconds=1)).astimezone(zone)) as snapshot:
                assert snapshot.get("thing", "a") is None

    def test_only_states_that_existed_are_shown(self, store: Store) -> None:
        """A commit whose clock was slow was known when the one before it was."""
        save(store, thing("a"), at=later(10))
        save(store, thing("b"), at=later(5))
        with store.read(HERE, known_at=later(7)) as snapshot:
            assert {} == contents(snapshot)
        with store.read(HERE, known_at=later(10)) as snapshot:
            assert 2 == len(contents(snapshot))

    def test_a_past_state_of_many_records(self, store: Store) -> None:
        ids = [f"t{number:04d}" for number in range(1000)]
        save(store, *things(*ids))
        with session(store, at=later(1)) as changes:
            for id_ in ids[::2]:
                changes.delete("thing", id_, ANY)
        with store.read(HERE, known_at=later(0)) as snapshot:
            assert ids == [found.record.id for found in snapshot.scan(Select("thing"))]
        with store.read(HERE, known_at=later(1)) as snapshot:
            assert ids[1::2] == [found.record.id for found in snapshot.scan(Select("thing"))]

    def test_a_time_without_zone_is_misuse(self, store: Store) -> None:
        with pytest.raises(Misuse), store.read(HERE, known_at=datetime(2026, 1, 5)):  # noqa: DTZ001 - the point
            pass


class TestHistory:
    """Clause 4: every committed change, and no other, is in the history."""

    def test_it_says_who_when_why_before_and_after(self, store: Store) -> None:
        with store.session(HERE, actor="clerk-07", reason="迁入 3 号\n", at=AT.astimezone(UTC)) as changes:
            changes.put(thing("a", tags=("一", "二"), shape=Shape.ROUND), ABSENT)
        with store.session(HERE, actor="李", reason="", at=later(1)) as changes:
            changes.put(thing("a"), 1)
            changes.put(thing("b"), ABSENT)
        with store.session(HERE, actor="李", reason="误录", at=later(2)) as changes:
            changes.delete("thing", "a", ANY)
        first = {
            "id": "a",
            "name": "物",
            "tags": ["一", "二"],
            "shape": "round",
            "sex": "0",
            "number": 0,
            "done": False,
        }
        second = {"id": "a", "name": "物", "sex": "0", "number": 0, "done": False}
        expected = [
            (1, 1, AT, "clerk-07", "迁入 3 号\n", "thing", "a", None, first),
            (2, 2, later(1), "李", "", "thing", "a", first, second),
            (3, 2, later(1), "李", "", "thing", "b", None, {**second, "id": "b"}),
            (4, 3, later(2), "李", "误录", "thing", "a", second, None),
        ]
        feed = list(store.changes(HERE))
        assert expected == [attrs.astuple(change, recurse=False)[:9] for change in feed]
        assert SHANGHAI == feed[0].at.tzinfo
        assert [feed[0], feed[1], feed[3]] == list(store.history(HERE, "thing", "a"))
        assert [] == list(store.history(HERE, "thing", "c"))
        assert [] == list(store.history(HERE, "plan", "a"))

    def test_the_feed_can_be_taken_up_anywhere(self, store: Store) -> None:
        save(store, *things(*(f"t{number}" for number in range(7))))
        for after in (0, 1, 6, 7, 99):
            assert list(range(after + 1, 8)) == [change.number for change in store.changes(HERE, after)]

    def test_a_reader_cannot_alter_it(self, store: Store) -> None:
        save(store, thing("a"))
        for change in store.changes(HERE):
            assert change.after is not None
            change.after["name"] = "改"
        assert ["物"] == [change.after["name"] for change in store.changes(HERE) if change.after]
        assert store.verify(HERE) is None

    def test_long_histories_of_one_record(self, store: Store) -> None:
        for number in range(12):
            save(store, thing("a", number=number), thing(f"b{number}"))
        changes = [
            (c.before and c.before["number"], c.after and c.after["number"]) for c in store.history(HERE, "thing", "a")
        ]
        assert [(None, 0), *((number, number + 1) for number in range(11))] == changes

    @pytest.mark.parametrize("words", ["\x00", "a\x00b", "\ud800", "a\udfff"])
    def test_words_that_some_store_would_alter_are_refused(self, store: Store, words: str) -> None:
        for actor, reason in ((words, ""), ("", words)):
            with pytest.raises(TextRefused), store.session(HERE, actor=actor, reason=reason, at=AT):
                pass

    def test_a_session_without_a_time_zone_is_misuse(self, store: Store) -> None:
        with pytest.raises(Misuse), session(store, at=datetime(2026, 1, 5)):  # noqa: DTZ001 - the point
            pass


class TestDistricts:
    """Clause 6: two districts in one store never see each other."""

    def test_each_has_contents_feed_and_chain_of_its_own(self, store: Store) -> None:
        save(store, thing("a"), thing("b"), district=THERE)
        save(store, thing("a", name="此"), district=HERE)
        assert (HERE, THERE) == store.districts()
        assert {("thing", "a"): ("此", 1)} == {
            key: (found.record.name, found.version) for key, found in kept(store, HERE).items()
        }
        assert {
            ("thing", "a"): 1,
            ("thing", "b"): 2,
        } == {key: found.version for key, found in kept(store, THERE).items()}
        assert [1] == [change.number for change in store.changes(HERE)]
        assert [1] == [change.number for change in store.history(HERE, "thing", "a")]
        assert store.verify(HERE) is None
        assert store.verify(THERE) is None
        with session(store, THERE) as changes:
            changes.delete("thing", "a", 1)
        assert ("thing", "a") in kept(store, HERE)

    def test_the_same_first_change_has_another_digest_elsewhere(self, new_store: Callable[[], Store]) -> None:
        """An entry cannot be passed off as another district's."""
        store = new_store()
        save(store, thing("a"), district=HERE)
        save(store, thing("a"), district=THERE)
        here, there = list(store.changes(HERE)), list(store.changes(THERE))
        assert here[0].digest != there[0].digest

    def test_an_unknown_district_is_empty(self, store: Store) -> None:
        assert {} == kept(store, "none")
        assert [] == list(store.changes("none"))
        assert store.verify("none") is None
        assert () == store.districts()

    @pytest.mark.parametrize("district", ["", "x" * 65, None])
    def test_what_cannot_name_a_district_is_misuse(self, store: Store, district: str) -> None:
        for ask in (
            lambda: session(store, district).__enter__(),
            lambda: store.read(district).__enter__(),
            lambda: list(store.changes(district)),
            lambda: list(store.history(district, "thing", "a")),
            lambda: store.verify(district),
        ):
            with pytest.raises(Misuse):
                ask()


class TestText:
    """Clause 7: what was sent comes back."""

    @SHARED
    @given(sent=THINGS)
    @example(sent=Thing(id="a", name=""))
    @example(sent=Thing(id="a", name="", note="", number=-(2**63) + 1, price=2**63 - 1))
    def test_every_record_comes_back_as_it_was_sent(self, store: Store, sent: Thing) -> None:
        save(store, sent, at=AT)
        with store.read(HERE) as snapshot:
            found = snapshot.get("thing", sent.id)
        assert found is not None
        assert isinstance(found.record, Thing)
        assert attrs.evolve(sent, seen=None) == attrs.evolve(found.record, seen=None)
        assert (sent.seen and sent.seen.astimezone(UTC)) == (found.record.seen and found.record.seen.astimezone(UTC))
        last = list(store.history(HERE, "thing", sent.id))[-1]
        assert sent.name == (last.after or {})["name"]

    def test_texts_that_look_alike_stay_different(self, store: Store) -> None:
        save(store, *(thing(f"t{number}", name=text, note=text) for number, text in enumerate(NASTY_TEXTS)))
        found = {id_: stored.record for (_, id_), stored in kept(store).items()}
        assert [(text, text) for text in NASTY_TEXTS] == [
            (found[f"t{number}"].name, found[f"t{number}"].note) for number in range(len(NASTY_TEXTS))
        ]

    def test_ids_that_differ_in_case_are_different_records(self, store: Store) -> None:
        save(store, thing("a", name="小"), thing("A", name="大"))
        assert {"a": "小", "A": "大"} == {id_: found.record.name for (_, id_), found in kept(store).items()}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("number", 2**63),
            ("number", -(2**63)),
            ("price", 2**63),
            ("seen", datetime(1, 1, 1, tzinfo=SHANGHAI)),
            ("seen", datetime(9999, 12, 31, 23, tzinfo=UTC)),
        ],
    )
    def test_what_some_store_could_not_hold_is_refused_by_all(self, store: Store, field: str, value: object) -> None:
        with pytest.raises(InvalidRecord) as caught, session(store) as changes:
            changes.put(thing("a", **{field: value}), ABSENT)
        assert ("thing", field, value) == (caught.value.type, caught.value.field, caught.value.value)


class TestPowers:
    """Clause 8: an undeclared power is refused, an unknown type is named."""

    def test_a_condition_is_not_declared(self, store: Store) -> None:
        assert "filter" not in store.capabilities
        asked = Select("thing", eq("name", "物"))
        with store.read(HERE) as snapshot, pytest.raises(Unsupported):
            snapshot.scan(asked)
        with store.read(HERE, known_at=AT) as snapshot, pytest.raises(Unsupported):
            snapshot.scan(asked)
        with session(store) as changes, pytest.raises(Unsupported):
            changes.scan(asked)

    def test_an_unknown_type_is_an_error_that_suggests_one(self, store: Store) -> None:
        def refused(ask: Callable[[], object]) -> None:
            with pytest.raises(UnknownRecordType) as caught:
                ask()
            assert ("thing",) == caught.value.suggestions

        for known_at in (None, AT):
            with store.read(HERE, known_at) as snapshot:
                refused(lambda: snapshot.get("thingg", "a"))
                refused(lambda: snapshot.scan(Select("thingg")))
        with session(store) as changes:
            refused(lambda: changes.get("thingg", "a"))
            refused(lambda: changes.scan(Select("thingg")))
            refused(lambda: changes.delete("thingg", "a", ANY))
        refused(lambda: store.history(HERE, "thingg", "a"))

    def test_a_record_of_a_type_that_the_store_was_not_opened_for(self, store: Store) -> None:
        with pytest.raises(UnknownRecordType), session(store) as changes:
            changes.put(Resident(id="a", name="张"), ABSENT)

    def test_a_type_may_be_named_by_its_label(self, store: Store) -> None:
        save(store, thing("a"))
        with session(store) as changes:
            assert changes.get("物", "a") == changes.get("thing", "a") is not None
            changes.delete("物", "a", 1)
            assert changes.get("thing", "a") is None
        assert 2 == len(list(store.history(HERE, "物", "a")))


class TestClosed:
    """What was closed cannot be used."""

    def test_a_closed_store(self, store: Store) -> None:
        save(store, thing("a"))
        store.close()
        for ask in (
            lambda: session(store).__enter__(),
            lambda: store.read(HERE).__enter__(),
            lambda: list(store.changes(HERE)),
            lambda: list(store.history(HERE, "thing", "a")),
            store.districts,
            lambda: store.verify(HERE),
        ):
            with pytest.raises(StoreClosed):
                ask()
        store.close()

    def test_a_store_closed_while_it_is_used(self, store: Store) -> None:
        save(store, *things("a", "b"))
        feed = store.changes(HERE)
        with pytest.raises(StoreClosed), session(store) as changes:  # noqa: PT012 - the exit must raise, too
            scan = changes.scan(Select("thing"))
            changes.put(thing("c"), ABSENT)
            store.close()
            with pytest.raises(StoreClosed):
                next(scan)
            with pytest.raises(StoreClosed):
                changes.get("thing", "a")
        with pytest.raises(StoreClosed):
            next(feed)

    def test_a_snapshot_outside_its_block(self, store: Store) -> None:
        save(store, *things("a", "b"))
        for known_at in (None, AT):
            with store.read(HERE, known_at) as snapshot:
                scan = snapshot.scan(Select("thing"))
                next(scan)
            for ask in (
                lambda: next(scan),  # noqa: B023 - called at once
                lambda: snapshot.get("thing", "a"),
                lambda: snapshot.scan(Select("thing")),
            ):
                with pytest.raises(StoreClosed):
                    ask()

    def test_a_session_outside_its_block(self, store: Store) -> None:
        save(store, thing("a"))
        with session(store) as changes:
            changes.put(thing("b"), ABSENT)
            scan = changes.scan(Select("thing"))
        for ask in (
            lambda: next(scan),
            lambda: changes.get("thing", "a"),
            lambda: changes.get("thing", "b"),
            lambda: changes.scan(Select("thing")),
            lambda: changes.put(thing("c"), ABSENT),
            lambda: changes.delete("thing", "a", ANY),
        ):
            with pytest.raises(StoreClosed):
                ask()


def test_threads_that_add_to_one_record_lose_no_addition(store: Store) -> None:
    save(store, thing("sum"))
    rounds, failures = 15, []

    def add() -> None:
        try:
            for _ in range(rounds):
                _add_one(lambda: session(store))
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    workers = [threading.Thread(target=add) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [] == failures
    assert 4 * rounds == kept(store)["thing", "sum"].record.number
    assert 4 * rounds + 1 == len(list(store.changes(HERE)))
    assert store.verify(HERE) is None


def _add_one(start: Callable[[], object]) -> None:
    while True:
        try:
            with start() as changes:  # type: ignore[attr-defined] # a session
                assert isinstance(changes, Session)
                found = changes.get("thing", "sum")
                assert found is not None
                assert isinstance(found.record, Thing)
                changes.put(attrs.evolve(found.record, number=found.record.number + 1), found.version)
        except Conflict:
            continue
        return


def test_folding_the_feed_gives_the_contents(store: Store) -> None:
    save(store, *things("a", "b", "c"))
    with session(store) as changes:
        changes.put(thing("a", name="改"), 1)
        changes.delete("thing", "b", 2)
    folded: dict[tuple[str, str], Change] = {}
    for change in store.changes(HERE):
        if change.after is None:
            del folded[change.type, change.id]
        else:
            folded[change.type, change.id] = change
    assert {key: found.version for key, found in kept(store).items()} == {
        key: change.number for key, change in folded.items()
    }
