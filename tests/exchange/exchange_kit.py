"""What the tests of the exchange share: the schema, where data lies, a load against stored records."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from shequ.exchange import Problem, Returns, Settled
from shequ.metrics import Metric
from shequ.model import RECORD_TYPES, Record, Schema

SCHEMA = Schema(RECORD_TYPES)
DATA = Path(__file__).parent.parent / "data"


def by_type(records: Iterable[Record]) -> Callable[[str], Mapping[str, Record]]:
    """Records as a store gives them: by type and id."""
    stored: dict[str, dict[str, Record]] = {}
    for record in records:
        stored.setdefault(record.__record__.name, {})[record.id] = record
    return lambda name: stored.get(name, {})


def settle(returns: Returns, *stored: Record, keep_good: bool = False, metrics: Iterable[str] = ()) -> Settled:
    return returns.settle(
        by_type(stored),
        metric=lambda name: Metric(name, name, "") if name in set(metrics) else None,
        keep_good=keep_good,
    )


Load = Callable[..., Settled]


def only(problems: Iterable[Problem]) -> Problem:
    (problem,) = problems
    return problem
