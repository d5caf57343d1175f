"""Clause 6: two districts in one store never see or block each other."""

from typing import Any, cast

import pytest

from shequ.errors import Misuse, TextRefused
from shequ.store import ABSENT, ANY, Store
from shequ.testing.stores.base import AT, StoreSuite, later

__all__ = ["DistrictTests"]


class DistrictTests(StoreSuite):
    """Clause 6, districts."""

    def test_each_has_contents_versions_feed_and_chain_of_its_own(self, store: Store) -> None:
        """Clauses 6.1, 4.3."""
        self.save(store, self.make("a", text="彼"), self.make("b"), district=self.there)
        self.save(store, self.make("a", text="此"), district=self.here)
        assert {"a": ("此", 1)} == {
            id_: (self.text_of(found), found.version) for (_, id_), found in self.kept(store, self.here).items()
        }, "6.1: a district sees its own records only, and its versions begin with 1"
        assert {"a": ("彼", 1), "b": ("物", 2)} == {
            id_: (self.text_of(found), found.version) for (_, id_), found in self.kept(store, self.there).items()
        }, "6.1: so does the other"
        assert [(1, "此")] == [
            (change.number, (change.after or {})[self.text_field]) for change in store.changes(self.here)
        ], "6.1: each district has a feed of its own, numbered from 1"
        assert [1] == [change.number for change in store.history(self.here, self.kind, "a")], (
            "6.1: the history of a record is that of its district"
        )
        assert [] == list(store.history(self.here, self.kind, "b")), "6.1: another district's record has none here"
        for district in (self.here, self.there):
            assert store.verify(district) is None, "6.1: each district has a chain of its own"

    def test_what_is_done_in_one_leaves_the_other_alone(self, store: Store) -> None:
        """Clause 6.1."""
        self.save(store, *self.each("a", "b"), district=self.here)
        self.save(store, *self.each("a", "b"), district=self.there)
        before = self.state(store, self.there)
        self.delete(store, "a", district=self.here)
        self.save(store, self.make("b", text="改"), district=self.here)
        self.erase(store, "a", "b", district=self.here)
        assert before == self.state(store, self.there), "6.1: changes in a district do not reach another one"

    def test_a_session_sees_its_own_district_only(self, store: Store) -> None:
        """Clause 6.1."""
        self.save(store, self.make("a"), district=self.there)
        with self.session(store, self.here) as session:
            assert session.get(self.kind, "a") is None, "6.1: a session does not see another district's record"
            session.put(self.make("a", text="此"), ABSENT)
        assert "物" == self.text_of(self.get(store, "a", self.there)), "6.1: nor does it write over it"

    def test_sessions_in_two_districts_do_not_block_each_other(self, store: Store) -> None:
        """Clauses 6.2, 2.6: even on records of one id, each within the other."""

        def interleave() -> None:
            with self.session(store, self.here) as here:
                here.put(self.make("a", text="此"), ABSENT)
                with self.session(store, self.there) as there:
                    there.put(self.make("a", text="彼"), ABSENT)
                    self.save(store, self.make("b"), district=self.here, at=later(1))
                self.save(store, self.make("b"), district=self.there, at=later(1))

        self.free_of_errors(self.together(interleave))
        for district, text in ((self.here, "此"), (self.there, "彼")):
            found = {id_: self.text_of(kept) for (_, id_), kept in self.kept(store, district).items()}
            assert {"a": text, "b": "物"} == found, "6.2: sessions in two districts neither conflict nor wait"

    def test_the_districts_held_are_listed_in_order(self, store: Store) -> None:
        """Clause 6.3."""
        assert () == store.districts(), "6.3: an empty store holds no district"
        names = ("b", "B", "a", "330206", "街道", "a ")
        for name in names:
            self.save(store, self.make("x"), district=name)
        self.delete(store, "x", district="b")
        assert tuple(sorted(names)) == store.districts(), (
            "6.3: districts are those that have a history, in order; names that differ by case or a blank are different"
        )

    def test_an_unknown_district_is_empty(self, store: Store) -> None:
        """Clause 6.3."""
        assert {} == self.kept(store, "none"), "6.3: an unknown district holds nothing"
        assert [] == list(store.changes("none")), "6.3: and has no feed"
        assert [] == list(store.history("none", self.kind, "a")), "6.3: nor history"
        assert store.verify("none") is None, "6.3: and its chain holds"
        assert () == store.districts(), "6.3: asking about a district does not make it"

    def test_what_cannot_name_a_district_is_misuse(self, store: Store) -> None:
        """Clauses 6.4, 12.2."""
        wrong: tuple[Any, ...] = ("", "x" * 65, None, 7)
        for name in wrong:
            self._refused_district(store, cast("str", name))
        assert () == store.districts(), "6.4: a district's name has 1 to 64 characters; nothing else is stored"

    def _refused_district(self, store: Store, district: str) -> None:
        with pytest.raises(Misuse), store.session(district, actor="a", reason="r", at=AT) as session:
            session.put(self.make("a"), ANY)
        with pytest.raises(Misuse), store.read(district) as snapshot:
            snapshot.get(self.kind, "a")
        with pytest.raises(Misuse):
            list(store.changes(district))
        with pytest.raises(Misuse):
            list(store.history(district, self.kind, "a"))
        with pytest.raises(Misuse):
            store.verify(district)
        with pytest.raises(Misuse):
            store.erase(district, [(self.kind, "a")], actor="a", reason="r", at=AT)

    def test_a_name_that_some_store_would_alter_is_refused(self, store: Store) -> None:
        """Clauses 6.4, 7.4."""
        for district in ("a\x00b", "\ud800"):
            with pytest.raises(TextRefused):
                self.save(store, self.make("a"), district=district)
        self.save(store, self.make("a"), district="区" * 64)
        assert ("区" * 64,) == store.districts(), "6.4: 64 characters of any kind name a district"
