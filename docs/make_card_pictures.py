"""Draws the pictures of the cards in docs/pictures: `python docs/make_card_pictures.py`.

It needs Chromium and pdftoppm (Debian: chromium, poppler-utils) and a font with Chinese characters (fonts-noto-cjk).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from shequ.sample.demonstration import demonstrate

PICTURES = Path(__file__).parent / "pictures"
KINDS = ("appointment", "contact", "record", "slip")
RESOLUTION = 62
BROWSER = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-pdf-header-footer",
)  # fmt: skip


def draw(page: Path, target: Path, work: Path) -> None:
    """The first sheet of a page of cards, as it is printed."""
    browser = next((found for name in BROWSER if (found := shutil.which(name))), None)
    if browser is None:
        sys.exit("Chromium is needed")
    pdf = work / f"{target.stem}.pdf"
    command = [browser, *QUIET, f"--user-data-dir={work / 'profile'}", f"--print-to-pdf={pdf}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    command = [
        "pdftoppm",
        "-r",
        str(RESOLUTION),
        "-png",
        "-singlefile",
        "-f",
        "1",
        str(pdf),
        str(target.with_suffix("")),
    ]
    subprocess.run(command, check=True, timeout=60)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        demonstrate(work / "demo", households=600, progress=lambda _what, _count: None)
        for kind in KINDS:
            target = PICTURES / f"cards-{kind}.png"
            draw(work / "demo" / "cards" / f"{kind}.html", target, work)
            print(target, target.stat().st_size)


if __name__ == "__main__":
    main()
