"""How fast a city is made and written, and in how much memory: `python benchmarks/sample.py --residents 100000`."""

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
PEAK = 1024 * (1024 if sys.platform == "darwin" else 1)


def peak() -> float:
    """The most memory that this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / PEAK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=30_000)
    parser.add_argument("--households", type=int, default=5000, help="of each sub-district")
    parser.add_argument(
        "--into", default="none", help="none, csv, xlsx, parquet, or the URL of a store; {path}: a folder"
    )
    given = parser.parse_args()
    residents = records = 0
    making = writing = 0.0
    with tempfile.TemporaryDirectory() as name:
        store = shequ.open(given.into.replace("{path}", name)).store if ":" in given.into else None
        city = make_city(given.residents, households=given.households)
        while True:
            started = time.process_time()
            code, sample = next(city, ("", None))
            making += time.process_time() - started
            if sample is None:
                break
            started = time.process_time()
            if store is not None:
                fill(store, code, sample, actor="benchmark", at=AT)
            elif given.into != "none":
                write_files(sample, Path(name) / code, given.into)
            writing += time.process_time() - started
            residents += len(sample.records["resident"])
            records += sum(map(len, sample.records.values()))
            print(f"{code}: {residents:,} residents, {records:,} records, peak {peak():.0f} MiB", flush=True)
        if store is not None:
            store.close()
    print(f"made: {residents / making:,.0f} residents/s of processor time", end="")
    print(f"; into {given.into}: {records / writing:,.0f} records/s" if writing > 0.01 else "")


if __name__ == "__main__":
    main()
