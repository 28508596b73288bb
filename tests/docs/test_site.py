"""The site: it builds, a broken link or anchor fails it, it loads nothing from elsewhere, and its
search works without a server.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "docs" / "site"
OUTPUT = ROOT / "build" / "docs"
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from harness import wait_for  # noqa: E402
from webdriver import Browser  # noqa: E402

LOADED = re.compile(
    r"<(?:script|img|iframe)\b[^>]*\bsrc=\"([^\"]*)\"|<link\b[^>]*\bhref=\"([^\"]*)\""
)
WORDS = "return [...document.querySelectorAll('.md-search-result__item')].map(e => e.innerText)"


def mkdocs(config: Path) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "build/venv/bin/mkdocs"), "build", "--strict", "-f", str(config)]
    return subprocess.run(command, capture_output=True, text=True)


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        done = subprocess.run([str(SITE / "make")], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)

    def test_pages_load_nothing_from_elsewhere(self) -> None:
        pages = list(OUTPUT.rglob("*.html"))
        self.assertGreater(len(pages), 15)
        for page in pages:
            for found in LOADED.findall(page.read_text()):
                address = "".join(found)
                self.assertNotRegex(address, r"^(https?:)?//", page)
                if address and not address.startswith("data:") and page.name != "404.html":
                    target = page.parent / address.partition("?")[0]
                    self.assertTrue(target.exists(), f"{page} loads {address}")

    def test_no_hidden_comment_is_left(self) -> None:
        for page in OUTPUT.rglob("*.html"):
            self.assertNotIn("<!-- docs:", page.read_text(), page)

    def test_reference_has_every_language(self) -> None:
        for page, names in {
            "app": ["trivet_app_route", "trivet_app_config"],
            "python": ["on_startup", "TrivetEventLoop", "NotFound"],
            "node": ["urlFor", "HttpError", "onShutdown"],
            "go": ["func-app-listen", "type Ctx", "ErrStale"],
        }.items():
            text = (OUTPUT / "reference" / f"{page}.html").read_text()
            for name in names:
                self.assertIn(name, text, page)

    def test_search_without_a_server(self) -> None:
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open((OUTPUT / "index.html").as_uri())
        wait_for(lambda: browser.script("return !!document.querySelector('.md-search__input')"), "")
        browser.click("label.md-header__button[for=__search], .md-search__input")
        browser.type(".md-search__input", "body_bytes_max")
        wait_for(lambda: browser.script(WORDS), "results of the search")
        self.assertTrue(any("Configuration" in text for text in browser.script(WORDS)))
        self.assertEqual(browser.errors(), [])


class Strictness(unittest.TestCase):
    """The settings of the site refuse what they are there to refuse."""

    def build(self, page: str) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "docs").mkdir()
            (folder / "docs" / "index.md").write_text(page)
            (folder / "mkdocs.yml").write_text(
                f"INHERIT: {SITE}/mkdocs.yml\ndocs_dir: docs\nsite_dir: site\nexclude_docs: ''\n"
                f"nav: null\nhooks: []\nplugins: []\ntheme:\n  custom_dir: {SITE}/theme\n"
            )
            return mkdocs(folder / "mkdocs.yml")

    def test_a_page_without_fault(self) -> None:
        done = self.build("# A\n\n[up](#a) [up](index.md#a)\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_broken_links(self) -> None:
        for link, told in (("b.md", "b.md"), ("#b", "#b"), ("index.md#b", "#b"), ("/b", "/b")):
            with self.subTest(link):
                done = self.build(f"# A\n\n[b]({link})\n")
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(told, done.stderr)


class GoReference(unittest.TestCase):
    def test_the_generator_is_sound(self) -> None:
        done = subprocess.run(
            ["go", "vet", "."], cwd=SITE / "godoc", capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
