"""Rules about zones and buildings: who answers for which, and how large a zone is."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction

from shequ.effective import Answer
from shequ.model import MembershipKind
from shequ.query import Holds, eq
from shequ.rules.finding import Finding
from shequ.rules.judgement import Judgement
from shequ.rules.ruleset import Rule

__all__ = ["grid_size", "zones_responsible"]


def zones_responsible(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """Every building has exactly one worker who answers for it on the day."""
    responsible: defaultdict[str, set[str]] = defaultdict(set)
    for row in judged.records("responsibility", Holds()):
        responsible[row.building].add(row.worker)
    for building in judged.records("building", Holds()):
        place = judged.place_of(building)
        if not place.operates(judged.at) or judged.measure("zones.buildings_covered", place).computed is None:
            continue
        number = len(responsible[building.id])
        if number != 1:
            zone = judged.engine.evaluator.table("zone").get(building.zone)
            where = f"{place.name}{getattr(zone, 'name', '')}{building.name}"
            yield judged.finding(
                rule,
                place,
                f"{where}有 {number} 名责任人" if number else f"{where}没有责任人",
                subject=where,
                measured=Fraction(number),
                threshold="=1",
                remedy=f"{rule.remedy}，减少 {number - 1} 名" if number else f"{rule.remedy}，还需 1 名",
            )


def grid_size(judged: Judgement, rule: Rule) -> Iterator[Finding]:
    """A zone has no more households living in it than the district sets for one."""
    table = judged.engine.evaluator.table
    homes, buildings = table("household"), table("building")
    living = {
        row.household for row in judged.records("household_membership", Holds() & eq("kind", MembershipKind.LIVING))
    }
    number: Counter[str] = Counter()
    for id_ in living:
        building = buildings.get(getattr(homes.get(id_), "building", None) or "")
        number[getattr(building, "zone", "")] += 1
    for zone in judged.records("zone", Holds()):
        place, count = judged.place_of(zone), Fraction(number[zone.id])
        norm = judged.parameter("grid.households", place)
        if isinstance(norm, Answer) or not place.operates(judged.at) or norm.met_by(count):
            continue
        name = f"{place.name}{zone.name}"
        yield judged.finding(
            rule,
            place,
            f"{name}有常驻户 {count} 户，规定{norm.shown} 户",
            subject=name,
            measured=count,
            threshold=norm.shown,
            citation=norm.citation,
            remedy=rule.remedy.format(gap=abs(count - norm.value)),
        )
