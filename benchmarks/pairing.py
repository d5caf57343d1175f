"""Pairing two thousand members with two thousand households, beside the bare solver on the same matrix."""

import argparse
import random
import statistics
import time
from collections.abc import Callable

from scipy.optimize import linear_sum_assignment

from shequ.matching import Candidate, Criteria, Need, Position, cost_matrix, pair

SKILLS = [f"技能{number}" for number in range(40)]
LANGUAGES = ["普通话", "吴语", "粤语", "闽南语"]


def some(rng: random.Random, words: list[str], most: int) -> frozenset[str]:
    return frozenset(rng.sample(words, rng.randint(0, most)))


def somewhere(rng: random.Random) -> Position:
    return Position(121.54 + rng.uniform(-0.02, 0.02), 29.87 + rng.uniform(-0.02, 0.02))


def took(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compare(
    label: str, people: list[Candidate], homes: list[Need], criteria: Criteria, rounds: int, wanted: str = "at most 1.2"
) -> None:
    cost = cost_matrix(people, homes, criteria)
    linear_sum_assignment(cost)
    ours, bare = [], []
    for _ in range(rounds):  # in turn, so that whatever else the machine does falls on both
        bare.append(took(lambda: linear_sum_assignment(cost)))
        ours.append(took(lambda: pair(people, homes, criteria)))
    ratio = statistics.median(ours) / statistics.median(bare)
    print(
        f"{label} {len(people)} × {len(homes)}: pair {statistics.median(ours) * 1000:.0f} ms, "
        f"bare scipy {statistics.median(bare) * 1000:.0f} ms, ratio {ratio:.2f} ({wanted})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    rng = random.Random(1)
    people = [
        Candidate(
            f"m{number}",
            skills=some(rng, SKILLS, 6),
            languages=some(rng, LANGUAGES, 3),
            zone=f"z{rng.randrange(30)}",
            position=somewhere(rng),
            load=rng.randrange(3),
            capacity=3,
            excludes=frozenset({f"h{rng.randrange(given.size)}"}),
        )
        for number in range(given.size)
    ]
    homes = [
        Need(
            f"h{number}",
            skills=some(rng, SKILLS, 3),
            languages=some(rng, LANGUAGES, 1),
            zone=f"z{rng.randrange(30)}",
            position=somewhere(rng),
        )
        for number in range(given.size)
    ]
    one_each = [
        Candidate(c.id, c.skills, c.languages, c.zone, c.position, c.load, c.load + 1, c.excludes) for c in people
    ]
    compare("by distance,", one_each, homes, Criteria(), given.rounds)
    compare("by distance within 2,500 m,", one_each, homes, Criteria(max_distance=2500), given.rounds)
    compare("by zone,", one_each, homes, Criteria(distance=0), given.rounds)
    places = sum(person.free for person in people)
    compare("by distance, several households each,", people, homes, Criteria(), given.rounds, f"{places} free places")


if __name__ == "__main__":
    main()
