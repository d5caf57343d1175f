"""Make a new plugin from the template: `python new_plugin.py NAME FOLDER`."""

import re
import sys
from pathlib import Path

TEMPLATE = Path(__file__).parent / "template"
OLD = "street-plugin"


def make(name: str, folder: Path) -> None:
    """Copy the template to a folder that is not there yet, under another name.

    Args:
        name: Name of the distribution: small letters, digits and hyphens, such as ``riverside-outlets``.
        folder: Where it is made.
    """
    if re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) is None:
        raise SystemExit(
            f"{name!r} is no name for a plugin: use small letters, digits and hyphens, such as riverside-outlets"
        )
    if folder.exists():
        raise SystemExit(f"{folder} is there already: name a folder that is not")

    def renamed(text: str) -> str:
        return text.replace(OLD, name).replace(OLD.replace("-", "_"), name.replace("-", "_"))

    for source in sorted(path for path in TEMPLATE.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        target = folder / renamed(str(source.relative_to(TEMPLATE)))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(renamed(source.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{name} is in {folder}. Next: cd {folder} && pip install -e '.[test]' && pytest")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    make(sys.argv[1], Path(sys.argv[2]))
