"""Takes the code blocks out of a page, each with what the page's hidden comments say of it.

A comment `<!-- docs: … -->` belongs to the block that follows it, except `stop`, `check` and
`packages`, which stand for themselves. README.md beside this file lists them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

FENCE = re.compile(r"^( *)(`{3,})(\w*) *(.*)$")
TITLE = re.compile(r'title="([^"]+)"')
COMMENT = "<!-- docs:"
# Directives and whether they are followed by something.
FLAGS = {"serve", "ends", "append", "checkout", "patterns"}
VALUES = {"exit", "not run", "file", "under"}
TEXTS = {"context", "check"}


class PageError(Exception):
    """The page's own markup is wrong; the text names the line."""


@dataclass(frozen=True)
class Block:
    """One fenced block. `text` ends with a line feed."""

    page: str
    line: int
    language: str
    title: str
    text: str
    flags: frozenset[str] = frozenset()
    values: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def slug(self) -> str:
        """A name for files and Go packages."""
        return re.sub(r"\W+", "_", f"{self.page.removesuffix('.md')}_{self.line}").lower()

    @property
    def reason(self) -> str | None:
        """Why it is not run, where the page says so."""
        return self.values.get("not run")


@dataclass(frozen=True)
class Stop:
    """Where the page ends the program that serves."""

    line: int


@dataclass(frozen=True)
class Packages:
    """The page is for users of the packages: nothing of the checkout is within reach."""

    line: int


@dataclass(frozen=True)
class Check:
    """A ```console block that readers do not see."""

    line: int
    text: str


Item = Block | Stop | Check | Packages


def _directive(body: str, where: str) -> tuple[str, str]:
    """Splits `exit: 1` or `context⏎code` into name and value."""
    head, _, rest = body.strip().partition("\n")
    name, _, value = head.partition(":")
    name, value = name.strip(), value.strip()
    if name in TEXTS and not value and rest:
        return name, rest + "\n"
    if rest or (name in VALUES) != bool(value) or name not in FLAGS | VALUES | {"stop", "packages"}:
        raise PageError(f"{where}: there is no directive {body.strip()!r}")
    return name, value


def parse(page: str, text: str) -> list[Item]:
    """The blocks of a page and what stands for itself, in order."""
    items: list[Item] = []
    pending: dict[str, str] = {}
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line, where = lines[at], f"{page}:{at + 1}"
        if line.startswith(COMMENT):
            begin = at
            while "-->" not in lines[at]:
                at += 1
                if at == len(lines):
                    raise PageError(f"{where}: the comment has no end")
            whole = "\n".join(lines[begin : at + 1])
            name, value = _directive(whole[len(COMMENT) : whole.index("-->")], where)
            if name == "stop":
                items.append(Stop(begin + 1))
            elif name == "packages":
                items.append(Packages(begin + 1))
            elif name == "check":
                items.append(Check(begin + 1, value))
            else:
                pending[name] = value
        elif match := FENCE.match(line):
            indent, fence, language, info = match.groups()
            begin = at
            at += 1
            content = []
            while lines[at : at + 1] and lines[at].strip() != fence:
                content.append(lines[at].removeprefix(indent))
                at += 1
            if at == len(lines):
                raise PageError(f"{where}: the block has no end")
            title = TITLE.search(info)
            items.append(
                Block(
                    page,
                    begin + 1,
                    language,
                    title[1] if title else "",
                    "\n".join(content) + "\n",
                    frozenset(pending.keys() & FLAGS),
                    {name: value for name, value in pending.items() if name not in FLAGS},
                )
            )
            pending = {}
        elif line.strip() and pending:
            raise PageError(f"{where}: no block follows the directive {', '.join(pending)}")
        at += 1
    if pending:
        raise PageError(f"{page}: no block follows the directive {', '.join(pending)}")
    return items


@dataclass(frozen=True)
class Command:
    """A line behind `$ ` with those that continue it, and the output that is expected of it."""

    text: str
    expected: list[str]


def commands(text: str) -> list[Command]:
    """What a ```console block types, and what comes back."""
    found: list[Command] = []
    continues = False
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], []))
        elif continues:
            last = found.pop()
            found.append(Command(f"{last.text}\n{line.removeprefix('> ')}", []))
        elif not found:
            raise PageError(f"output before the first command: {line}")
        else:
            found[-1].expected.append(line)
        typed = line.startswith("$ ") or continues
        continues = typed and line.endswith("\\")
    return found


def _blanks(lines: list[str]) -> list[str]:
    return [re.sub(r" {2,}", " ", line) for line in lines]


def matches(expected: list[str], actual: list[str]) -> bool:
    """Whether output is what the page shows: `…` stands for any text within a line, and alone in
    a line for any number of lines. Several blanks are as good as one: ports differ in length.
    """
    expected, actual = _blanks(expected), _blanks(actual)
    pattern = ""
    for line in expected:
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*".join(re.escape(part) for part in line.rstrip().split("…")) + r"\n"
    text = "".join(f"{line.rstrip()}\n" for line in actual)
    return re.fullmatch(pattern, text) is not None
