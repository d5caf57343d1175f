"""How data comes and goes: returns are read, with every problem named; records are written."""

from shequ.exchange.backup import Transfer, export_history, import_history
from shequ.exchange.problems import Problem, Severity
from shequ.exchange.returns import Returns, Settled, read_returns
from shequ.exchange.template import write_template
from shequ.exchange.writer import write_table

__all__ = [
    "Problem",
    "Returns",
    "Settled",
    "Severity",
    "Transfer",
    "export_history",
    "import_history",
    "read_returns",
    "write_table",
    "write_template",
]
