"""Party organisations: of the kind that fits their members, with a committee, meeting as often as they should."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from shequ.calendars import Period
from shequ.effective import Answer, local_date
from shequ.metrics import Place
from shequ.model import MemberKind, OrganizationKind
from shequ.query import During, Holds, eq, given, ne, one_of
from shequ.rules.finding import Finding, Severity
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["branch_committee", "meetings", "organization_kind"]

_O = OrganizationKind
_ABOVE_BRANCH = (_O.GENERAL_BRANCH, _O.COMMITTEE)


def _members(judged: Judgement) -> Counter[str]:
    """Members of each organisation, those of its groups among them; who only serves here belongs elsewhere."""
    table = judged.engine.evaluator.table("party_organization")
    found: Counter[str] = Counter()
    for row in judged.records("party_member", Holds() & ne("kind", MemberKind.IN_SERVICE) & given("organization")):
        own = table.get(row.organization)
        above = getattr(own, "parent", None)
        found[above if getattr(own, "kind", None) is _O.GROUP and above else row.organization] += 1
    return found


def organization_kind(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A community with members has an organisation, of the kind that is usual for their number."""
    members = _members(judged)
    table = judged.engine.evaluator.table("party_organization")
    number: Counter[str] = Counter()
    for id_, belonging in members.items():
        if id_ in table:
            number[judged.tree.identity(judged.place_of(table[id_]).id)] += belonging
    kinds: defaultdict[str, set[OrganizationKind]] = defaultdict(set)
    for row in judged.records("party_organization", Holds()):
        kinds[judged.tree.identity(judged.place_of(row).id)].add(row.kind)
    for place in judged.communities():
        key = judged.tree.identity(place.id)
        if not judged.complete(place, "party_organization", "party_member"):
            continue
        if not kinds[key] & {_O.BRANCH, *_ABOVE_BRANCH}:
            yield judged.finding(
                rule,
                place,
                f"{place.name}没有党组织",
                measured=Fraction(0),
                threshold="≥1",
                citation="中国共产党章程：街道社区有正式党员三人以上的，成立党的基层组织",
                remedy="建立党支部；已建立的，登记其名称与成立日期",
            )
            continue
        for parameter, fitting, name in (
            ("party.committee_from", {_O.COMMITTEE}, "党委"),
            ("party.general_branch_from", set(_ABOVE_BRANCH), "党总支"),
        ):
            norm = judged.parameter(parameter, place)
            if isinstance(norm, Answer) or not norm.met_by(Fraction(number[key])):
                continue
            if not kinds[key] & fitting:
                yield judged.finding(
                    rule,
                    place,
                    f"{place.name}有党员 {number[key]} 名，达到设{name}的 {norm.value} 名，未设{name}",
                    severity=Severity.ADVICE if norm.generally else rule.severity,
                    measured=Fraction(number[key]),
                    threshold=norm.shown,
                    citation=norm.citation,
                    remedy=f"研究设立{name}",
                )
            break


def branch_committee(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A branch with so many members has a committee; a branch that has one bears it in its name (支部委员会)."""
    members = _members(judged)
    for branch in judged.records("party_organization", eq("kind", _O.BRANCH) & Holds()):
        place, number = judged.place_of(branch), Fraction(members[branch.id])
        norm = judged.parameter("party.branch_committee_from", place)
        if isinstance(norm, Answer) or not norm.met_by(number) or "委员会" in branch.name:
            continue
        yield judged.finding(
            rule,
            place,
            f"{branch.name}有党员 {number} 名，达到设支部委员会的 {norm.value} 名，未见支部委员会",
            subject=branch.name,
            measured=number,
            threshold=norm.shown,
            citation=norm.citation,
        )


def meetings(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Branches and groups meet as often as they should.

    A meeting belongs to the organisation that is named as its organiser. Where a community names none of its own,
    its meetings are taken together, and the least that each of its branches would need is asked of them all.
    """
    held: defaultdict[tuple[str, str], list[date]] = defaultdict(list)
    for row in judged.records("activity", During("began") & eq("kind", "party_meeting")):
        here = judged.tree.identity(judged.place_of(row).id)
        held[here, ""].append(local_date(row.began))
        held[here, row.organiser or "-"].append(local_date(row.began))
    organizations: defaultdict[str, list[tuple[str, OrganizationKind]]] = defaultdict(list)
    for row in judged.records("party_organization", Holds() & one_of("kind", _O.BRANCH, _O.GROUP)):
        organizations[judged.tree.identity(judged.place_of(row).id)].append((row.name, row.kind))
    for place in judged.communities():
        key = judged.tree.identity(place.id)
        if not organizations[key] or not judged.complete(place, "activity", "party_organization", over_year=True):
            continue
        named = [(name, kind) for name, kind in organizations[key] if held[key, name]]
        if not named:
            yield from _gaps(judged, rule, place, place.name, held[key, ""], "party.committee_meeting_months")
        for name, kind in organizations[key] if named else ():
            monthly = kind is _O.GROUP
            parameter = "party.group_meeting_months" if monthly else "party.general_meeting_months"
            yield from _gaps(judged, rule, place, name, held[key, name], parameter)


def _gaps(
    judged: Judgement, rule: Rule, place: Place, name: str, days: list[date], parameter: str
) -> Iterator[Finding]:
    """One finding for the months or quarters of the year that are over and in which no meeting was held."""
    norm = judged.parameter(parameter, place)
    if isinstance(norm, Answer):
        return
    months = int(norm.value)
    missed = [
        piece
        for piece in Period.year(judged.at.year).pieces(months)
        if piece.last_day <= judged.at and not any(day in piece for day in days)
    ]
    if missed:
        yield judged.finding(
            rule,
            place,
            f"{name}在 {'、'.join(str(piece) for piece in missed)} 没有党组织会议记录",
            subject=name,
            severity=Severity.ADVICE if norm.generally else rule.severity,
            measured=Fraction(len(missed)),
            threshold=f"每 {months} 个月一次",
            citation=norm.citation,
        )
