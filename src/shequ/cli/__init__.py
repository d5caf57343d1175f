"""The command line; its library is loaded only when a command runs."""

import sys

from shequ.errors import MissingExtra

__all__ = ["main"]


def main() -> None:
    """Entry point of the command ``shequ``."""
    try:
        from shequ.cli.commands import run
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.stderr.write(f"shequ: {MissingExtra('命令行', 'cli')}\n")
        sys.exit(2)
    sys.exit(run())
