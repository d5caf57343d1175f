"""What `shequ demo` takes from nothing: wall time and peak memory of the whole process."""

import argparse
import resource
import subprocess
import sys
import tempfile
import time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=5000)
    households = parser.parse_args().households
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        command = [sys.executable, "-c", "from shequ.cli import main; main()"]
        subprocess.run(
            [*command, "demo", "--out", f"{folder}/demo", "--households", str(households)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"shequ demo --households {households}: {took:.1f} s (at most 60), {peak:.0f} MiB at its peak (at most 500)")


if __name__ == "__main__":
    main()
