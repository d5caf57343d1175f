"""The assignment: everything that counts as one matrix of points, and scipy's solver over it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import isnan
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from shequ.errors import MissingExtra, Misuse
from shequ.matching.pairs import Candidate, Cause, Criteria, Need, Pair, PairingResult, Unmatched

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Matrix = NDArray[float64]

__all__ = ["cost_matrix", "pair"]

_BLOCK = 32  # rows whose distances are worked out at a time: they stay in the processor's cache
_EXACT = 2**53  # whole numbers up to here are exact in the solver's floating point
_NOWHERE = (float("nan"),) * 3
Side = TypeVar("Side", Candidate, Need)


def pair(candidates: Iterable[Candidate], needs: Iterable[Need], criteria: Criteria) -> PairingResult:
    """Pair candidates with households: as many as possible, then at as few points as possible.

    Args:
        candidates: Who can help; each takes as many households as is free.
        needs: Households that want help; each gets one candidate at most.
        criteria: What counts how much, and what must not be.

    Raises:
        MissingExtra: If the extra ``matching`` is not installed.
        Misuse: If two candidates or two needs have one id, or weights are too large to be added exactly.
    """
    try:
        from scipy.optimize import linear_sum_assignment
    except ImportError as error:
        raise MissingExtra("结对匹配", "matching") from error
    problem = _Problem(candidates, needs, criteria)
    cost = problem.matrix()
    columns, rows = linear_sum_assignment(_eased(cost).T)
    made = cost[rows, columns] < problem.forbidden
    return problem.result(cost, rows[made], columns[made])


def cost_matrix(candidates: Iterable[Candidate], needs: Iterable[Need], criteria: Criteria) -> "Matrix":
    """The matrix that :func:`pair` gives to the solver.

    Returns:
        Points by place that a candidate has free (candidates by id, then the places in turn) and by need (by id);
        pairs that must not be made cost more than all others together.

    Raises:
        MissingExtra: If the extra ``matching`` is not installed.
        Misuse: As :func:`pair`.
    """
    return _Problem(candidates, needs, criteria).matrix()


def _eased(cost: "Matrix") -> "Matrix":
    """Costs with the same best assignments, that the solver is done with in about half the time.

    Where there are as many rows as columns, all of them are paired, so what is taken off a whole row or column comes
    off every assignment alike; zeros in every row and column are where the solver's search would get to anyway.
    """
    if cost.shape[0] != cost.shape[1] or not len(cost):
        return cost
    eased: Matrix = cost - cost.min(axis=0)
    eased -= eased.min(axis=1)[:, None]
    return eased


def _by_id(what: str, given: Iterable[Side]) -> list[Side]:
    ordered = sorted(given, key=attrgetter("id"))
    twice = [name for name, times in Counter(item.id for item in ordered).items() if times > 1]
    if twice:
        raise Misuse(f"two {what} have the id {twice[0]}")
    return ordered


class _Problem:
    """One pairing: candidates and needs by id, the places that candidates have free, and what must not be."""

    def __init__(self, candidates: Iterable[Candidate], needs: Iterable[Need], criteria: Criteria) -> None:
        try:
            import numpy as np
        except ImportError as error:
            raise MissingExtra("结对匹配", "matching") from error
        self.criteria = criteria
        self.candidates, self.needs = _by_id("candidates", candidates), _by_id("needs", needs)
        free = np.array([min(candidate.free, len(self.needs)) for candidate in self.candidates], dtype=np.intp)
        self.owner = np.repeat(np.arange(len(self.candidates)), free)
        # Row of each candidate's first free place; a candidate with none has that of the next one.
        self.first = np.concatenate(([0], np.cumsum(free)))
        self.loads = np.array([candidate.load for candidate in self.candidates])[self.owner]
        self.loads += np.arange(len(self.owner)) - self.first[self.owner]
        self.helpers, self.homes = _points(self.candidates), _points(self.needs)
        helpers = {candidate.id: number for number, candidate in enumerate(self.candidates)}
        homes = {need.id: number for number, need in enumerate(self.needs)}
        named = set(criteria.excludes)
        named.update((candidate.id, other) for candidate in self.candidates for other in candidate.excludes)
        named.update((other, need.id) for need in self.needs for other in need.excludes)
        self.excluded = {(helpers[one], homes[other]) for one, other in named if one in helpers and other in homes}
        self.kept_from_home: defaultdict[int, set[int]] = defaultdict(set)
        self.kept_from_helper: defaultdict[int, set[int]] = defaultdict(set)
        for helper, home in self.excluded:
            self.kept_from_home[home].add(helper)
            self.kept_from_helper[helper].add(home)
        self.forbidden = self._forbidden()

    def _forbidden(self) -> int:
        """More points than all pairs that may be made can cost together."""
        import numpy as np

        points = np.concatenate((self.helpers, self.homes))
        points = points[~np.isnan(points[:, 0])]
        farthest = int(np.ptp(points, axis=0).sum()) + 1 if len(points) else 0
        weights, most = self.criteria, min(len(self.owner), len(self.needs))
        dearest = (
            weights.skills * max((len(need.skills) for need in self.needs), default=0)
            + weights.languages
            + max(weights.zone, weights.distance * farthest)
            + weights.load * int(self.loads.max(initial=0))
        )
        forbidden = dearest * most + 1
        if forbidden * max(most, 1) >= _EXACT:
            raise Misuse("the weights are too large to be added exactly", remedy="divide all of them by one number")
        return forbidden

    def matrix(self) -> "Matrix":
        """Points by free place and need: what a candidate brings times what a need makes of it, then the distance."""
        import numpy as np

        if not len(self.owner) or not self.needs:
            return np.zeros((len(self.owner), len(self.needs)))
        brought, made = self._factors()
        rows = np.column_stack((brought[self.owner], self.criteria.load * self.loads))
        cost: Matrix = rows @ np.vstack((made, np.ones(len(self.needs))))
        self._add_distance(cost)
        for helper, home in self.excluded:
            cost[self.first[helper] : self.first[helper + 1], home] = self.forbidden
        return cost

    def _factors(self) -> "tuple[Matrix, Matrix]":
        """Two matrices whose product is the points for skills, languages and zone, by candidate and need."""
        import numpy as np

        weights = self.criteria
        columns: list[Any] = []
        rows: list[Any] = []
        wanted = sorted({skill for need in self.needs for skill in need.skills})
        columns.append(np.ones((len(self.candidates), 1)))
        rows.append(np.array([[weights.skills * len(need.skills) for need in self.needs]]))
        columns.append(_marks([candidate.skills for candidate in self.candidates], wanted))
        rows.append(-weights.skills * _marks([need.skills for need in self.needs], wanted).T)
        tongues = list(dict.fromkeys(need.languages for need in self.needs if need.languages))
        columns.append(
            np.array([[tongue.isdisjoint(c.languages) for tongue in tongues] for c in self.candidates], dtype=float)
        )
        rows.append(weights.languages * _marks([{need.languages} for need in self.needs], tongues).T)
        # Another zone costs, the same does not; counted where one side's position is not known: that is the case for
        # every need if it is the candidate's, else for needs whose own is not.
        zones = sorted({need.zone for need in self.needs if need.zone})
        lives, lies = _marks([{c.zone} for c in self.candidates], zones), _marks([{n.zone} for n in self.needs], zones)
        lives = np.column_stack((np.ones(len(lives)), -lives))
        lies = weights.zone * np.column_stack((np.ones(len(lies)), lies))
        lost, unseen = np.isnan(self.helpers[:, :1]), np.isnan(self.homes[:, :1])
        if not weights.distance:
            lost[:] = True
        columns += [lives * lost, lives * ~lost]
        rows += [lies.T, (lies * unseen).T]
        brought = np.hstack([part.reshape(len(self.candidates), -1) for part in columns])
        made = np.vstack([part.reshape(-1, len(self.needs)) for part in rows])
        used = brought.any(axis=0) & made.any(axis=1)
        return brought[:, used], made[used]

    def _add_distance(self, cost: "Matrix") -> None:
        """Add the metres to the points, and forbid what is too far apart."""
        import numpy as np

        weight, limit = self.criteria.distance, self.criteria.max_distance
        if not weight and limit is None:
            return
        rows, columns = self.helpers[self.owner].T[:, :, None], self.homes.T.copy()[:, None, :]
        whole = not (np.isnan(rows).any() or np.isnan(columns).any())
        for start in range(0, len(cost), _BLOCK):
            block = cost[start : start + _BLOCK]
            metres = _metres(rows[:, start : start + _BLOCK], columns)
            far = metres > limit if limit is not None else None
            if not whole:
                metres[np.isnan(metres)] = 0
            metres *= weight
            block += metres
            if far is not None:
                block[far] = self.forbidden

    def result(self, cost: "Matrix", rows: Any, columns: Any) -> PairingResult:
        """The pairs that the solver chose, and why the others are left over."""
        chosen = sorted(zip(self.owner[rows].tolist(), columns.tolist(), strict=True))
        helpers, homes = [helper for helper, _ in chosen], [home for _, home in chosen]
        apart = _metres(self.helpers[helpers].T, self.homes[homes].T).tolist()
        pairs, places = [], Counter[int]()
        for helper, home, metres in zip(helpers, homes, apart, strict=True):
            candidate = self.candidates[helper]
            known = None if isnan(metres) else int(metres)
            load = candidate.load + places[helper]
            pairs.append(Pair(candidate, self.needs[home], load, known, self.criteria))
            places[helper] += 1
        lonely, idle = set(range(len(self.needs))), set(range(len(self.candidates)))
        return PairingResult(
            tuple(pairs),
            tuple(self._left_need(cost, home) for home in sorted(lonely.difference(homes))),
            tuple(self._left_candidate(cost, helper) for helper in sorted(idle.difference(helpers))),
        )

    def _left_need(self, cost: "Matrix", home: int) -> Unmatched:
        name = self.needs[home].id
        if not self.candidates:
            return Unmatched(name, Cause.NOBODY, "没有可结对的人选")
        able = len(set(self.owner[cost[:, home] < self.forbidden].tolist()))
        if able:
            return Unmatched(name, Cause.TAKEN, f"符合条件的 {able} 人都已安排给更合适的户")
        excluded = self.kept_from_home[home]
        far = self._far(self.helpers, self.homes[home]) - excluded
        full = len(self.candidates) - len(excluded) - len(far)
        if full:
            return Unmatched(name, Cause.FULL, f"符合条件的 {full} 人结对都已满")
        return Unmatched(name, Cause.INELIGIBLE, f"没有符合条件的人选：{self._barriers(excluded, far, '人')}")

    def _left_candidate(self, cost: "Matrix", helper: int) -> Unmatched:
        candidate = self.candidates[helper]
        if not self.needs:
            return Unmatched(candidate.id, Cause.NOBODY, "没有需要结对的户")
        if not candidate.free:
            text = f"已结对 {candidate.load} 户，至多 {candidate.capacity} 户"
            return Unmatched(candidate.id, Cause.FULL, text)
        able = int((cost[self.first[helper]] < self.forbidden).sum())
        if able:
            return Unmatched(candidate.id, Cause.TAKEN, f"符合条件的 {able} 户都已由更合适的人结对")
        excluded = self.kept_from_helper[helper]
        far = self._far(self.homes, self.helpers[helper]) - excluded
        return Unmatched(candidate.id, Cause.INELIGIBLE, f"没有符合条件的户：{self._barriers(excluded, far, '户')}")

    def _far(self, points: "Matrix", point: "Matrix") -> set[int]:
        limit = self.criteria.max_distance
        return set() if limit is None else set((_metres(points.T, point[:, None]) > limit).nonzero()[0].tolist())

    def _barriers(self, excluded: set[int], far: set[int], unit: str) -> str:
        said = [f"不得结对 {len(excluded)} {unit}"] if excluded else []
        said += [f"相距超过 {self.criteria.max_distance} 米 {len(far)} {unit}"] if far else []
        return "，".join(said)


def _points(given: Sequence[Candidate | Need]) -> "Matrix":
    """The points in metres, one row each; not a number where it is not known."""
    import numpy as np

    return np.array([item.position.point if item.position else _NOWHERE for item in given]).reshape(-1, 3)


def _marks(given: Sequence[Iterable[Any]], words: Sequence[Any]) -> "Matrix":
    """One row each, one column a word: 1 where the word is among theirs."""
    import numpy as np

    column = {word: number for number, word in enumerate(words)}
    marks = np.zeros((len(given), len(words)))
    for number, theirs in enumerate(given):
        for word in theirs:
            if word in column:
                marks[number, column[word]] = 1
    return marks


def _metres(one: "Matrix", other: "Matrix") -> "Matrix":
    """Whole metres between points whose three axes come first: the chord, equal to the way within a city."""
    import numpy as np

    total = one[0] - other[0]
    total *= total
    for axis in (1, 2):
        side = one[axis] - other[axis]
        side *= side
        total += side
    np.sqrt(total, out=total)
    found: Matrix = np.rint(total, out=total)
    return found
