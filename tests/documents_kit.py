"""How the documents' examples are found and run."""

import re
from pathlib import Path

__all__ = ["ROOT", "blocks", "run_page"]

ROOT = Path(__file__).parents[1]


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def run_page(page: Path) -> dict[str, object]:
    """Run the Python of a page from its beginning to its end, as a reader would; what it defined."""
    names: dict[str, object] = {"__name__": page.stem.replace("-", "_")}
    for number, source in enumerate(blocks(page.read_text(encoding="utf-8"), "python"), 1):
        exec(compile(source, f"{page.name}:{number}", "exec"), names)  # noqa: S102 - the documents' own examples
    return names
