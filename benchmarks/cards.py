"""Prints contact cards and measures the time for a number of them and for twice as many: `python benchmarks/cards.py`.

The cards are made up; the letters are dealt from records, laid out and written as HTML and Word, as `shequ cards` does.
Exit status 1 if 300 take more than 20 seconds, or twice as many more than 2.6 times as long.
"""

import argparse
import time
from datetime import date, datetime

from shequ.calendars import Period
from shequ.effective import SHANGHAI
from shequ.metrics import Catalogue, Engine
from shequ.metrics.catalogue import METRICS
from shequ.model import (
    RECORD_TYPES,
    Community,
    CommunityStatus,
    ContactCard,
    ContactState,
    MemberKind,
    PartyMember,
    Record,
    Resident,
    Role,
    Schema,
    SubDistrict,
    Viewer,
    WorkUnit,
)
from shequ.register import host_from_environment
from shequ.reports import Access, CardContext, deal
from shequ.rules import LawOn, ParameterBook
from shequ.store import ABSENT
from shequ.store.memory import MemoryStore

NOON = datetime(2026, 1, 5, 12, tzinfo=SHANGHAI)
MOST_SECONDS, MOST_RATIO = 20.0, 2.6


def records(count: int) -> list[Record]:
    found: list[Record] = [
        SubDistrict(id="S", code="999900001000", name="云溪街道"),
        Community(id="C", code="999900001001", name="望溪社区", sub_district="S", status=CommunityStatus.OPERATING),
        WorkUnit(id="u", name="供电公司", party_organization="中共供电公司党支部"),
    ]
    for n in range(count):
        found += [
            Resident(id=f"r{n}", name=f"党员{n}"),
            PartyMember(id=f"m{n}", community="C", resident=f"r{n}", kind=MemberKind.IN_SERVICE, employer="u"),
            ContactCard(
                id=f"letter-{n:06d}",
                member=f"m{n}",
                employer="u",
                since=date(2025, 1, 1),
                until=date(2025, 7, 1),
                compiled=date(2025, 7, 2),
                services=3,
                minutes=180,
                activities=("清洁家园", "法律咨询"),
                state=ContactState.SIGNED,
                basis="consent",
                signed=date(2025, 7, 5),
            ),
        ]
    return found


def seconds(count: int, suffix: str) -> float:
    schema = Schema(RECORD_TYPES)
    store = MemoryStore(schema)
    with store.session("S", actor="bench", reason="bench", at=NOON) as session:
        for record in records(count):
            session.put(record, ABSENT)
    host = host_from_environment()
    _, kind = host.by_name("shequ_cards")["contact"]
    _, write = host.by_name("shequ_card_writers")[suffix]
    started = time.perf_counter()
    with store.read("S") as snapshot:
        engine = Engine(
            snapshot,
            schema,
            Catalogue(METRICS),
            district="S",
            today=date(2026, 1, 5),
            parameters=LawOn(ParameterBook([])),
        )
        access = Access(Viewer("bench", frozenset({Role.CLERK})), engine)
        context = CardContext(engine, access, engine.tree.root, Period.parse("2025H1"))
        sheets = deal("contact", kind, context, day=date(2026, 1, 5))
    assert len(sheets.cards) == count
    write(sheets)
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    count = parser.parse_args().count
    failed = False
    for suffix in ("html", "docx"):
        one, two = (min(seconds(n, suffix) for _ in range(2)) for n in (count, 2 * count))
        print(f"{suffix}: {count} cards {one:.2f} s, {2 * count} cards {two:.2f} s, ratio {two / one:.2f}")
        failed |= one > MOST_SECONDS * count / 300 or two > MOST_RATIO * one
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
