"""What MkDocs does not do by itself: pages from outside docs/, generated reference, links and tabs.

Pages are written for readers of the repository. Here links between files become links between
pages; one that leads to a source file keeps its text only, for sources are not on the site.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "docs-source"

# Page of the site → file of the repository outside docs/.
OUTSIDE = {
    "index.md": "README.md",
    "changelog.md": "CHANGELOG.md",
    "guide/python-sdk.md": "langs/python/README.md",
    "guide/node-package.md": "langs/node/README.md",
    "guide/go-package.md": "langs/go/README.md",
}
GENERATED = {"reference/node.md", "reference/go.md", "reference/python.md"}
SHIM_URL = "https://unpkg.com/iframe-worker/shim"
SHIM = "assets/javascripts/iframe-worker.js"
PYTHON_MODULES = ["trivet", "trivet.lowlevel"]
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^( *)(`{3,}).*?^\1\2`*$", re.M | re.S)
TABS = re.compile(r"^<!-- tabs -->\n(.*?)^<!-- /tabs -->$", re.M | re.S)
TAB = re.compile(r"^```(\w+)[^\n]*\n.*?^```\n", re.M | re.S)
TAB_NAMES = {"python": "Python", "ts": "TypeScript", "go": "Go", "c": "C"}


def on_config(config: Any) -> Any:
    """Guides that the navigation does not name stand behind those it does."""
    if not config["nav"]:
        return config
    guide = next(section["Guide"] for section in config["nav"] if "Guide" in section)
    named = re.findall(r"guide/[\w-]+\.md", str(config["nav"]))
    found = sorted((ROOT / "docs" / "guide").glob("*.md"))
    guide += [f"guide/{path.name}" for path in found if f"guide/{path.name}" not in named]
    return config


def on_files(files: Files, config: Any) -> Files:
    for page, source in OUTSIDE.items():
        add(files, config, page, (ROOT / source).read_text())
    add(files, config, "reference/python.md", python_reference())
    add(files, config, "reference/go.md", go_reference())
    for page, text in node_reference().items():
        add(files, config, page, text)
    return files


def on_post_page(output: str, page: Any, config: Any) -> str:
    """The theme fetches one script for search without a server; ours lies beside the pages."""
    depth = page.file.dest_uri.count("/")
    return output.replace(SHIM_URL, "../" * depth + SHIM)


def on_post_template(output: str, template_name: str, config: Any) -> str:
    return output.replace(SHIM_URL, SHIM)


def on_post_build(config: Any) -> None:
    shim = Path(config["site_dir"]) / SHIM
    shutil.copyfile(ROOT / "docs/site/node_modules/iframe-worker/shim/index.js", shim)


def add(files: Files, config: Any, page: str, text: str) -> None:
    files.append(File.generated(config, page, content=text))


def python_reference() -> str:
    parts = ["# Python reference\n\nFrom the docstrings of the package.\n"]
    return "\n".join([*parts, *(f"\n::: {module}\n" for module in PYTHON_MODULES)])


def node_reference() -> dict[str, str]:
    """One page for each entry of the package, by TypeDoc."""
    site = ROOT / "docs" / "site"
    output = BUILD / "node"
    run([str(site / "node_modules/.bin/typedoc"), "--options", str(site / "typedoc.json"),
         "--out", str(output)], ROOT / "langs" / "node")  # fmt: skip
    # Python's Markdown knows no escape of an angle bracket.
    return {"reference/node.md": (output / "index.md").read_text().replace("\\<", "&lt;")}


def go_reference() -> str:
    return run(["go", "run", ".", str(ROOT / "langs" / "go")], ROOT / "docs" / "site" / "godoc")


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    uri = page.file.src_uri
    text = TABS.sub(lambda match: tabs(match[1]), markdown)
    text = re.sub(r"<!-- docs:.*?-->\n*", "", text, flags=re.S)
    source = OUTSIDE.get(uri, f"docs/{uri}")
    return outside_fences(text, lambda part: LINK.sub(lambda m: link(m, uri, source, files), part))


def tabs(text: str) -> str:
    """Blocks of one meaning in several languages, one tab each."""
    parts = []
    for block in TAB.finditer(re.sub(r"<!-- docs:.*?-->\n*", "", text, flags=re.S)):
        body = "".join(f"    {line}" if line.strip() else line for line in
                       block[0].splitlines(keepends=True))  # fmt: skip
        parts.append(f'=== "{TAB_NAMES[block[1]]}"\n\n{body}\n')
    return "\n".join(parts)


def outside_fences(text: str, change: Any) -> str:
    parts, at = [], 0
    for fence in FENCE.finditer(text):
        parts += [change(text[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join([*parts, change(text[at:])])


def link(match: re.Match[str], uri: str, source: str, files: Files) -> str:
    """A link between files of the repository as one between pages of the site."""
    image, text, target = match.groups()
    if image or re.match(r"[a-z]+:|#", target):
        return match[0]
    path, hash_, anchor = target.partition("#")
    goal = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    pages = {file: page for page, file in OUTSIDE.items()}
    page = pages.get(goal, goal.removeprefix("docs/"))
    if goal == "docs":
        return text
    if (goal in pages or goal.startswith("docs/")) and files.get_file_from_path(page):
        return f"[{text}]({posixpath.relpath(page, posixpath.dirname(uri))}{hash_}{anchor})"
    if uri not in GENERATED and (ROOT / goal).exists():
        return text
    return match[0]
