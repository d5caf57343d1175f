"""For district IT: load what came in over night, check it, say what got worse. Run it beside `shequ-demo/`."""

import tempfile
from pathlib import Path

import shequ

RETURNS = Path("shequ-demo/returns")

with (
    tempfile.TemporaryDirectory() as folder,
    shequ.open(f"sqlite:///{folder}/street.db", actor="nightly") as register,
):
    result = register.load(RETURNS)
    print(f"{result.stored} records stored, {len(result.errors)} errors")
    for problem in result.errors:
        print(problem)
    before = {(finding.rule, finding.subject) for finding in register.check(at="2024-12-31")}
    for finding in register.check(at="2025-12-31"):
        if (finding.rule, finding.subject) not in before:
            print(finding)
