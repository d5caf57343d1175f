"""Registers of demonstration districts in memory, for judging."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import shequ
from shequ.effective import SHANGHAI
from shequ.register import Register
from shequ.sample import Sample

__all__ = ["NOW", "register_of"]

NOW = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)


def register_of(sample: Sample) -> Register:
    """A register that holds a district and its own rules."""
    with TemporaryDirectory() as folder:
        rules = Path(folder) / "yunxi.toml"
        rules.write_text(sample.rules, encoding="utf-8")
        register = shequ.open("memory:", district="999900001000", actor="test", clock=lambda: NOW, rules=[rules])
    for records in sample.records.values():
        register.put(*records, reason="test")
    return register
