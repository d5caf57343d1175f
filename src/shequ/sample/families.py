"""Who lives together: families drawn from the compositions that a town has."""

import random
from collections.abc import Callable

import attrs

from shequ.sample.persons import Person, Registry

__all__ = ["Kin", "draw_couple", "draw_family", "draw_single"]


@attrs.frozen
class Kin:
    """A member of a family: the person, and the relation to its head (GB/T 4761)."""

    person: Person
    relation: str


_Draw = Callable[[Registry], list[Kin]]
_CHILD = {"1": "2", "2": "3"}


def _sex(rng: random.Random, men: float = 0.51) -> str:
    return "1" if rng.random() < men else "2"


def _opposite(sex: str) -> str:
    return "2" if sex == "1" else "1"


def _married(rng: random.Random) -> str:
    return rng.choices(("20", "21", "22", "23"), (18, 74, 7, 1))[0]


def _couple(registry: Registry, oldest: tuple[int, int]) -> list[Kin]:
    rng = registry.rng
    years, sex, marital = rng.randint(*oldest), _sex(rng, 0.72), _married(rng)
    head = registry.person(sex, years, marital=marital)
    gap = rng.randint(-1, 4) * (1 if sex == "1" else -1)
    spouse = registry.person(_opposite(sex), max(21, years - gap), marital=marital)
    return [Kin(head, "0"), Kin(spouse, "1")]


def _surname(family: list[Kin]) -> str:
    """The name that children get: the father's where he is there."""
    parents = [kin.person for kin in family if kin.relation in "01"]
    return next((parent.name[0] for parent in parents if parent.sex == "1"), parents[0].name[0])


def _add_children(registry: Registry, family: list[Kin], number: int) -> list[Kin]:
    rng = registry.rng
    mother = min(kin.person.age for kin in family if kin.relation in "01")
    years = max(0, mother - rng.randint(23, 31))
    for _ in range(number):
        if years > 27:
            years -= 12
        sex = _sex(rng)
        child = registry.person(sex, max(0, years), surname=_surname(family), marital="10")
        family.append(Kin(child, _CHILD[sex]))
        years -= rng.randint(2, 6)
        if years < 0:
            break
    return family


def draw_single(registry: Registry, years: tuple[int, int] = (22, 59)) -> list[Kin]:
    """One person alone."""
    rng = registry.rng
    at, sex = rng.randint(*years), _sex(rng, 0.42 if years[0] >= 60 else 0.55)
    weights = (4, 8, 78, 8, 2) if at >= 60 else (70, 9, 0, 20, 1)
    marital = rng.choices(("10", "21", "30", "40", "90"), weights)[0]
    return [Kin(registry.person(sex, at, marital=marital), "0")]


def draw_couple(registry: Registry) -> list[Kin]:
    """A couple of working age, with a child or without."""
    family = _couple(registry, (25, 45))
    return _add_children(registry, family, 1) if registry.rng.random() < 0.5 else family


def _elder_alone(registry: Registry) -> list[Kin]:
    return draw_single(registry, (61, 92))


def _elder_couple(registry: Registry) -> list[Kin]:
    return _couple(registry, (60, 85))


def _couple_alone(registry: Registry) -> list[Kin]:
    return _couple(registry, (26, 59))


def _one_child(registry: Registry) -> list[Kin]:
    return _add_children(registry, _couple(registry, (26, 53)), 1)


def _two_children(registry: Registry) -> list[Kin]:
    return _add_children(registry, _couple(registry, (30, 50)), 2)


def _three_generations(registry: Registry) -> list[Kin]:
    rng = registry.rng
    family = _add_children(registry, _couple(registry, (32, 52)), rng.choice((1, 1, 2)))
    head = family[0].person
    years = head.age + rng.randint(23, 29)
    both = years < 78 and rng.random() < 0.55
    marital = "21" if both else "30"
    family.append(Kin(registry.person("2", years, marital=marital), "5"))
    if both:
        family.append(Kin(registry.person("1", years + 2, surname=head.name[0], marital=marital), "5"))
    return family


def _single_parent(registry: Registry) -> list[Kin]:
    rng = registry.rng
    parent = registry.person(_sex(rng, 0.3), rng.randint(28, 50), marital=rng.choice(("40", "40", "30")))
    return _add_children(registry, [Kin(parent, "0")], 1)


def _grandparents(registry: Registry) -> list[Kin]:
    rng = registry.rng
    family = _couple(registry, (58, 70))
    child = registry.person(_sex(rng), rng.randint(3, 14), surname=_surname(family), marital="10")
    return [*family, Kin(child, "4")]


def _with_grandparent(registry: Registry) -> list[Kin]:
    rng = registry.rng
    family = draw_single(registry, (22, 30))
    years = family[0].person.age + rng.randint(48, 56)
    return [*family, Kin(registry.person("2", years, marital="30"), "6")]


def _siblings(registry: Registry) -> list[Kin]:
    family = draw_single(registry, (24, 45))
    years = family[0].person.age - registry.rng.randint(1, 4)
    sibling = registry.person(_sex(registry.rng), years, surname=family[0].person.name[0], marital="10")
    return [*family, Kin(sibling, "7")]


def _with_others(registry: Registry) -> list[Kin]:
    family = _couple(registry, (34, 60))
    helper = registry.person("2", registry.rng.randint(40, 62), marital="21", employment="24")
    return [*family, Kin(helper, "8")]


_COMPOSITIONS: tuple[tuple[_Draw, int], ...] = (
    (_elder_alone, 12),
    (_elder_couple, 18),
    (_couple_alone, 12),
    (_one_child, 32),
    (_two_children, 14),
    (_three_generations, 16),
    (_single_parent, 4),
    (draw_single, 6),
    (_grandparents, 1),
    (_with_grandparent, 1),
    (_siblings, 1),
    (_with_others, 2),
)


def draw_family(registry: Registry) -> list[Kin]:
    """A family as families are in an old quarter of a town."""
    draws, weights = zip(*_COMPOSITIONS, strict=True)
    draw: _Draw = registry.rng.choices(draws, weights)[0]
    return draw(registry)
