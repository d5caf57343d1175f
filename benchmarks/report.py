"""What the report takes in all five formats: from the store to the files, at most 15 s for the whole district."""

import argparse
import tempfile
import time
from pathlib import Path

import shequ
from shequ.sample.demonstration import DEMONSTRATION_NOW, demonstrate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=5000)
    households = parser.parse_args().households
    with tempfile.TemporaryDirectory() as folder:
        made = demonstrate(Path(folder, "demo"), households=households, progress=lambda _text, _count: None)
        url = f"sqlite:///{made.folder / 'demo.db'}"
        start, cpu = time.perf_counter(), time.process_time()
        with shequ.open(url, actor="benchmark", clock=lambda: DEMONSTRATION_NOW) as register:
            report = register.report("work", period="2025")
            print(f"built: {time.perf_counter() - start:.1f} s")
            for suffix in report.formats:
                before = time.perf_counter()
                size = report.save(Path(folder, f"report.{suffix}")).stat().st_size
                print(f"{suffix}: {time.perf_counter() - before:.1f} s, {size // 1024} KiB")
        took, used = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"report on {households} households in five formats: {took:.1f} s (at most 15), {used:.1f} s of processor time"
    )


if __name__ == "__main__":
    main()
