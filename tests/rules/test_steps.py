"""Guards come from rule sets: what the law and a district demand of a step."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shequ
from shequ.effective import SHANGHAI
from shequ.errors import IllegalStep, InvalidRules
from shequ.hookspecs import hookimpl
from shequ.lifecycle import Lifecycle, Transition
from shequ.lifecycle.deadlines import DEADLINE_TYPES, Standing, Terms
from shequ.model import (
    AppointmentCard,
    AppointmentState,
    Community,
    CommunityStatus,
    ContactCard,
    ContactState,
    ContractState,
    Estate,
    LowIncomeCase,
    LowIncomeState,
    PartyMember,
    Petition,
    PetitionState,
    Project,
    ProjectPhase,
    PropertyContract,
    Record,
    Resident,
    ServicePost,
    SubDistrict,
    WorkUnit,
)
from shequ.model.party import MemberKind
from shequ.model.record import Term, record, term, text
from shequ.plugins import PluginHost
from shequ.rules import (
    TERM_PARAMETERS,
    ParameterBook,
    RuleSet,
    Severity,
    Situation,
    StepRule,
    combine,
    read_rule_set,
    terms_on,
)
from shequ.rules.national import national_rules

NOW = datetime(2025, 6, 30, 10, tzinfo=SHANGHAI)
STREET = SubDistrict(id="999900001000", code="999900001000", name="云溪街道")
COMMUNITY = Community(
    id="999900001001",
    code="999900001001",
    name="望溪社区",
    sub_district="999900001000",
    status=CommunityStatus.OPERATING,
)
ESTATE = Estate(id="e1", community=COMMUNITY.id, name="溪畔小区")


EMPLOYED = PartyMember(id="m1", community=COMMUNITY.id, resident="r1", kind=MemberKind.IN_SERVICE, employer="u1")
CONTACT = (WorkUnit(id="u1", name="旧单位"), WorkUnit(id="u2", name="新单位"), Resident(id="r1", name="甲"), EMPLOYED)
CONTACT_CARD = ContactCard(
    id="k1",
    member="m1",
    employer="u1",
    since=date(2024, 7, 1),
    until=date(2025, 1, 1),
    compiled=date(2025, 1, 2),
    services=1,
    minutes=60,
    basis="consent",
    state=ContactState.SEEN,
)


def register_with(*records: Record, rules: str = "", now: datetime = NOW, tmp_path: Path | None = None) -> Any:
    files = []
    if rules:
        assert tmp_path is not None
        (tmp_path / "local.toml").write_text(f'name = "local"\nversion = "1"\n{rules}', encoding="utf-8")
        files = [tmp_path / "local.toml"]
    register = shequ.open("memory:", district=STREET.id, actor="a", clock=lambda: now, rules=files)
    register.put(STREET, COMMUNITY, ESTATE, *records, reason="start")
    return register


def contract(**facts: Any) -> PropertyContract:
    figures = {"turnout_area": "70", "turnout_persons": "70", "consent_area": "51", "consent_persons": "51", **facts}
    return PropertyContract(
        id="c1",
        estate="e1",
        company="物业甲",
        choice="owners_vote",
        **{name: value and Decimal(value) for name, value in figures.items()},
    )


class TestNationalDemands:
    def test_a_vote_that_meets_the_law_is_taken(self) -> None:
        assert ContractState.VOTED is register_with(contract()).apply("c1", "vote").state

    @pytest.mark.parametrize(
        ("facts", "says"),
        [
            ({"turnout_area": "66.66"}, "参与表决面积比为 66.66%，规定≥"),
            ({"consent_persons": "50"}, "同意人数比为 50%，规定>0.5"),
            ({"turnout_persons": None}, "未填写参与表决人数比"),
        ],
    )
    def test_a_vote_that_falls_short_is_refused_and_changes_nothing(self, facts: dict[str, Any], says: str) -> None:
        register = register_with(contract(**facts))
        with pytest.raises(IllegalStep, match=says):
            register.apply("c1", "vote")
        assert ContractState.DRAFT is register.get("property_contract", "c1").state

    def test_before_the_civil_code_nothing_is_demanded_of_a_vote(self) -> None:
        register = register_with(contract(turnout_area="10"), now=datetime(2020, 6, 1, tzinfo=SHANGHAI))
        assert ContractState.VOTED is register.apply("c1", "vote").state

    def test_a_company_that_was_not_voted_on_needs_no_figures(self) -> None:
        register = register_with(attrs.evolve(contract(turnout_area=None), choice="authority"))
        assert ContractState.VOTED is register.apply("c1", "vote").state

    @pytest.mark.parametrize(
        ("facts", "says"),
        [
            ({}, "未填写表决日期"),
            ({"turnout_area": None}, "未填写参与表决面积比"),
            ({"consent_area": "50"}, "同意面积比为 50%"),
        ],
    )
    def test_a_company_that_the_owners_choose_is_not_signed_without_their_vote(
        self, facts: dict[str, Any], says: str
    ) -> None:
        register = register_with(contract(**facts))
        with pytest.raises(IllegalStep, match=says):
            register.apply("c1", "sign")
        assert ContractState.DRAFT is register.get("property_contract", "c1").state

    def test_after_their_vote_it_is_signed_and_one_that_needs_none_at_once(self) -> None:
        register = register_with(contract(), attrs.evolve(contract(turnout_area=None), id="c2", choice="preliminary"))
        register.apply("c1", "vote")
        assert ContractState.SIGNED is register.apply("c1", "sign").state
        assert ContractState.SIGNED is register.apply("c2", "sign").state

    @pytest.mark.parametrize("state", [ContactState.SEEN, ContactState.SIGNED])
    @pytest.mark.parametrize(
        ("facts", "says"),
        [
            ({"employer": "u2"}, "写给旧单位，而该党员现在的单位是新单位；请先 recompile"),
            ({"until": date(2025, 6, 30)}, "当日不是在职党员"),
            ({"ended": True}, "当日不是在职党员"),
            ({"employer": None}, "所在单位未登记"),
            ({"kind": MemberKind.RETIRED}, "当日不是在职党员"),
        ],
    )
    def test_a_contact_card_goes_only_to_whom_its_member_works_for(
        self, state: ContactState, facts: dict[str, Any], says: str
    ) -> None:
        event = "sign" if state is ContactState.SEEN else "send"
        register = register_with(*CONTACT, attrs.evolve(CONTACT_CARD, state=state))
        member = attrs.evolve(EMPLOYED, **facts)
        register.put(member, reason="变更")
        with pytest.raises(IllegalStep, match=says):
            register.apply("k1", event)
        register.put(attrs.evolve(EMPLOYED, until=date(2025, 7, 1)), reason="更正")
        register.apply("k1", event)

    def test_a_member_who_moved_within_the_district_keeps_the_employer(self) -> None:
        moved = date(2025, 5, 1)
        before, after = attrs.evolve(EMPLOYED, until=moved), attrs.evolve(EMPLOYED, id="m2", since=moved)
        register = register_with(*CONTACT, CONTACT_CARD, before, after)
        assert ContactState.SIGNED is register.apply("k1", "sign").state

    def test_a_card_of_nobody_is_not_signed(self) -> None:
        with pytest.raises(IllegalStep, match="党员 m1 没有记录"):
            register_with(CONTACT_CARD).apply("k1", "sign")

    def test_compiled_anew_for_the_new_employer_it_can_go_out(self) -> None:
        register = register_with(*CONTACT, CONTACT_CARD, attrs.evolve(EMPLOYED, employer="u2"))
        register.apply("k1", "recompile", values={"employer": "u2"})
        register.apply("k1", "see", values={"basis": "consent"})
        register.apply("k1", "sign")
        assert ("u2", ContactState.SENT) == ((sent := register.apply("k1", "send")).employer, sent.state)

    @pytest.mark.parametrize(("shown_from", "refused"), [(date(2025, 6, 23), False), (date(2025, 6, 24), True)])
    def test_a_low_income_case_is_confirmed_after_seven_days_of_notice(self, shown_from: date, refused: bool) -> None:
        case = LowIncomeCase(
            id="l1",
            number="1",
            community=COMMUNITY.id,
            household="h1",
            applied=date(2025, 5, 1),
            notice_from=shown_from,
            state=LowIncomeState.NOTICE,
        )
        register = register_with(case)
        if refused:
            with pytest.raises(IllegalStep, match="公示未满 7 天，2025-07-01 起方可确认"):
                register.apply("l1", "confirm")
        else:
            assert LowIncomeState.CONFIRMED is register.apply("l1", "confirm").state

    def test_nobody_starts_on_a_post_that_is_full(self) -> None:
        post = ServicePost(id="p1", division=COMMUNITY.id, name="楼道长", kind="convenience", wanted=1)
        member = PartyMember(id="m1", community=COMMUNITY.id, resident="r1", kind=MemberKind.IN_SERVICE)
        cards = [
            AppointmentCard(
                id=f"a{number}",
                member="m1",
                number=str(number),
                post="p1",
                offered=date(2025, 1, 1),
                state=AppointmentState.ACCEPTED,
            )
            for number in (1, 2)
        ]
        register = register_with(post, member, Resident(id="r1", name="甲"), *cards)
        register.apply("a1", "start")
        with pytest.raises(IllegalStep, match="岗位“楼道长”设 1 人，已有 1 人在岗"):
            register.apply("a2", "start")
        register.apply("a1", "end")
        assert AppointmentState.ON_DUTY is register.apply("a2", "start").state


class TestLocalDemands:
    PROJECT = Project(id="w1", division=COMMUNITY.id, name="亮化", kind="lighting", phase=ProjectPhase.PROPOSED)
    DOCUMENT = '[steps."project.document"]\ntype = "工程项目"\nevents = ["approve"]\nrequires = ["approval"]\ncitation = "区办法"\n'

    def test_a_document_that_is_missing_is_named(self, tmp_path: Path) -> None:
        register = register_with(self.PROJECT, rules=self.DOCUMENT, tmp_path=tmp_path)
        with pytest.raises(IllegalStep, match="未填写批准文号（区办法）"):
            register.apply("w1", "approve")
        register.put(attrs.evolve(self.PROJECT, approval="区发改〔2025〕3号"), reason="批文")
        assert ProjectPhase.APPROVED is register.apply("w1", "approve").phase

    @pytest.mark.parametrize(("division", "refused"), [("999900001001", True), ("999900001002", False)])
    def test_a_demand_of_another_community_is_none(self, division: str, refused: bool, tmp_path: Path) -> None:
        rules = f'{self.DOCUMENT}division = "{division}"\n'
        register = register_with(self.PROJECT, rules=rules, tmp_path=tmp_path)
        if refused:
            with pytest.raises(IllegalStep):
                register.apply("w1", "approve")
        else:
            assert ProjectPhase.APPROVED is register.apply("w1", "approve").phase

    @pytest.mark.parametrize(("since", "refused"), [("2025-06-30", True), ("2025-07-01", False)])
    def test_a_demand_holds_from_its_day(self, since: str, refused: bool, tmp_path: Path) -> None:
        register = register_with(self.PROJECT, rules=f"{self.DOCUMENT}since = {since}\n", tmp_path=tmp_path)
        if refused:
            with pytest.raises(IllegalStep):
                register.apply("w1", "approve")
        else:
            assert ProjectPhase.APPROVED is register.apply("w1", "approve").phase

    def test_a_reason_can_be_demanded(self, tmp_path: Path) -> None:
        rules = '[steps."project.cancel"]\ntype = "project"\nevents = ["cancel"]\nreason = true\n'
        register = register_with(self.PROJECT, rules=rules, tmp_path=tmp_path)
        with pytest.raises(IllegalStep, match="未写明依据或原因"):
            register.apply("w1", "cancel")
        assert ProjectPhase.CANCELLED is register.apply("w1", "cancel", reason="资金未落实").phase

    def test_a_plugin_judges_by_a_function_that_sees_other_records(self) -> None:
        def one_at_a_time(situation: Situation) -> str | None:
            open_ = [p for p in situation.records("project") if p.phase is ProjectPhase.UNDERWAY]
            return f"已有 {len(open_)} 个工程在实施" if open_ else None

        class Plugin:
            @hookimpl
            def shequ_rule_sets(self) -> list[RuleSet]:
                rule = StepRule(
                    name="project.one", label="一次一个工程", type="project", events=("start",), judge=one_at_a_time
                )
                return [RuleSet("quota", "限额", "1", (), (), (rule,))]

        host = PluginHost({"quota": Plugin()})
        with shequ.open("memory:", district=STREET.id, actor="a", clock=lambda: NOW, host=host) as register:
            second = attrs.evolve(self.PROJECT, id="w2", name="绿化", phase=ProjectPhase.UNDERWAY)
            first = attrs.evolve(self.PROJECT, phase=ProjectPhase.APPROVED)
            register.put(STREET, COMMUNITY, first, second, reason="start")
            with pytest.raises(IllegalStep, match="已有 1 个工程在实施（一次一个工程）"):
                register.apply("w1", "start")


VOTE = 'type = "property_contract"\nevents = ["vote"]\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('type = "cat"\nevents = ["x"]\nreason = true', 3, "type 'cat' 不可用"),
        ('type = "project"\nevents = ["fly"]\nreason = true', 4, "events 中 'fly' 不存在"),
        ('type = "project"\nrequires = ["wings"]', 4, "requires 中 'wings' 不存在"),
        ('type = "project"\nevents = ["start"]', 2, "没有要求任何事"),
        ('type = "project"\ncompare = [{ field = "name", parameter = "x" }]', 4, "比较的字段 name 不是数"),
        ('type = "project"\nreason = true\nsince = 2026-01-01\nuntil = 2025-01-01', 6, "早于开始日期"),
        ('type = "project"\nreason = "yes"', 4, "reason 应为 true 或 false"),
        (
            f'{VOTE}when = {{ choice = "owner_vote" }}\nreason = true',
            5,
            "when 中 choice（选聘方式）没有 'owner_vote' 这个值",
        ),
        (f'{VOTE}when = {{ choice = "业主表决" }}\nreason = true', 5, "没有 '业主表决' 这个值"),
        (f'{VOTE}when = {{ state = "drafted" }}\nreason = true', 5, "没有 'drafted' 这个值"),
        (f'{VOTE}when = {{ voted = "2025-01-01" }}\nreason = true', 5, "没有 '2025-01-01' 这个值"),
        (f"{VOTE}when = {{ choice = 1 }}\nreason = true", 5, "没有 1 这个值"),
        (f'{VOTE}when = {{ colour = "red" }}\nreason = true', 5, "字段 colour 不存在"),
        (f'{VOTE}requires = ["voted"]', 5, "由步骤 vote（业主表决通过）自己填写"),
        ('type = "project"\nrequires = ["began"]', 4, "由步骤 start（开工）自己填写"),
        ('type = "property_contract"\nevents = ["end"]\nrequires = ["until"]', 5, "由步骤 end（到期终止）自己填写"),
        ('type = "project"\nreason = true\ndivision = "云溪街道"', 5, "division '云溪街道' 不是区划代码"),
    ],
)
def test_a_step_rule_that_breaks_its_form_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(InvalidRules, match=says) as refused:
        read_rule_set("x.toml", f'name = "x"\n[steps."a.b"]\n{text}\n')
    assert line == refused.value.line


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('choice = "业主大会选聘"', ("choice", "owners_vote")),
        ('choice = "owners_vote"', ("choice", "owners_vote")),
        ('state = "拟订"', ("state", "draft")),
        ('company = "物业甲"', ("company", "物业甲")),
        ("households = 12", ("households", "12")),
    ],
)
def test_a_condition_is_kept_by_its_code(said: str, meant: tuple[str, str]) -> None:
    text = f'name = "x"\n[steps.a]\ntype = "物业合同"\nevents = ["业主表决通过"]\nwhen = {{ {said} }}\nreason = true\n'
    (rule,) = read_rule_set("x.toml", text).steps
    assert (("vote",), (meant,)) == (rule.events, rule.when)


class TestUnknownParameters:
    RULES = '[steps."a.b"]\ntype = "property_contract"\nevents = ["vote"]\ncompare = [{ field = "fee", parameter = "x.most" }]\n'
    VALUE = '[parameters."x.most"]\n[[parameters."x.most".values]]\ncomparator = "<="\nvalue = 2\ncitation = "c"\n'

    def test_a_step_that_would_be_held_against_nothing_is_refused_and_a_check_warns(self, tmp_path: Path) -> None:
        register = register_with(contract(), rules=self.RULES, tmp_path=tmp_path)
        with pytest.raises(IllegalStep, match=r"规则 a\.b 用到的参数 x\.most 没有任何规则集定义"):
            register.apply("c1", "vote")
        (found,) = (one for one in register.check(at="2025-06-30") if one.rule == "rules.step_parameter")
        assert (Severity.WARNING, "a.b", "local") == (found.severity, found.subject, found.rule_set)
        assert "x.most" in found.message

    def test_a_parameter_of_any_rule_set_will_do(self, tmp_path: Path) -> None:
        register = register_with(contract(), rules=self.RULES + self.VALUE, tmp_path=tmp_path)
        assert [] == [one for one in register.check(at="2025-06-30") if one.rule == "rules.step_parameter"]
        assert ContractState.VOTED is register.apply("c1", "vote").state


class BadgeState(Term):
    """Where a badge stands."""

    MADE = "made", "已制"
    WORN = "worn", "佩戴"


@record("badge", label="胸牌", key=("name",))
class Badge(Record):
    """A record type of a plugin."""

    name: str = text("名称")
    state: BadgeState = term("状态", default=BadgeState.MADE)


BADGES = Lifecycle(Badge, "胸牌", BadgeState.MADE, (Transition("wear", "佩戴", (BadgeState.MADE,), BadgeState.WORN),))
ON_BADGES = 'name = "badges"\n[steps.a]\ntype = "胸牌"\nevents = ["佩戴"]\nreason = true\n'


def test_a_rule_file_makes_demands_on_steps_of_a_plugins_lifecycle(tmp_path: Path) -> None:
    class Plugin:
        @hookimpl
        def shequ_record_types(self) -> list[type[Record]]:
            return [Badge]

        @hookimpl
        def shequ_lifecycles(self) -> list[Lifecycle]:
            return [BADGES]

    (tmp_path / "badges.toml").write_text(ON_BADGES, encoding="utf-8")
    with pytest.raises(InvalidRules, match="type '胸牌' 不可用"):
        read_rule_set("badges.toml", ON_BADGES)
    for named, loaded in ((True, False), (False, True)):
        host = PluginHost({"badges": Plugin()})
        files = [tmp_path / "badges.toml"] if named else []
        with shequ.open("memory:", district=STREET.id, clock=lambda: NOW, host=host, rules=files) as register:
            register.put(STREET, COMMUNITY, Badge(id="b1", name="甲"), reason="start")
            if loaded:
                assert not register.load(tmp_path).errors
            with pytest.raises(IllegalStep, match="未写明依据或原因"):
                register.apply("b1", "wear")
            assert BadgeState.WORN is register.apply("b1", "佩戴", reason="上岗").state  # type: ignore[attr-defined]


class TestTerms:
    BOOK, _ = combine([national_rules()])

    def test_every_term_has_a_parameter(self) -> None:
        assert {field.name for field in attrs.fields(Terms)} == set(TERM_PARAMETERS)

    def test_terms_are_those_of_the_day(self) -> None:
        assert Terms() == terms_on(self.BOOK, (), date(1990, 1, 1))
        before, since = (terms_on(self.BOOK, (), day) for day in (date(2022, 4, 30), date(2022, 5, 1)))
        assert (None, frozenset({"claim"})) == (before.petition_kinds, since.petition_kinds)
        assert (15, 60, 30) == (since.petition_answer, since.petition_conclude, since.petition_extension)
        assert (1, 30, 10) == (since.dispute_months, since.low_income_decision, since.service_record)
        assert (None, None) == (since.contact_card_months, since.appointment_months)

    @given(st.dates(date(1950, 1, 1), date(2030, 12, 31)))
    def test_an_empty_book_knows_no_terms(self, day: date) -> None:
        assert Terms() == terms_on(ParameterBook(()), (), day)

    @given(st.dates(date(2023, 1, 1), date(2025, 5, 1)), st.integers(0, 40))
    def test_a_petition_is_overdue_after_fifteen_days(self, received: date, days: int) -> None:
        petition = Petition(id="p1", number="1", division=COMMUNITY.id, kind="claim", received=received)
        register = register_with(petition)
        ((record, status),) = register.statuses(at=received + timedelta(days=days))
        assert ("p1", days > 15) == (record.id, status.standing is Standing.OVERDUE)

    def test_each_matter_is_reckoned_by_the_law_of_its_own_day(self) -> None:
        # Before 2022-05-01 every petition was to be concluded in sixty days, since then claims only.
        facts = {"number": "1", "division": COMMUNITY.id, "kind": "suggestion", "state": PetitionState.ACCEPTED}
        petitions = [
            Petition(id=f"p{day:%Y}", received=day, answered=day, **{**facts, "number": f"{day:%Y}"})
            for day in (date(2021, 3, 1), date(2023, 3, 1))
        ]
        register = register_with(*petitions)
        matters = {(record.id, status.matter) for record, status in register.statuses(at="2025-06-30")}
        assert {("p2021", "受理告知"), ("p2021", "办结"), ("p2023", "受理告知")} == matters

    def test_every_type_with_deadlines_is_a_record_type(self) -> None:
        assert set() == set(DEADLINE_TYPES) - {cls.__record__.name for cls in shequ.model.RECORD_TYPES}
