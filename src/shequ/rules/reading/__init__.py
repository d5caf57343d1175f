"""Rule sets are read from TOML; every error names the file and the line."""

from shequ.rules.reading.document import read_rule_set

__all__ = ["read_rule_set"]
