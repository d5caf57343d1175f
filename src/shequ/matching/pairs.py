"""The values of a pairing: who can help, who wants help, what counts, and which pairs came of it, with the reasons."""

from collections.abc import Iterable
from math import cos, radians, sin

import attrs

from shequ.errors import BadData, Misuse
from shequ.model import Term

__all__ = [
    "Candidate",
    "Cause",
    "Criteria",
    "Criterion",
    "Need",
    "Pair",
    "PairingResult",
    "Position",
    "Reason",
    "Unmatched",
]

_EARTH = 6_371_008.8  # mean radius in metres
_NOTHING: frozenset[str] = frozenset()


class Criterion(Term):
    """What a pair is judged by."""

    SKILLS = "skills", "技能"
    LANGUAGES = "languages", "语言"
    PLACE = "place", "位置"
    LOAD = "load", "负担"


class Cause(Term):
    """Why somebody was not paired."""

    NOBODY = "nobody", "没有另一方"
    INELIGIBLE = "ineligible", "没有符合条件的对象"
    FULL = "full", "结对已满"
    TAKEN = "taken", "符合条件的都已另有安排"


@attrs.frozen
class Position:
    """A point by longitude and latitude in degrees; all of one pairing by the same survey.

    Raises:
        BadData: If there is no such point.
    """

    longitude: float
    latitude: float

    def __attrs_post_init__(self) -> None:
        if not (-180 <= self.longitude <= 180 and -90 <= self.latitude <= 90):
            raise BadData(
                f"经度 {self.longitude}、纬度 {self.latitude} 不是地面上的点", remedy="经度 -180 至 180，纬度 -90 至 90"
            )

    @property
    def point(self) -> tuple[float, float, float]:
        """The same point in metres from the centre of the earth."""
        east, north = radians(self.longitude), radians(self.latitude)
        return _EARTH * cos(north) * cos(east), _EARTH * cos(north) * sin(east), _EARTH * sin(north)


@attrs.frozen
class Candidate:
    """Somebody who can help.

    Args:
        id: Id of the member or volunteer.
        skills: What they offer.
        languages: What they speak.
        zone: Id of the zone they live in; ``""`` if it is not known.
        position: Where they live, if that is known.
        load: Households they help already.
        capacity: Households they can help at most, those included.
        excludes: Households that they must not be paired with.

    Raises:
        Misuse: If load or capacity is negative.
    """

    id: str
    skills: frozenset[str] = _NOTHING
    languages: frozenset[str] = _NOTHING
    zone: str = ""
    position: Position | None = None
    load: int = 0
    capacity: int = 1
    excludes: frozenset[str] = _NOTHING

    def __attrs_post_init__(self) -> None:
        if self.load < 0 or self.capacity < 0:
            raise Misuse(f"load and capacity of {self.id} must not be negative")

    @property
    def free(self) -> int:
        """How many more households they can help."""
        return max(0, self.capacity - self.load)


@attrs.frozen
class Need:
    """A household that wants help.

    Args:
        id: Id of the household.
        skills: What is wanted; empty if anybody will do.
        languages: What is spoken there; empty if that does not matter.
        zone: Id of the zone it lies in; ``""`` if it is not known.
        position: Where it lies, if that is known.
        excludes: Candidates that it must not be paired with.
    """

    id: str
    skills: frozenset[str] = _NOTHING
    languages: frozenset[str] = _NOTHING
    zone: str = ""
    position: Position | None = None
    excludes: frozenset[str] = _NOTHING


@attrs.frozen
class Criteria:
    """What counts how much, in whole points; 0 leaves a criterion out.

    Args:
        skills: For each skill wanted and not offered.
        languages: For having no language in common where some are wanted.
        zone: For living in another zone, or in one that is not known; counts where the distance does not.
        distance: For each metre between them; counts where both positions are known.
        load: For each household that the candidate helps already, those of this pairing included.
        max_distance: Farthest apart in metres; holds where both positions are known. ``None``: any distance.
        excludes: Pairs (candidate, household) that must not be made, besides those that either side excludes.

    Raises:
        Misuse: If a number is negative.
    """

    skills: int = 1000
    languages: int = 1500
    zone: int = 500
    distance: int = 1
    load: int = 300
    max_distance: int | None = None
    excludes: frozenset[tuple[str, str]] = frozenset()

    def __attrs_post_init__(self) -> None:
        numbers = (self.skills, self.languages, self.zone, self.distance, self.load, self.max_distance or 0)
        if min(numbers) < 0:
            raise Misuse("weights and the longest distance must not be negative")


@attrs.frozen
class Reason:
    """What one criterion contributed to a pair: how many points, and why."""

    criterion: Criterion
    points: int
    text: str

    def __str__(self) -> str:
        return f"{self.criterion.label}：{self.text}（扣 {self.points} 分）"


@attrs.frozen
class Pair:
    """A candidate and a household that go together.

    Args:
        candidate: Who helps.
        need: Who is helped.
        load: Households that the candidate helps before this one.
        metres: How far apart they are; ``None`` if a position is not known.
        criteria: What they were judged by.
    """

    candidate: Candidate
    need: Need
    load: int
    metres: int | None
    criteria: Criteria

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What each criterion contributed; their points add up to the cost."""
        candidate, need, weights = self.candidate, self.need, self.criteria
        missing, shared = need.skills - candidate.skills, need.languages & candidate.languages
        if not need.skills:
            skills = "没有特别要求"
        else:
            skills = f"所需 {len(need.skills)} 项中缺 {_list(missing)}" if missing else f"能提供{_list(need.skills)}"
        if not need.languages:
            spoken = "没有特别要求"
        else:
            spoken = f"可用{_list(shared)}交流" if shared else f"不会{_list(need.languages)}"
        strange = bool(need.languages) and not shared
        if self.metres is not None and weights.distance:
            place, far = f"相距 {self.metres} 米", weights.distance * self.metres
        elif candidate.zone and candidate.zone == need.zone:
            place, far = "同一片区", 0
        else:
            place, far = "不同片区" if candidate.zone and need.zone else "片区未登记", weights.zone
        return (
            Reason(Criterion.SKILLS, weights.skills * len(missing), skills),
            Reason(Criterion.LANGUAGES, weights.languages * strange, spoken),
            Reason(Criterion.PLACE, far, place),
            Reason(Criterion.LOAD, weights.load * self.load, f"此前已结对 {self.load} 户"),
        )

    @property
    def cost(self) -> int:
        """The points of the pair."""
        return sum(reason.points for reason in self.reasons)

    @property
    def why(self) -> str:
        """The reasons as one sentence, in Chinese."""
        return "；".join(str(reason) for reason in self.reasons)


def _list(words: Iterable[str]) -> str:
    return "、".join(sorted(words))


@attrs.frozen
class Unmatched:
    """A candidate or household left over, and why: the cause for programs, the text for people."""

    id: str
    cause: Cause
    text: str


@attrs.frozen
class PairingResult:
    """The pairs by candidate and household, and who is left over; a candidate with any pair is not left over."""

    pairs: tuple[Pair, ...]
    unmatched_needs: tuple[Unmatched, ...]
    unmatched_candidates: tuple[Unmatched, ...]

    @property
    def cost(self) -> int:
        """The points of all pairs together."""
        return sum(found.cost for found in self.pairs)
