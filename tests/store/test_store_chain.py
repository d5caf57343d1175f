"""Clause 5: what was tampered with shows, what was erased does not."""

import json
import secrets
import sqlite3
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import AT, HERE, SCHEMA, THERE, THINGS, Thing, kept, later, nasty_text, salts, save, thing, things

from shequ.codec import to_plain
from shequ.errors import BackendError
from shequ.store import ANY, Store
from shequ.store.chain import Entry, Head, Revision, canonical, entries, first_misfit, linked
from shequ.store.memory import MemoryStore
from shequ.store.sql.store import SqlStore


def chain(count: int = 6) -> tuple[list[Entry], Head]:
    """A chain of several commits with a change and a deletion in it."""
    made: list[Entry] = []
    head = Head.origin(HERE)
    give = salts()
    for number in range(count):
        revisions = [Revision("thing", f"t{number}", None, thing(f"t{number}", name=f"物{number}"))]
        if number == 2:
            revisions.append(Revision("thing", "t0", 1, None))
        made += entries(head, revisions, at=later(number), actor="a", reason="r", entropy=give)
        head = Head(made[-1].number, made[-1].commit, made[-1].digest)
    return made, head


def test_an_untouched_chain_holds() -> None:
    made, head = chain()
    assert first_misfit(HERE, made, head) is None
    assert list(range(1, 8)) == [entry.number for entry in made]


def test_a_chain_of_another_district_does_not_hold() -> None:
    made, head = chain()
    assert 1 == first_misfit(THERE, made, head)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 99),
        ("commit", 99),
        ("at", later(99)),
        ("actor", "b"),
        ("reason", "其他"),
        ("type", "plan"),
        ("id", "x"),
        ("before", 1),
        ("after", '{"id":"t1","name":"改"}'),
        ("after", None),
        ("after", 7),
        ("salt", "00" * 16),
        ("salt", None),
        ("salt", "no hexadecimal"),
        ("value_hash", "00" * 32),
        ("value_hash", None),
        ("digest", "00" * 32),
        ("at", None),
        ("actor", b"a"),
    ],
)
@pytest.mark.parametrize("place", [0, 2, 6])
def test_an_entry_that_was_altered_does_not_fit(field: str, value: object, place: int) -> None:
    made, head = chain()
    made[place] = attrs.evolve(made[place], **{field: value})
    assert place + 1 == first_misfit(HERE, made, head)


@given(place=st.integers(0, 6))
def test_an_entry_that_is_missing_shows(place: int) -> None:
    made, head = chain()
    del made[place]
    assert place + 1 == first_misfit(HERE, made, head)


@given(place=st.integers(0, 5))
def test_entries_that_changed_places_show(place: int) -> None:
    made, head = chain()
    made[place], made[place + 1] = made[place + 1], made[place]
    assert place + 1 == first_misfit(HERE, made, head)


def test_a_head_that_disagrees_shows() -> None:
    made, head = chain()
    assert 8 == first_misfit(HERE, made, attrs.evolve(head, number=9))
    assert 6 == first_misfit(HERE, made, attrs.evolve(head, number=5))
    assert 7 == first_misfit(HERE, made, attrs.evolve(head, commit=99))
    assert 7 == first_misfit(HERE, made, attrs.evolve(head, digest="00"))
    assert 1 == first_misfit(HERE, made, None)
    assert 1 == first_misfit(HERE, [], head)
    assert first_misfit(HERE, [], None) is None


@given(erased=st.sets(st.integers(0, 6)))
def test_values_can_be_erased_and_the_chain_still_holds(erased: set[int]) -> None:
    made, head = chain()
    for place in erased:
        made[place] = attrs.evolve(made[place], salt=None, after=None)
    assert first_misfit(HERE, made, head) is None


def test_the_same_values_have_different_hashes() -> None:
    """Whoever guesses the values cannot confirm the guess without the salt."""
    give = salts()
    revisions = [Revision("thing", "a", None, thing("a")), Revision("thing", "a", 1, thing("a"))]
    one, two = entries(Head.origin(HERE), revisions, at=AT, actor="a", reason="", entropy=give)
    assert one.after == two.after
    assert one.value_hash != two.value_hash


def test_the_digest_is_this_one() -> None:
    """The form of the chain is kept for ever: old histories must go on verifying."""
    (entry,) = entries(
        Head.origin(HERE),
        [Revision("thing", "a", None, thing("a"))],
        at=AT,
        actor="李",
        reason="r",
        entropy=lambda size: bytes(range(size)),
    )
    assert canonical(to_plain(thing("a"))) == entry.after
    assert "000102030405060708090a0b0c0d0e0f" == entry.salt
    assert (
        "2e82bd13996d67f13fcff07a62111526ab927704b65c0c1680065027b0431c7f",
        "eb3b4eef58a690121d96f6f8a65b9432d9cf69cb2b23d70644eeb44990e24b36",
    ) == (entry.value_hash, entry.digest)


@given(actor=nasty_text(), reason=nasty_text(), digest=nasty_text(), records=st.lists(THINGS, max_size=4))
def test_what_is_entered_is_what_is_checked(actor: str, reason: str, digest: str, records: list[Thing]) -> None:
    """Entries are hashed by text that is put together for speed; they are checked by plain JSON."""
    head = Head(7, 3, digest)
    revisions = [Revision("thing", each.id, None, each) for each in records] + [Revision("thing", "x", 5, None)]
    made = list(entries(head, revisions, at=AT, actor=actor, reason=reason, entropy=salts()))
    assert made == list(linked(head, made))
    assert [canonical(to_plain(each)) for each in records] == [entry.after for entry in made[:-1]]


def test_each_value_has_a_salt_of_its_own() -> None:
    revisions = [Revision("thing", f"t{number}", None, thing("a")) for number in range(3000)]
    made = list(entries(Head.origin(HERE), revisions, at=AT, actor="a", reason="", entropy=secrets.token_bytes))
    assert 3000 == len({entry.salt for entry in made})
    assert {32} == {len(entry.salt or "") for entry in made}


def test_canonical_text_does_not_depend_on_the_order_of_fields() -> None:
    assert '{"a":"é","b":1}' == canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1})


# --- the stores ----------------------------------------------------------------------------------------------------


def filled(store: Store) -> None:
    save(store, *things("a", "b"))
    save(store, thing("a", name="改"), thing("c"), at=later(1))
    with store.session(HERE, actor="a", reason="r", at=later(2)) as session:
        session.delete("thing", "b", ANY)
    save(store, thing("d"), district=THERE)


def test_a_filled_store_verifies(store: Store) -> None:
    filled(store)
    assert [None, None] == [store.verify(HERE), store.verify(THERE)]


def test_both_stores_keep_the_same_chain(database: str) -> None:
    digests = []
    for store in (MemoryStore(SCHEMA, entropy=salts()), SqlStore(database, SCHEMA, entropy=salts())):
        with store:
            filled(store)
            digests.append([change.digest for change in store.changes(HERE)])
    assert digests[0] == digests[1]
    assert 5 == len(set(digests[0]))


@pytest.mark.parametrize(
    ("tampering", "first"),
    [
        ("UPDATE shequ_change SET after = replace(after, '物', '假') WHERE number = 2", 2),
        ("UPDATE shequ_change SET after = NULL WHERE number = 3", 3),
        ("UPDATE shequ_change SET salt = NULL WHERE number = 3", 3),
        ("UPDATE shequ_change SET after = x'00' WHERE number = 3", 3),
        ("UPDATE shequ_change SET id = 'z' WHERE number = 1", 1),
        ("UPDATE shequ_change SET type = 'plan' WHERE number = 4", 4),
        ("UPDATE shequ_change SET before_version = 2 WHERE number = 3", 3),
        ('UPDATE shequ_change SET "commit" = 1 WHERE number = 3', 3),
        ("UPDATE shequ_change SET number = 6 WHERE number = 5", 5),
        ("DELETE FROM shequ_change WHERE number = 3", 3),
        ("DELETE FROM shequ_change WHERE number = 5", 5),
        ("DELETE FROM shequ_change WHERE number > 3", 4),
        ("DELETE FROM shequ_change", 1),
        ("UPDATE shequ_commit SET actor = '他人' WHERE \"commit\" = 2", 3),
        ("UPDATE shequ_commit SET reason = '' WHERE \"commit\" = 3", 5),
        ("UPDATE shequ_commit SET at = '2020-01-01 00:00:00.000000' WHERE \"commit\" = 2", 3),
        ("UPDATE shequ_commit SET at = 'yesterday' WHERE \"commit\" = 2", 3),
        ('DELETE FROM shequ_commit WHERE "commit" = 2', 3),
        ("UPDATE shequ_head SET number = 4", 5),
        ("UPDATE shequ_head SET number = 7", 6),
        ("UPDATE shequ_head SET digest = ''", 5),
        ("DELETE FROM shequ_head", 1),
        ("UPDATE shequ_thing SET name = '假' WHERE id = 'a'", 3),
        ("UPDATE shequ_thing SET number = 1 WHERE id = 'c'", 4),
        ("UPDATE shequ_thing SET sex = 'no code' WHERE id = 'c'", 4),
        ("UPDATE shequ_thing SET made = 'no date' WHERE id = 'c'", 4),
        ("UPDATE shequ_thing SET tags = 'no list' WHERE id = 'c'", 4),
        ("UPDATE shequ_thing SET version = 1 WHERE id = 'a'", 3),
        ("DELETE FROM shequ_thing WHERE id = 'a'", 3),
        (
            "INSERT INTO shequ_plan (district, id, version, district_, version_) VALUES ('330206', 'p', 4, '', 0)",
            4,
        ),
        (
            "INSERT INTO shequ_thing (district, id, version, name, tags, sex, number, done) "  # noqa: ISC004 - one text
            "VALUES ('330206', 'b', 2, '物', '[]', '0', 0, 0)",
            5,
        ),
    ],
)
def test_tampering_with_the_file_shows(database: str, tmp_path: Path, tampering: str, first: int) -> None:
    with SqlStore(database, SCHEMA) as store:
        filled(store)
    with sqlite3.connect(tmp_path / "street.db") as connection:
        assert connection.execute(tampering).rowcount > 0
    connection.close()
    with SqlStore(database, SCHEMA) as store:
        assert first == store.verify(HERE)


def test_tampering_in_the_second_page_shows(database: str, tmp_path: Path) -> None:
    with SqlStore(database, SCHEMA) as store:
        save(store, *things(*(f"t{number:04d}" for number in range(1100))))
        save(store, thing("z"), at=later(1))
    connection = sqlite3.connect(tmp_path / "street.db")
    with connection:
        connection.execute("UPDATE shequ_thing SET name = '假' WHERE id = 't0777'")
    with SqlStore(database, SCHEMA) as store:
        assert 778 == store.verify(HERE)
    with connection:
        connection.execute("UPDATE shequ_change SET after = '{}' WHERE number = 700")
    with SqlStore(database, SCHEMA) as store:
        assert 700 == store.verify(HERE)
    with connection:
        connection.execute("UPDATE shequ_commit SET at = '-' WHERE \"commit\" = 2")
    connection.close()
    with SqlStore(database, SCHEMA) as store:
        assert 700 == store.verify(HERE)


def test_an_unreadable_time_is_the_first_misfit_behind_a_page(database: str, tmp_path: Path) -> None:
    with SqlStore(database, SCHEMA) as store:
        save(store, *things(*(f"t{number:04d}" for number in range(520))))
        save(store, thing("z"), at=later(1))
    connection = sqlite3.connect(tmp_path / "street.db")
    with connection:
        connection.execute("UPDATE shequ_commit SET at = '-' WHERE \"commit\" = 2")
    connection.close()
    with SqlStore(database, SCHEMA) as store:
        assert 521 == store.verify(HERE)
        with pytest.raises(BackendError, match="无法读取"):
            list(store.changes(HERE))


def test_values_erased_in_the_file_verify(database: str, tmp_path: Path) -> None:
    with SqlStore(database, SCHEMA) as store:
        filled(store)
    with sqlite3.connect(tmp_path / "street.db") as connection:
        connection.execute("UPDATE shequ_change SET salt = NULL, after = NULL WHERE id = 'a'")
        connection.execute("DELETE FROM shequ_thing WHERE id = 'a'")
    connection.close()
    with SqlStore(database, SCHEMA) as store:
        assert store.verify(HERE) is None
        assert [("thing", "c")] == list(kept(store))
        assert [
            (None, None),
            (None, None),
        ] == [(change.before, change.after) for change in store.history(HERE, "thing", "a")]
        with store.read(HERE, known_at=AT) as snapshot:
            assert snapshot.get("thing", "a") is None


def test_a_field_declared_later_does_not_break_the_comparison(database: str, tmp_path: Path) -> None:
    """The history holds values as they were then; a field with a default was not among them."""
    with SqlStore(database, SCHEMA, entropy=salts()) as store:
        save(store, thing("a"))
    values = {name: value for name, value in to_plain(thing("a")).items() if name not in ("done", "sex")}
    old = canonical(values)
    (entry,) = entries(
        Head.origin(HERE), [Revision("thing", "a", None, thing("a"))], at=AT, actor="clerk-07", reason="测试",
        entropy=salts(),
    )  # fmt: skip
    from shequ.store import chain as module

    value_hash = module._value_hash(entry.salt or "", old)
    digest = module._digest(
        Head.origin(HERE).digest, 1, 1, module._iso(AT), "clerk-07", "测试", "thing", "a", None, value_hash
    )
    with sqlite3.connect(tmp_path / "street.db") as connection:
        connection.execute("UPDATE shequ_change SET after = ?, value_hash = ?, digest = ?", (old, value_hash, digest))
        connection.execute("UPDATE shequ_head SET digest = ?", (digest,))
    connection.close()
    with SqlStore(database, SCHEMA) as store:
        assert json.loads(old) == next(store.changes(HERE)).after
        assert store.verify(HERE) is None
