"""What `import shequ` costs beside the import of its four dependencies alone, in alternate fresh processes."""

import argparse
import statistics
import subprocess
import sys
import time

OURS = "import shequ"
THEIRS = "import attrs, cattrs, pluggy, dateutil.relativedelta, dateutil.tz"
FAÇADE = "import shequ; shequ.Register"


def seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    bare = statistics.median(seconds("pass") for _ in range(runs))
    pairs = [(seconds(OURS) - bare, seconds(THEIRS) - bare, seconds(FAÇADE) - bare) for _ in range(runs)]
    ours, theirs, register = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"import shequ                     {ours * 1000:8.1f} ms")
    print(f"import its four dependencies     {theirs * 1000:8.1f} ms   ratio {ours / theirs:.2f} (at most 1.3)")
    print(f"import shequ; shequ.Register     {register * 1000:8.1f} ms   ratio {register / theirs:.2f}")


if __name__ == "__main__":
    main()
