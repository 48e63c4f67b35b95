"""Pictures of the page for README and for looking at: python tests/screenshots.py [FOLDER] (default: screenshots)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browser import PATIENCE_MS, PHONE, WIDE, Visit, chromium, visit  # noqa: E402
from hosting import serving  # noqa: E402

from rag.assistant import Assistant  # noqa: E402
from rag.config import Settings  # noqa: E402
from rag.texts import texts_in  # noqa: E402

QUESTION = "Which youth quota do young unionists demand?"
WINDOWS = {"1280": (WIDE, "light"), "390": (PHONE, "light"), "1280-dark": (WIDE, "dark")}
FOR_README = {"1280-source.png": "page.png", "390-answer.png": "phone.png"}
MODEL_MS = 120_000


def main(folder: Path) -> None:
    """Ask the real models and write a picture of each tab in each window."""
    folder.mkdir(parents=True, exist_ok=True)
    assistant = Assistant.open(Settings.load())
    assistant.warm_up()
    with tempfile.TemporaryDirectory() as notes, chromium() as browser:
        with serving(assistant, Path(notes, "candidates.jsonl")) as page:
            for name, (window, scheme) in WINDOWS.items():
                with visit(browser, page.url, window, color_scheme=scheme, device_scale_factor=1) as here:
                    _tabs(here, folder, name)
    for picture, place in FOR_README.items():
        shutil.copyfile(folder / picture, ROOT / "rag" / "ui" / place)


def _tabs(here: Visit, folder: Path, name: str) -> None:
    t = texts_in("en")

    def keep(what: str) -> None:
        here.settled(1200).page.screenshot(path=folder / f"{name}-{what}.png")

    keep("first")
    here.ask(QUESTION, wait=False).answered(MODEL_MS)
    keep("answer")
    here.cite(1)
    keep("source")
    here.tab(t("page.briefing"))
    here.page.locator("#topic input, #topic textarea").fill("just transition")
    here.page.locator("#plan").click()
    here.page.locator("#outline input").first.wait_for(timeout=PATIENCE_MS)
    keep("briefing")
    here.tab(t("page.documents"))
    keep("documents")
    here.page.locator("#catalogue .read").nth(3).click()
    here.page.locator("#reading article").wait_for(timeout=PATIENCE_MS)
    keep("document")
    here.page.evaluate("scrollTo(0, 0)")
    here.tab(t("page.timeline"))
    keep("timeline")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))
