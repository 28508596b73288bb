"""Which drivers run, how, and with the vectors of which tags. README.md has the table."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner import tls
from runner.vectors import Vector

LANGS = ["c", "cffi", "python", "node", "go"]
ENGINES = {"uring": "io_uring", "epoll": "epoll"}
ALONE = frozenset({"plain", "single"})
CORPUS = frozenset({"http1"})
# The C driver gets the corpus cut at every offset, each of the others at every n-th of them.
CUTS_SAMPLE = 17
WORKERS = frozenset({"smoke", "workers"})
THREADS = frozenset({"smoke", "threads"})
# Ways of driving that have callbacks only cannot serve what needs events.
NEEDS_EVENTS = b"/ops/watch"
# Its answer has the host that the driver listens on.
NAMES_HOST = b"/ops/config"


@dataclass(frozen=True)
class Plan:
    """One driver to start."""

    lang: str
    engine: str
    kind: str = ""
    flags: tuple[str, ...] = ()
    tags: frozenset[str] = ALONE
    workers: int = 1
    # Also the vectors that are cut at every offset, which take most of the time.
    is_thorough: bool = True
    # The corpus is cut at every n-th offset; 0: it is not.
    cuts_every: int = 0
    env: Mapping[str, str] = field(default_factory=dict)
    deadline_s: float = 15.0
    # Path of the Unix socket it listens on, in place of a port.
    socket: str = ""
    # Its connections are secured by TLS.
    is_secure: bool = False
    # They begin with a PROXY protocol header.
    is_proxied: bool = False

    @property
    def place(self) -> str:
        return "/".join(part for part in (self.lang, self.engine, self.kind) if part)

    @property
    def inspects(self) -> bool:
        return self.kind.endswith(INSPECT)

    def select(self, vectors: list[Vector]) -> list[Vector]:
        chosen = [vector for vector in vectors if vector.modes & self.tags]
        if not self.is_thorough:
            chosen = [vector for vector in chosen if not isinstance(vector.splits, str)]
        if self.socket:
            chosen = [vector for vector in chosen if NAMES_HOST not in vector.sent]
        if "main" in self.flags or "run" in self.flags:
            chosen = [vector for vector in chosen if NEEDS_EVENTS not in vector.sent]
        return chosen


Kind = tuple[str, tuple[str, ...], frozenset[str], int]


def modes(*before: str) -> list[Kind]:
    """The plans of every driver, in one way of driving it."""
    prefix = f"{before[1]}+" if before else ""
    return [
        (f"{prefix}hooks", (*before, "--hooks"), frozenset({"hooks"}), 1),
        (f"{prefix}errors", (*before, "--errors"), frozenset({"errors"}), 1),
        (f"{prefix}both", (*before, "--hooks", "--errors"), frozenset({"both"}), 1),
    ]


def workers(*flags: str, name: str = "workers", tags: frozenset[str] = WORKERS) -> Kind:
    # trivet_app_main does not tell the program its slot.
    known = frozenset() if "main" in flags else frozenset({"supervised"})
    return (name, (*flags, "--workers", "2"), tags | known, 2)


# Of the C driver alone: every way to drive a loop and to start several.
C_KINDS: list[Kind] = [
    *((drive, ("--drive", drive), ALONE | CORPUS, 1) for drive in ("wait", "fd", "run", "main")),
    *modes(),
    *modes("--drive", "run"),
    workers(tags=WORKERS | {"plain"}),
    workers("--fork", name="fork"),
    workers("--drive", "main", name="main+workers"),
    workers("--drive", "main", "--fork", name="main+fork"),
    ("threads", ("--threads", "2"), THREADS, 1),
    ("main+threads", ("--drive", "main", "--threads", "2"), THREADS, 1),
    workers("--drive", "main", "--threads", "2", name="main+workers+threads"),
]
KINDS: dict[str, list[Kind]] = {
    "c": C_KINDS,
    "cffi": [*modes(), workers()],
    "python": [*modes(), workers(), workers("--fork", name="fork")],
    "node": [*modes(), workers()],
    "go": [*modes(), workers(), ("threads", ("--threads", "2"), THREADS, 1)],
}
# The driver is not served but asked what its app is like (runner/inspect.py).
INSPECT = "inspect"
for kinds in KINDS.values():
    kinds.append((INSPECT, ("--hooks",), frozenset(), 1))
C_KINDS.append((f"main+{INSPECT}", ("--drive", "main", "--hooks"), frozenset(), 1))
# Languages whose hooks are the engine's, or see every answer: Python and Node compose hooks
# themselves, and what a handler answers through the low-level interface is beyond them.
CORE_HOOKS = {"c", "cffi", "go"}
# Without what only SDKs have: the vectors of the tags `sdk` and `sdk_hooks`.
BARE = {"c", "cffi"}
# What does not depend on the kernel's interface runs with one engine each, in turn.
ONE_ENGINE = {
    *("errors", "both", "fork", "run+hooks", "run+errors", "run+both", "main+fork"),
    *(INSPECT, f"main+{INSPECT}"),
}


# How bytes are cut matters to the parser and the engine, not to what drives the loop: other ways to
# drive it take those vectors with one engine.
THOROUGH = {"wait": "uring", "fd": "epoll", "run": "uring", "main": "epoll", "workers": "uring"}


def unix_plan(lang: str, engine: str, deadline_s: float) -> Plan:
    path = f"{tempfile.gettempdir()}/trivet-conformance-{os.getpid()}-{lang}-{engine}.sock"
    tags = frozenset({"unix"}) | (ALONE | CORPUS if lang == "c" else frozenset())
    return Plan(
        lang, engine, "unix", (), tags, env={"TRIVET_HOST": f"unix:{path}"},
        is_thorough=False, cuts_every=CUTS_SAMPLE, deadline_s=deadline_s, socket=path,
    )  # fmt: skip


def proxied_plan(lang: str, engine: str, deadline_s: float) -> Plan:
    env = {"TRIVET_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}
    return Plan(lang, engine, "proxied", (), frozenset({"proxied"}), env=env, deadline_s=deadline_s)


def tls_plan(lang: str, engine: str, deadline_s: float) -> Plan:
    return Plan(
        lang, engine, "tls", (), ALONE | CORPUS | {"tls"},
        is_thorough=False, cuts_every=CUTS_SAMPLE if lang == "c" else 0,
        env={"TRIVET_TLS_CERTIFICATE": tls.certificate()}, deadline_s=deadline_s, is_secure=True,
    )  # fmt: skip


def proxy_plans(lang: str, engine: str, deadline_s: float) -> list[Plan]:
    env = {"TRIVET_PROXY_PROTOCOL": "on", "TRIVET_TRUSTED_PROXIES": "127.0.0.1"}
    tags = frozenset({"proxy"}) | (ALONE | CORPUS if lang == "c" else frozenset())
    plain = Plan(
        lang, engine, "proxy", (), tags, env=env,
        is_thorough=False, cuts_every=CUTS_SAMPLE, deadline_s=deadline_s, is_proxied=True,
    )  # fmt: skip
    secured = Plan(
        lang, engine, "proxy+tls", (), frozenset({"proxy_tls"}),
        env=env | {"TRIVET_TLS_CERTIFICATE": tls.certificate()},
        deadline_s=deadline_s, is_secure=True, is_proxied=True,
    )  # fmt: skip
    return [plain, secured]


def plans(
    langs: list[str], engines: list[str], deadline_s: float, cuts_sample: int = CUTS_SAMPLE
) -> list[Plan]:
    result = []
    for lang in langs:
        for number, engine in enumerate(engines):
            every = 1 if lang == "c" else cuts_sample
            alone = ALONE | CORPUS | {"tcp"} | (set() if lang in BARE else {"sdk"})
            result.append(Plan(lang, engine, tags=alone, cuts_every=every, deadline_s=deadline_s))
            shared = [kind for kind in KINDS[lang] if kind[0] in ONE_ENGINE]
            for kind in KINDS[lang]:
                if kind in shared and shared.index(kind) % len(engines) != number:
                    continue
                name, flags, tags, count = kind
                if "hooks" in tags and lang in CORE_HOOKS:
                    tags |= {"core_hooks"}
                if "hooks" in tags and lang not in BARE:
                    tags |= {"sdk_hooks"}
                thorough = len(engines) == 1 or THOROUGH.get(name, engine) == engine
                result.append(
                    Plan(lang, engine, name, flags, tags, count, thorough, deadline_s=deadline_s)
                )
            if number == 0:
                result.append(proxied_plan(lang, engine, deadline_s))
            # The bytes that handlers see are the engine's, so one engine is enough for the others.
            if lang == "c" or number == 0:
                result.append(unix_plan(lang, engine, deadline_s))
                result.append(tls_plan(lang, engine, deadline_s))
                result.extend(proxy_plans(lang, engine, deadline_s))
    return result
