"""Pictures of the report for docs/pictures, from the folder of a demonstration: ``python docs/make_pictures.py FOLDER``.

Needs Chromium with its driver and selenium, LibreOffice and pdftoppm. The fonts of official documents are not free;
for the pictures those of Noto stand in for them.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

PICTURES = Path(__file__).parent / "pictures"
STAND_INS = {"仿宋_GB2312": "Serif", "楷体_GB2312": "Serif", "方正小标宋简体": "Serif", "宋体": "Serif", "黑体": "Sans"}
WORD_PAGES = {"word-title": 1, "word-chart": 3}


def browser(folder: Path) -> Any:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


def page(report: Path, folder: Path) -> None:
    opened = browser(folder / "profile")
    opened.get(report.absolute().as_uri())

    def shoot(name: str, width: int, height: int, step: str) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        opened.execute_script(f"document.documentElement.style.scrollBehavior = 'auto'; {step}")
        opened.save_screenshot(str(PICTURES / f"{name}.png"))

    shoot("page", 1220, 640, "scrollTo(0, 0)")
    shoot("page-chart", 1240, 640, "document.querySelectorAll('figure')[4].scrollIntoView({block: 'center'})")
    shoot("page-lineage", 900, 560, "document.querySelectorAll('main p a.figure')[18].click()")
    shoot("page-telephone", 360, 640, "document.getElementById('lineage').close(); scrollTo(0, 900)")
    opened.quit()


def word(report: Path, folder: Path) -> None:
    aliases = "".join(
        f"<match><test name='family'><string>{name}</string></test><edit name='family' mode='assign' binding='strong'>"
        f"<string>Noto {kind} CJK SC</string></edit></match>"
        for name, kind in STAND_INS.items()
    )
    fonts = folder / "fonts.conf"
    fonts.write_text(
        f"<?xml version='1.0'?><fontconfig><include>/etc/fonts/fonts.conf</include>{aliases}</fontconfig>",
        encoding="utf-8",
    )
    profile = (folder / "office").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", folder]
    subprocess.run([*command, report], check=True, env={**os.environ, "FONTCONFIG_FILE": str(fonts)})
    for name, number in WORD_PAGES.items():
        at = ["-f", str(number), "-l", str(number), "-singlefile", "-r", "60", "-png"]
        subprocess.run(["pdftoppm", *at, folder / "report-2025.pdf", PICTURES / name], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where shequ demo wrote to")
    given = parser.parse_args().folder
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        page(given / "report-2025.html", Path(work))
        word(given / "report-2025.docx", Path(work))


if __name__ == "__main__":
    main()
