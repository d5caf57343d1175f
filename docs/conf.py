"""How Sphinx builds the documents: `sphinx-build -W -b html docs build/docs` (extra `docs`)."""

import re
from pathlib import Path

project = "shequ"
author = "The shequ developers"
project_copyright = "The shequ developers"
version = release = re.search(
    r'__version__ = "(.+?)"', (Path(__file__).parents[1] / "src/shequ/__init__.py").read_text(encoding="utf-8")
)[1]

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["build", "plugin-template"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# Diagrams are written for the hosts that draw them; here they stand as text.
suppress_warnings = ["misc.highlighting_failure"]
language = "en"

html_theme = "furo"
html_title = f"shequ {release}"
html_copy_source = False
