"""Who may see what: by role, by place, with a log (DESIGN, privacy and access)."""

from datetime import date

import pytest
from card_world import CLERK, NAME, NOW, NUMBER, PHONE, READER, badge, contact, district, slip
from hypothesis import given
from hypothesis import strategies as st
from report_world import engine_of

import shequ
from shequ.errors import Forbidden, Misuse
from shequ.model import Coverage, Disclosure, Reading, Resident, Role, RuleSource, Sensitivity, Viewer, WorkUnit, masked
from shequ.reports import Access
from shequ.store import ANY

FIELDS = Resident.__record__.fields
CUSTODIAN = Viewer("keeper", frozenset({Role.CUSTODIAN}), purpose="核对证件")
EAST = Viewer("east", frozenset({Role.CLERK}), scope=("C1",))


class TestMasks:
    @pytest.mark.parametrize(
        ("field", "value", "shown"),
        [
            ("id_number", NUMBER, "9999************17"),
            ("name", NAME, "张**"),
            ("name", "王", "王"),
            ("phone", PHONE, "138****1234"),
            ("phone", "8765432", "876****32"),
            ("workplace", NUMBER, "9999************17"),
            ("health", "1", "*"),
            ("sex", "1", "1"),
        ],
    )
    def test_enough_is_left_to_tell_two_people_apart_and_no_more(self, field: str, value: str, shown: str) -> None:
        assert shown == masked(FIELDS[field], value)

    @given(st.text(min_size=2, max_size=30))
    def test_of_a_personal_text_one_character_is_left_at_most(self, text: str) -> None:
        plain = text.strip()
        shown = masked(FIELDS["workplace"], text)
        if not any(character.isdigit() for character in plain):
            assert plain[:1] == shown.strip("*") or plain[:1] == "*"

    def test_an_identity_number_in_a_public_text_is_masked_too(self) -> None:
        assert "见 9999************17 号" == masked(Disclosure.__record__.fields["purpose"], f"见 {NUMBER} 号")


class TestRoles:
    @pytest.mark.parametrize(
        ("viewer", "sees"),
        [
            (Viewer("x"), Sensitivity.PUBLIC),
            (READER, Sensitivity.PUBLIC),
            (CLERK, Sensitivity.PERSONAL),
            (Viewer("x", frozenset({Role.CUSTODIAN})), Sensitivity.PERSONAL),
            (CUSTODIAN, Sensitivity.SENSITIVE),
        ],
    )
    def test_sensitive_values_are_for_those_who_say_what_for(self, viewer: Viewer, sees: Sensitivity) -> None:
        assert sees is viewer.sees

    def test_a_role_is_called_by_code_or_label(self) -> None:
        assert Viewer.of("x", ["clerk", "个人信息管理员"]).roles == {Role.CLERK, Role.CUSTODIAN}
        with pytest.raises(Misuse, match=r"没有角色 'boss'.*reader（查阅人员）"):
            Viewer.of("x", ["boss"])

    def test_a_clerk_sees_the_name_and_not_the_number(self) -> None:
        engine = engine_of(district())
        row = Access(CLERK, engine).row(engine.evaluator.table("resident")["r1"])
        assert (NAME, "9999************17", PHONE) == (row["姓名"], row["身份证号"], row["联系电话"])


class TestPlaces:
    RECORDS = district(contact(), *badge(), *slip("H1", "C1"), *slip("H2", "C2"))

    def covered(self, viewer: Viewer, name: str) -> set[str]:
        engine = engine_of(self.RECORDS)
        access = Access(viewer, engine)
        return {id_ for id_, record in engine.evaluator.table(name).items() if access.covers(record)}

    def test_a_clerk_of_one_community_does_not_read_anothers_household(self) -> None:
        assert {"H1"} == self.covered(EAST, "household")
        engine = engine_of(self.RECORDS)
        with pytest.raises(Forbidden, match="H2 不在 east 的查阅范围内"):
            Access(EAST, engine).row(engine.evaluator.table("household")["H2"])

    def test_nor_the_people_in_it(self) -> None:
        assert {"r1", "r-H1"} == self.covered(EAST, "resident")

    def test_without_a_scope_the_whole_district_is_read(self) -> None:
        assert {"H1", "H2"} == self.covered(CLERK, "household")

    def test_what_belongs_to_no_place_is_everybodys_if_nobody_is_in_it(self) -> None:
        engine = engine_of(self.RECORDS)
        access = Access(EAST, engine)
        assert access.covers(WorkUnit(id="u9", name="单位"))
        assert access.covers(RuleSource(id="x", name="x", content=""))
        about = Disclosure(
            id="d", resident="r-H2", subject_type="contact_card", subject="x", recipient="单位", purpose="反馈",
            basis="consent", on=date(2025, 7, 5), actor="x",
        )  # fmt: skip
        assert not access.covers(about)

    def test_a_scope_that_is_nowhere_is_refused(self) -> None:
        with pytest.raises(Misuse, match="没有区划 'C9'"):
            Access(Viewer("x", scope=("C9",)), engine_of(self.RECORDS))


class TestRegister:
    @pytest.fixture
    def register(self) -> shequ.Register:
        opened = shequ.open("memory:", "S", actor="east", clock=lambda: NOW)
        opened.put(*TestPlaces.RECORDS, reason="test")
        return opened

    def readings(self, register: shequ.Register) -> list[Reading]:
        register.viewer = None
        found = [change.id for change in register.changes() if change.type == "reading"]
        return [one for id_ in found if isinstance(one := register.get("reading", id_), Reading)]

    def test_a_record_is_shown_masked_and_what_was_seen_is_logged(self, register: shequ.Register) -> None:
        register.viewer = EAST
        row = register.show("居民", "r1")
        assert row is not None
        assert (NAME, "9999************17") == (row["姓名"], row["身份证号"])
        (kept,) = self.readings(register)
        assert ("east", "resident", "r1", 1, ("C1",)) == (
            kept.actor, kept.subject_type, kept.subject, kept.records, kept.scope,
        )  # fmt: skip
        assert {"姓名", "联系电话", "出生日期"} == set(kept.contents)

    def test_who_sees_nothing_personal_leaves_no_trace(self, register: shequ.Register) -> None:
        register.viewer = READER
        assert "张**" == (register.show("居民", "r1") or {})["姓名"]
        assert [] == self.readings(register)

    def test_the_whole_record_is_for_those_who_may_see_all_of_it(self, register: shequ.Register) -> None:
        register.viewer = EAST
        with pytest.raises(Forbidden, match="east 无权查阅居民的身份证号"):
            register.get("居民", "r1")
        register.viewer = CUSTODIAN
        assert NUMBER == getattr(register.get("居民", "r1"), "id_number", None)
        assert ["核对证件"] == [kept.purpose for kept in self.readings(register)]

    def test_history_stops_at_the_border_too(self, register: shequ.Register) -> None:
        register.viewer = EAST
        assert 1 == len(register.history("户", "H1"))
        with pytest.raises(Forbidden, match="不在 east 的查阅范围内"):
            register.history("户", "H2")

    def test_whose_history_is_read_is_logged_though_the_record_is_gone(self, register: shequ.Register) -> None:
        with register.store.session(register.district, actor="t", reason="t", at=register.now) as session:
            session.delete("resident", "r1", ANY)
        register.refresh()
        register.viewer = CUSTODIAN
        assert {"create", "delete"} == {
            "delete" if c.after is None else "create" for c in register.history("居民", "r1")
        }
        assert [("resident", "r1")] == [(kept.subject_type, kept.subject) for kept in self.readings(register)]

    def test_the_rows_behind_a_figure_are_those_of_the_viewers_places(self, register: shequ.Register) -> None:
        register.put(Coverage(id="all", type="*", division="S"), reason="test")

        def communities(code: str) -> set[str]:
            found = register.measure(code, at="2025-12-31")
            asked = (found, *found.operands, *register.measure_all(at="2025-12-31", codes=[code]))
            return {id_ for one in asked for _, id_ in one.rows()}

        for code in ("population.communities", "party.members_per_community"):
            register.viewer = None
            assert {"C1", "C2"} <= communities(code)
            register.viewer = EAST
            assert {"C1"} == {id_ for id_ in communities(code) if id_.startswith("C")}

    def test_pages_are_of_the_rows_in_the_viewers_places_and_the_others_are_counted(
        self, register: shequ.Register
    ) -> None:
        register.put(Coverage(id="all", type="*", division="S"), reason="test")
        whole = register.measure("population.communities", at="2025-12-31")
        register.viewer = EAST
        found = register.measure("population.communities", at="2025-12-31")
        assert (3, 3, 1) == (found.value, found.row_count, found.listed)
        assert "来源：据记录，共 3 条，其中 2 条不在查阅范围内，计入数值而不列出" in found.explain(1)
        assert "不在查阅范围内" not in whole.explain(1)
        assert (2, [{"type": "community", "id": "C1"}]) == (found.lineage(1)["outside"], found.lineage(1)["records"])
        assert 1 == found.page(1, 1).total
        for call in (found.page, lambda number, size: found.explain(size, number)):
            with pytest.raises(shequ.BadData, match=r"没有第 2 页.*共 1 页"):
                call(2, 1)

    def test_a_side_of_a_ratio_is_paged_by_the_viewers_rows(self, register: shequ.Register) -> None:
        register.put(Coverage(id="all", type="*", division="S"), reason="test")
        register.viewer = EAST
        found = register.measure("party.members_per_community", at="2025-12-31")
        for one in (found, *found.operands):
            assert len(list(one.rows())) == one.listed <= one.row_count
            assert list(one.rows()) == list(one.page(1, max(one.listed, 1)).rows)

    def test_printing_cards_with_names_is_logged_with_what_for(self, register: shequ.Register) -> None:
        register.viewer = CLERK
        made = register.cards("联系卡", period="2025H1", purpose="半年寄送")
        assert 1 == len(made.sheets.cards)
        (kept,) = self.readings(register)
        assert ("contact_card", *made.sheets.records, 1, "半年寄送", ("居民的姓名",)) == (
            kept.subject_type, kept.subject, kept.records, kept.purpose, kept.contents,
        )  # fmt: skip

    def test_of_several_cards_each_one_printed_is_named_and_no_other(self, register: shequ.Register) -> None:
        register.viewer = CLERK
        slips = register.cards("slip", period="2025H1", purpose="入户")
        assert 2 == len(slips.sheets.cards)
        assert {("contact_slip", "slip-H1"), ("contact_slip", "slip-H2")} == {
            (kept.subject_type, kept.subject) for kept in self.readings(register)
        }
        register.viewer = CLERK
        register.cards("appointment", period="2025H1", limit=1)
        (kept,) = [one for one in self.readings(register) if one.subject_type == "appointment_card"]
        assert kept.subject in {one.id for one in badge()}

    def test_of_a_proof_only_what_is_on_it_is_logged(self, register: shequ.Register) -> None:
        register.put(*(one for number in range(20) for one in slip(f"H1{number}")), reason="test")
        register.viewer = CLERK
        proof = register.cards("slip", period="2025H1", sheets=1).sheets
        assert (8, 1) == (len(proof.cards), len(proof.sheets))
        assert set(proof.records) == {kept.subject for kept in self.readings(register)}

    def test_a_printed_card_is_read_in_the_log_by_those_of_its_place(self, register: shequ.Register) -> None:
        register.viewer = CLERK
        register.cards("slip", period="2025H1")
        kept = {one.subject: one for one in self.readings(register)}
        register.viewer = EAST
        assert kept["slip-H1"] == register.get("reading", kept["slip-H1"].id)
        with pytest.raises(Forbidden):
            register.get("reading", kept["slip-H2"].id)

    def test_printing_masked_cards_is_not(self, register: shequ.Register) -> None:
        register.viewer = READER
        assert 1 == len(register.cards("contact", period="2025H1").sheets.cards)
        assert [] == self.readings(register)

    def test_the_cards_of_another_community_are_not_printed(self, register: shequ.Register) -> None:
        register.viewer = Viewer("west", frozenset({Role.CLERK}), scope=("C2",))
        assert () == register.cards("contact", period="2025H1").sheets.cards
        register.viewer = EAST
        assert ["slip-H1"] == [card.number for card in register.cards("slip", period="2025H1").sheets.cards]

    def test_an_unknown_kind_is_named_with_the_nearest(self, register: shequ.Register) -> None:
        with pytest.raises(Misuse, match=r"没有名为 'contacts' 的卡片.*是否指 contact？"):
            register.cards("contacts", period="2025H1")

    def test_a_period_that_has_not_begun_has_no_cards(self, register: shequ.Register) -> None:
        with pytest.raises(shequ.BadData, match="2027H1 尚未开始"):
            register.cards("contact", period="2027H1")
