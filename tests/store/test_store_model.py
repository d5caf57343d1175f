"""Both stores against a plain dict: they do what it does, whatever is done, and keep the same chain."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from store_samples import HERE, SCHEMA, THERE, Plan, contents, kept, later, salts, thing

from shequ.codec import to_plain
from shequ.errors import Conflict
from shequ.model import Record
from shequ.store import ABSENT, ANY, Expect, Session, Store
from shequ.store.memory import MemoryStore
from shequ.store.sql.store import SqlStore

Key = tuple[str, str]
Contents = dict[Key, Record]

DISTRICTS = st.sampled_from((HERE, THERE))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("put", "put", "put", "delete")),
        st.sampled_from(("thing", "plan")),
        st.sampled_from(("a", "A", "b", "a.1")),
        st.sampled_from(("seen", "seen", "seen", "absent", "any", "stale")),
        st.integers(0, 3),
    ),
    max_size=6,
)


class BrokenError(Exception):
    """What makes a session roll back."""


def make(name: str, id_: str, number: int) -> Record:
    return thing(id_, number=number) if name == "thing" else Plan(id=id_, district="x", version=number)


class StoresAgree(RuleBasedStateMachine):
    """Runs the same sessions on both stores and on dicts."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.stores: list[Store] = [
            MemoryStore(SCHEMA, entropy=salts()),
            SqlStore(f"sqlite:///{Path(self.folder.name)}/x.db", SCHEMA, entropy=salts()),
        ]
        self.now: dict[str, Contents] = {HERE: {}, THERE: {}}
        self.past: dict[str, list[tuple[int, Contents]]] = {HERE: [], THERE: []}
        self.feed: dict[str, list[tuple[int, Key, Record | None, Record | None]]] = {HERE: [], THERE: []}
        self.minutes = 0

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        self.folder.cleanup()

    @rule(district=DISTRICTS, steps=STEPS, breaks=st.sampled_from((False, False, False, True)))
    def commit(self, district: str, steps: list[tuple[str, str, str, str, int]], breaks: bool) -> None:
        self.minutes += 1
        expected = self._in_the_model(district, steps)
        for store in self.stores:
            try:
                with store.session(district, actor="a", reason="r", at=later(self.minutes)) as session:
                    for step in steps:
                        self._do(session, step)
                    if breaks:
                        raise BrokenError  # noqa: TRY301 - the session is what is tested
            except Conflict:
                outcome = "conflict"
            except BrokenError:
                outcome = "broken"
            else:
                outcome = "done"
            if expected is None:
                assert outcome in ("conflict", "broken" if breaks else "conflict")
            else:
                assert ("broken" if breaks else "done") == outcome
        if expected is not None and not breaks:
            self._commit_in_the_model(district, expected)

    @staticmethod
    def _do(session: Session, step: tuple[str, str, str, str, int]) -> None:
        what, name, id_, expectation, number = step
        expect: Expect = {"absent": ABSENT, "any": ANY, "stale": 10**6}.get(expectation, ABSENT)
        if expectation == "seen":
            found = session.get(name, id_)
            expect = ABSENT if found is None else found.version
        if what == "put":
            session.put(make(name, id_, number), expect)
        else:
            session.delete(name, id_, expect)

    def _in_the_model(
        self, district: str, steps: list[tuple[str, str, str, str, int]]
    ) -> dict[Key, Record | None] | None:
        """What each record touched is afterwards; ``None`` if there is a conflict."""
        now: dict[Key, Record | None] = {}
        for what, name, id_, expectation, number in steps:
            found = now.get((name, id_), self.now[district].get((name, id_)))
            if (
                expectation == "stale"
                or (expectation == "absent" and found is not None)
                or (what == "delete" and found is None)
            ):
                return None
            now[name, id_] = make(name, id_, number) if what == "put" else None
        return now

    def _commit_in_the_model(self, district: str, after: dict[Key, Record | None]) -> None:
        changed = False
        for key, record in after.items():
            before = self.now[district].get(key)
            if before == record:
                continue
            changed = True
            self.feed[district].append((len(self.feed[district]) + 1, key, before, record))
            if record is None:
                del self.now[district][key]
            else:
                self.now[district][key] = record
        if changed:
            self.past[district].append((self.minutes, dict(self.now[district])))

    @invariant()
    def the_contents_agree(self) -> None:
        for district, now in self.now.items():
            for store in self.stores:
                found = kept(store, district)
                assert now == {key: stored.record for key, stored in found.items()}
                last = {key: number for number, key, _, record in self.feed[district] if record is not None}
                assert {key: last[key] for key in now} == {key: stored.version for key, stored in found.items()}

    @invariant()
    def the_feeds_agree(self) -> None:
        for district, feed in self.feed.items():
            first, second = (list(store.changes(district)) for store in self.stores)
            assert first == second
            expected = [
                (number, key, before and to_plain(before), record and to_plain(record))
                for number, key, before, record in feed
            ]
            assert expected == [(c.number, (c.type, c.id), c.before, c.after) for c in first]

    @invariant()
    def the_chain_holds(self) -> None:
        for store in self.stores:
            assert [None, None] == [store.verify(district) for district in (HERE, THERE)]
            assert tuple(sorted(name for name, feed in self.feed.items() if feed)) == store.districts()

    @precondition(lambda self: any(self.past.values()))
    @rule(district=DISTRICTS, pick=st.integers(0, 1000))
    def look_back(self, district: str, pick: int) -> None:
        minutes = pick % (self.minutes + 1)
        known: Contents = {}
        for when, state in self.past[district]:
            if when <= minutes:
                known = state
        for store in self.stores:
            with store.read(district, known_at=later(minutes)) as snapshot:
                assert known == {key: stored.record for key, stored in contents(snapshot).items()}

    @rule(district=DISTRICTS, name=st.sampled_from(("thing", "plan")), id_=st.sampled_from(("a", "b")))
    def follow_one_record(self, district: str, name: str, id_: str) -> None:
        expected = [number for number, key, _, _ in self.feed[district] if key == (name, id_)]
        for store in self.stores:
            assert expected == [change.number for change in store.history(district, name, id_)]


@pytest.mark.parametrize("examples", [25, pytest.param(150, marks=pytest.mark.slow)])
def test_stores_agree_with_a_dict(examples: int) -> None:
    run_state_machine_as_test(
        StoresAgree,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
