"""How fast a city is made and written, and in how much memory: `python benchmarks/sample.py --residents 100000`.

Each form gets every sub-district as soon as it is made, so the city is made once for all of them:

    python benchmarks/sample.py --residents 1000000 --into csv parquet sqlite:///{path}/city.db
"""

import argparse
import resource
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import shequ
from shequ.effective import SHANGHAI
from shequ.sample import fill, make_city, write_files

AT = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
STATUS = Path("/proc/self/status")


def peak() -> float:
    """The most memory that this program ever had, in MiB.

    Where Linux says it, since the program was started: what `getrusage` says includes the program that started it.
    """
    if STATUS.exists():
        (line,) = (line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * (1024 if sys.platform == "darwin" else 1))


def size(folder: Path) -> float:
    """What a folder holds, in MiB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(
        description="How fast a city is made and written.", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--residents", type=int, default=30_000)
    parser.add_argument("--households", type=int, default=5000, help="of each sub-district")
    parser.add_argument(
        "--into", nargs="*", default=[], help="csv, xlsx, parquet, or the URL of a store; {path}: a folder"
    )
    given = parser.parse_args()
    residents = records = 0
    making, writing = 0.0, dict.fromkeys(given.into, 0.0)
    with tempfile.TemporaryDirectory() as name:
        folders = {into: Path(name) / str(number) for number, into in enumerate(given.into)}
        for folder in folders.values():
            folder.mkdir()
        stores = {
            into: shequ.open(into.replace("{path}", str(folder))).store
            for into, folder in folders.items()
            if ":" in into
        }
        city = make_city(given.residents, households=given.households)
        began = time.perf_counter()
        while True:
            started = time.process_time()
            code, sample = next(city, ("", None))
            making += time.process_time() - started
            if sample is None:
                break
            for into, folder in folders.items():
                started = time.process_time()
                if into in stores:
                    fill(stores[into], code, sample, actor="benchmark", at=AT)
                else:
                    write_files(sample, folder / code, into)
                writing[into] += time.process_time() - started
            residents += len(sample.records["resident"])
            records += sum(map(len, sample.records.values()))
            del sample  # the next one is made without it
            print(f"{code}: {residents:,} residents, {records:,} records, peak {peak():.0f} MiB", flush=True)
        elapsed = time.perf_counter() - began
        for store in stores.values():
            store.close()
        print(f"made: {making:.0f} s of processor time, {residents / making:,.0f} residents/s")
        for into, seconds in writing.items():
            rate, held = records / max(seconds, 0.001), size(folders[into])
            print(f"into {into}: {seconds:.0f} s of processor time, {rate:,.0f} records/s, {held:,.0f} MiB on the disk")
        print(f"{elapsed:.0f} s by the clock, peak {peak():.0f} MiB")


if __name__ == "__main__":
    main()
