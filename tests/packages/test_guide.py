"""The commands of docs/guide/packages.md, as they stand there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from support import PACKAGES, ROOT, VERSION, Stranger

HERE = Path(__file__).resolve().parent
GUIDE = ROOT / "docs" / "guide" / "packages.md"


def block(section: str) -> str:
    text = GUIDE.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    match = re.search(r"```sh\n(.*?)```", text, re.DOTALL)
    assert match, section
    return match[1]


class Guide(Stranger):
    has_compiler = True

    def follow(self, section: str, more: str = "", **variables: str) -> str:
        """What the section's commands print, one after another in one shell."""
        place = self.folder / section
        shutil.copytree(
            PACKAGES, place / "build" / "packages", ignore=shutil.ignore_patterns(".work")
        )
        app = {"Go": "go/main.go", "C": "c/main.c"}.get(section)
        if app is not None:
            shutil.copy(HERE / "apps" / app, place / f"app{Path(app).suffix}")
        script = f"set -e\n{block(section)}\n{more}"
        return self.run_there("sh", "-c", script, cwd=place, **variables)

    def test_python(self) -> None:
        self.assertIn(f"trivet {VERSION}\n", self.follow("Python"))

    def test_node(self) -> None:
        variables = {"npm_config_offline": "true", "npm_config_cache": str(self.folder / "npm")}
        self.assertIn(f"trivet {VERSION}\n", self.follow("Node.js", **variables))

    def test_go(self) -> None:
        variables = {
            "GOMODCACHE": str(self.folder / "modules"),
            "GOBIN": str(self.folder / "gobin"),
            "GOENV": "off",
        }
        more = f"go run . version\n{self.folder}/gobin/trivet version\n"
        output = self.follow("Go", more, **variables)
        self.assertTrue(output.endswith(f"{VERSION}\ntrivet {VERSION}\n"), output)

    def test_c(self) -> None:
        self.follow("C")
        self.assertTrue((self.folder / "C" / "app").exists())
