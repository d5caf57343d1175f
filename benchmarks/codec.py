"""Plain values → Resident: our codec beside its peers, in one run, as ratios of time and of memory.

The peers are given what they need to do the same work: cattrs and msgspec build the very class that we build (whose
constructor checks each field); pydantic's model states the same checks (form of the id, codes of the tables), and a
second model states types alone. Each measurement has values fresh from one JSON document, so that nothing is
remembered with them. The peers take turns, time is the processor's, and a ratio is the median over the rounds.
"""

import argparse
import gc
import json
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal

import cattrs
from cattrs.gen import make_dict_structure_fn

from shequ.codec import bulk, from_plain, from_plain_by_reference
from shequ.model import Resident, derive_id

Reader = Callable[[dict[str, Any]], Any]
OURS, FAST, PYDANTIC = "shequ.codec.from_plain", "cattrs, fast converter", "pydantic v2, same checks"
TARGETS = {False: {FAST: 0.65, PYDANTIC: 0.8}, True: {FAST: 0.5}}
BYTES = 0.55


def residents(count: int) -> list[str]:
    """People as lines of JSON: what many sheets hold, with the gaps they have."""
    chance = random.Random(2026)
    tables = {
        name: (list(Resident.__record__.fields[name].choices), share)
        for name, share in (
            ("education", 0.7),
            ("employment", 0.6),
            ("political", 0.6),
            ("marital", 0.7),
            ("health", 0.5),
        )
    }
    lines = []
    for number in range(count):
        born = date(1930, 1, 1) + timedelta(days=chance.randrange(34_000))
        identity = f"999900{born:%Y%m%d}{number % 10_000:04d}"
        row = {
            "id": derive_id("resident", (identity, str(number))),
            "name": chance.choice("王李张刘陈杨黄赵") + chance.choice("伟芳娜敏静强磊洋") + chance.choice("平华明丽"),
            "sex": chance.choice("12"),
            "birth_date": born.isoformat(),
        }
        row |= {name: chance.choice(codes) for name, (codes, share) in tables.items() if chance.random() < share}
        if chance.random() < 0.95:
            row["id_number"] = identity
        if chance.random() < 0.6:
            row["phone"] = f"139{chance.randrange(10**8):08d}"
        if chance.random() < 0.03:
            row["died"] = (date(2024, 1, 1) + timedelta(days=chance.randrange(700))).isoformat()
        lines.append(json.dumps(row, ensure_ascii=False))
    return lines


def by_hand(given: dict[str, Any]) -> Resident:
    get = given.get
    birth_date, died = get("birth_date"), get("died")
    return Resident(
        id=given["id"],
        name=given["name"],
        id_number=get("id_number"),
        sex=get("sex", "0"),
        birth_date=None if birth_date is None else date.fromisoformat(birth_date),
        education=get("education"),
        employment=get("employment"),
        political=get("political"),
        marital=get("marital"),
        health=get("health"),
        phone=get("phone"),
        died=None if died is None else date.fromisoformat(died),
    )


def with_cattrs() -> dict[str, Reader]:
    default = cattrs.Converter()
    fast = cattrs.Converter(detailed_validation=False)
    for converter in (default, fast):
        converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    structure = make_dict_structure_fn(Resident, fast, _cattrs_detailed_validation=False)
    return {
        "cattrs, default converter": lambda given: default.structure(given, Resident),
        FAST: lambda given: structure(given, Resident),
    }


def with_pydantic() -> dict[str, Reader]:
    try:
        import pydantic
    except ImportError:
        return {}

    form = pydantic.StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.\-]{0,63}$")

    def model(title: str, *, checked: bool) -> Reader:
        fields: dict[str, Any] = {}
        for name, spec in Resident.__record__.fields.items():
            kind: Any = date if name in ("birth_date", "died") else str
            if checked and spec.choices:
                kind = Literal[tuple(spec.choices)]
            if checked and name == "id":
                kind = Annotated[str, form]
            fields[name] = (kind | None if spec.optional else kind, ... if spec.required else spec.default)
        made = pydantic.create_model(title, __config__=pydantic.ConfigDict(frozen=True), **fields)
        return made.model_validate

    return {
        PYDANTIC: model("Checked", checked=True),
        "pydantic v2, types alone": model("Typed", checked=False),
    }


def with_msgspec() -> dict[str, Reader]:
    try:
        import msgspec
    except ImportError:
        return {}
    return {"msgspec into the same class": lambda given: msgspec.convert(given, Resident)}


def seconds(read: Reader, lines: list[str], *, paused: bool) -> float:
    rows = json.loads(f"[{','.join(lines)}]")
    gc.collect()
    start = time.process_time()
    with bulk() if paused else nullcontext():
        made = [read(row) for row in rows]
    took = time.process_time() - start
    assert len(made) == len(lines)
    return took


def bytes_each(read: Reader, lines: list[str]) -> float:
    """What a record and all that it alone keeps alive takes, after what the reader keeps has been paid for."""
    gc.collect()
    tracemalloc.start()
    made = [read(json.loads(line)) for line in lines]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (taken - sys.getsizeof(made)) / len(made)


def verdict(ratio: float, target: float | None) -> str:
    if target is None:
        return f"{ratio:6.2f}"
    return f"{ratio:6.2f}  at most {target:.2f}: {'met' if ratio <= target else 'MISSED'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    lines = residents(given.count)
    readers: dict[str, Reader] = {
        OURS: partial(from_plain, Resident),
        **with_cattrs(),
        "our reference, by cattrs": partial(from_plain_by_reference, Resident),
        "written by hand": by_hand,
        **with_pydantic(),
        **with_msgspec(),
    }
    for library, name in (("pydantic", PYDANTIC), ("msgspec", "msgspec into the same class")):
        if name not in readers:
            print(f"{library} is not installed: left out")
    first = json.loads(lines[0])
    assert all(read(first) == by_hand(first) for name, read in readers.items() if "pydantic" not in name)

    print(f"{given.count:,} residents, {given.rounds} rounds, Python {sys.version.split()[0]}; ratio = ours / theirs")
    for paused in (False, True):
        rounds = [
            {name: seconds(read, lines, paused=paused) for name, read in readers.items()} for _ in range(given.rounds)
        ]
        print(f"\ngarbage collector {'paused' if paused else 'as it is':<15}      µs each   ratio")
        for name in readers:
            each = statistics.median(took[name] for took in rounds) / given.count * 1e6
            ratio = statistics.median(took[OURS] / took[name] for took in rounds)
            print(f"  {name:<32} {each:9.2f}  {verdict(ratio, TARGETS[paused].get(name))}")

    print(f"\n{'memory':<34} bytes each   ratio")
    sizes = {name: bytes_each(read, lines) for name, read in readers.items()}
    for name, size in sizes.items():
        print(f"  {name:<32} {size:9.0f}  {verdict(sizes[OURS] / size, BYTES if name == PYDANTIC else None)}")


if __name__ == "__main__":
    main()
